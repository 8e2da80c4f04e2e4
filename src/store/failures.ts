/** Whose failure a "failed" event is: the run's, or that of something asked for beside it, which leaves the run as it was. */
import type { Command } from "../contracts/command";
import type { RunEvent } from "../contracts/runEvent";
import type { StudioState } from "./studio";

type Failed = Extract<RunEvent, { type: "failed" }>;

/** Commands that no run is lost by, whatever becomes of them. */
const beside = [
  "open-folder",
  "open-weights",
  "library",
  "library-keep",
  "library-open",
  "library-remove",
  "decompose",
  "keep",
  "export",
] as const satisfies readonly Command["type"][];

export const isBeside = ({ of }: Failed): boolean => beside.some((type) => type === of);

/** What a person waits for, where the event does not say which command it answers. */
function waitedFor({ weights, catalogue, library, exporting }: StudioState): Command["type"] | undefined {
  if (exporting.writing) return "export";
  if (weights.opening !== null) return "open-weights";
  if (catalogue.opening !== null) return "open-folder";
  if (library.resuming !== null) return "resume";
  if (library.keeping !== null) return "library-keep";
  return library.removing === null ? undefined : "library-remove";
}

/** The event with the command that it answers, as far as that is known. */
export function withCommand(event: RunEvent, state: StudioState): RunEvent {
  if (event.type !== "failed" || event.of !== undefined) return event;
  // A run that fails under way has told its state first.
  if (state.run.state === "failed" && state.run.message === event.message) return event;
  const of = waitedFor(state);
  return of === undefined ? event : { ...event, of };
}
