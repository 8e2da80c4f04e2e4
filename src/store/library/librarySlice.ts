/** The library as the page knows it: runs, weights, data sets, decompositions; and how often checkpoints are saved. */
import type { Command } from "../../contracts/command";
import type { RunId } from "../../contracts/run";
import type { LibraryEntry, RunEvent, RunSummary } from "../../contracts/runEvent";

export type Library = Extract<RunEvent, { type: "library" }>;
type Keeping = Extract<RunEvent, { type: "keeping" }>;

export interface LibrarySlice {
  readonly listed: Library | null;
  /** The runs that were there when the page opened. */
  readonly before: readonly RunId[];
  /** The browser was asked to delete nothing by itself. */
  readonly askedToPersist: boolean;
  /** Id of what is being deleted, or "all". */
  readonly removing: string | null;
  /** While a copy is made. */
  readonly keeping: Pick<Keeping, "what" | "doneBytes" | "totalBytes"> | null;
  /** Why the list, a copy or a deletion did not come about. */
  readonly problem: string;
  /** Steps between checkpoints; 0: only where the run rests; null: never. */
  readonly every: number | null;
  /** Small data sets of the user's own are kept when a run starts on them. */
  readonly keepsData: boolean;
  /** Data that is being opened is for a kept run: it is not looked at first. */
  readonly bringing: boolean;
  /** A run that is to go on and has not been opened yet. */
  readonly resuming: RunId | null;
  /** The last run that could not go on. */
  readonly refused: { readonly run: RunId; readonly message: string } | null;
  /** A run that a person does not want to be reminded of. */
  readonly dismissed: RunId | null;
}

/** As the session has it until it is told otherwise. */
const KEEP_EVERY = 100;

export const noLibrary: LibrarySlice = {
  listed: null,
  before: [],
  askedToPersist: false,
  removing: null,
  keeping: null,
  problem: "",
  every: KEEP_EVERY,
  keepsData: true,
  bringing: false,
  resuming: null,
  refused: null,
  dismissed: null,
};

export function askLibrary(slice: LibrarySlice, command: Command): LibrarySlice {
  switch (command.type) {
    case "library":
      return command.persist ? { ...slice, askedToPersist: true, problem: "" } : slice;
    case "library-remove":
      return { ...slice, removing: command.id, problem: "" };
    case "library-keep":
      return { ...slice, keeping: { what: command.what, doneBytes: 0, totalBytes: 0 }, problem: "" };
    case "keep":
      return { ...slice, every: command.every };
    case "prepare":
    case "study":
      return slice.resuming === null ? slice : { ...slice, resuming: null };
    case "resume":
      return { ...slice, resuming: command.run, refused: null };
    default:
      return slice;
  }
}

export function foldLibrary(slice: LibrarySlice, event: RunEvent): LibrarySlice {
  switch (event.type) {
    case "library": {
      const before = slice.listed ? slice.before : summariesOf(event).map(({ run }) => run);
      return { ...slice, listed: event, before, removing: null };
    }
    case "keeping": {
      const { what, doneBytes, totalBytes } = event;
      return { ...slice, keeping: doneBytes < totalBytes ? { what, doneBytes, totalBytes } : null };
    }
    case "data":
      return slice.bringing ? { ...slice, bringing: false } : slice;
    case "resumed":
      return event.run === slice.resuming ? { ...slice, resuming: null } : slice;
    case "failed":
      return foldFailure(slice, event);
    default:
      return slice;
  }
}

function foldFailure(slice: LibrarySlice, { of, message }: Extract<RunEvent, { type: "failed" }>): LibrarySlice {
  switch (of) {
    case "resume":
      return slice.resuming === null ? slice : { ...slice, resuming: null, refused: { run: slice.resuming, message } };
    case "open-folder":
      return { ...slice, bringing: false };
    case "library-keep":
      return { ...slice, keeping: null, problem: message };
    case "library":
    case "library-remove":
    case "keep":
      return { ...slice, removing: null, problem: message };
    default:
      return slice;
  }
}

/** The runs of the library that can be read. */
export const summariesOf = (listed: Library | null): readonly RunSummary[] =>
  listed?.entries.flatMap(({ run }) => (run ? [run] : [])) ?? [];

const WEEK_MS = 7 * 24 * 3600 * 1000;

/** It stopped before its last step, and can go on. */
export const isInterrupted = ({ state, step, config, resumable }: RunSummary): boolean =>
  resumable && state !== "finished" && step < config.training.steps;

/**
 * The newest run of an earlier visit that stopped before its last step, less than a week ago; undefined: there is none to go on with.
 * `opened`: runs that are on the page already.
 */
export function interruptedRun(
  slice: LibrarySlice,
  now: number,
  opened: ReadonlyMap<RunId, unknown>,
): (LibraryEntry & { readonly run: RunSummary }) | undefined {
  return slice.listed?.entries
    .filter((entry): entry is LibraryEntry & { readonly run: RunSummary } => entry.run !== undefined)
    .filter(({ run }) => isInterrupted(run) && !run.busy && slice.before.includes(run.run) && !opened.has(run.run))
    .filter(({ run, changed }) => now - changed < WEEK_MS && run.run !== slice.dismissed)
    .toSorted((a, b) => b.changed - a.changed)[0];
}
