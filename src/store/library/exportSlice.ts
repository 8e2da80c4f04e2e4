/** Files that leave the page: which form is being written, and why one was not. */
import type { Command } from "../../contracts/command";
import type { RunEvent } from "../../contracts/runEvent";

export interface ExportSlice {
  /** Id of the form that was asked for last. */
  readonly asked: string | null;
  /** It has not come yet. */
  readonly writing: boolean;
  /** Why it was not written; empty: it was. */
  readonly problem: string;
}

export const noExport: ExportSlice = { asked: null, writing: false, problem: "" };

export const askExport = (slice: ExportSlice, command: Command): ExportSlice =>
  command.type === "export" ? { asked: command.what, writing: true, problem: "" } : slice;

export function foldExport(slice: ExportSlice, event: RunEvent): ExportSlice {
  // A run that takes the place of another ends what was being written of it.
  if (event.type === "exported" || event.type === "prepared") return { ...slice, writing: false };
  if (event.type === "failed" && event.of === "export") return { ...slice, writing: false, problem: event.message };
  return slice;
}
