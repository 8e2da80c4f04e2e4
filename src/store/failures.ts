/** Whose failure a "failed" event is: the run's, or that of something asked for beside it, which leaves the run as it was. */
import { commandsOfTheRun } from "../contracts/command";
import type { RunEvent } from "../contracts/runEvent";

export const isBeside = ({ of }: Extract<RunEvent, { type: "failed" }>): boolean =>
  of !== undefined && !commandsOfTheRun.includes(of);
