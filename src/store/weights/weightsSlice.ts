/** Weights of the user's own files: what was opened, what it turned out to be, and what is done with it beside the run. */
import type { Command } from "../../contracts/command";
import type { LibraryEntry, RunEvent } from "../../contracts/runEvent";

export type OpenedWeights = Extract<RunEvent, { type: "weights" }>;

export interface WeightsSlice {
  /** Names of files that were handed over and not answered yet. `kept`: they come from the library. */
  readonly opening: { readonly name: string; readonly kept: boolean } | null;
  readonly opened: OpenedWeights | null;
  /** The report is shown and waits for an answer. */
  readonly asking: boolean;
  /** Why the last files were not taken; what was opened before still is. */
  readonly problem: string;
  /** A copy of the opened weights lies in the library. */
  readonly kept: boolean;
  /** While weights are decomposed beside the run. */
  readonly decomposing: { readonly fraction: number; readonly done: number; readonly total: number } | null;
}

export const noWeights: WeightsSlice = {
  opening: null,
  opened: null,
  asking: false,
  problem: "",
  kept: false,
  decomposing: null,
};

const MOST_NAMES = 2;

/** "a.safetensors, b.safetensors and 3 more" */
export function fileNames(paths: readonly string[], most = MOST_NAMES): string {
  const names = paths.map((path) => path.replace(/^.*[\\/]/, ""));
  const more = names.length - most;
  return names.slice(0, most).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** `entry`: what "library-open" names. */
export function askWeights(slice: WeightsSlice, command: Command, entry: LibraryEntry | undefined): WeightsSlice {
  if (command.type === "open-weights")
    return { ...slice, opening: { name: fileNames(command.files.map(({ path }) => path)), kept: false }, problem: "" };
  if (command.type === "library-open" && (entry?.kind === "backbone" || entry?.kind === "adapter"))
    return { ...slice, opening: { name: entry.label, kept: true }, problem: "" };
  return slice;
}

export function foldWeights(slice: WeightsSlice, event: RunEvent): WeightsSlice {
  switch (event.type) {
    case "weights":
      // Nobody asked: a run that goes on brought them from the library, and uses them already.
      return { ...noWeights, opened: event, asking: slice.opening !== null, kept: slice.opening?.kept ?? true };
    case "adapter":
      return { ...slice, opening: null, problem: slice.opening === null ? slice.problem : "" };
    case "decomposing": {
      const { fraction, done, total } = event;
      return { ...slice, decomposing: done < total ? { fraction, done, total } : null };
    }
    case "keeping":
      return event.what === "weights" && event.doneBytes >= event.totalBytes ? { ...slice, kept: true } : slice;
    case "failed":
      if (event.of === "decompose") return { ...slice, decomposing: null };
      if (slice.opening === null || (event.of !== "open-weights" && event.of !== "library-open")) return slice;
      return { ...slice, opening: null, problem: event.message };
    default:
      return slice;
  }
}
