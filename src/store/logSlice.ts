/** The last messages of the session, for people who look for the reason of something. */
import type { RunEvent } from "../contracts/runEvent";

export interface LogLine {
  readonly id: number;
  readonly level: "info" | "warning" | "error";
  readonly message: string;
}

const MOST_LINES = 100;

export function foldLog(lines: readonly LogLine[], event: RunEvent): readonly LogLine[] {
  const add = (level: LogLine["level"], message: string): readonly LogLine[] => [
    ...lines.slice(1 - MOST_LINES),
    { id: (lines.at(-1)?.id ?? 0) + 1, level, message },
  ];
  if (event.type === "log") return add(event.level, event.message);
  if (event.type === "failed") return add("error", event.detail ? `${event.message} (${event.detail})` : event.message);
  return lines;
}
