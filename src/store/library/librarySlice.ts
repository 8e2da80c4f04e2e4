/** What this browser keeps: runs, weights, data sets, decompositions; and the checkpoints of the run under way. */
import type { Command } from "../../contracts/command";
import type { LibraryEntry, RunEvent } from "../../contracts/runEvent";

export type Library = Extract<RunEvent, { type: "library" }>;
type Checkpoint = Extract<RunEvent, { type: "checkpoint" }>;
type CheckpointStore = Extract<RunEvent, { type: "keeping" }>;

export interface LibrarySlice {
  readonly listed: Library | null;
  /** Ids of the runs that were there when the page opened. */
  readonly before: readonly string[];
  /** The browser was asked to delete nothing by itself. */
  readonly askedToPersist: boolean;
  /** Id of what is being deleted, or "all". */
  readonly removing: string | null;
  /** While a copy is made. */
  readonly keeping: Pick<CheckpointStore, "what" | "doneBytes" | "totalBytes"> | null;
  /** Why the list, a copy or a deletion did not come about. */
  readonly problem: string;
  /** Steps between checkpoints; 0: only where the run rests; null: never. */
  readonly every: number | null;
  /** Small data sets of the user's own are kept when a run starts on them. */
  readonly keepsData: boolean;
  /** Folder of the run under way; null: nothing of it is kept. */
  readonly current: string | null;
  readonly checkpoint: Checkpoint | null;
  /** Data that is being opened is for a kept run: it is not looked at first. */
  readonly bringing: boolean;
  /** A run that is to go on and has not been opened yet. */
  readonly resuming: string | null;
  /** The last run that could not go on. */
  readonly refused: { readonly run: string; readonly message: string } | null;
  /** A run that a person does not want to be reminded of. */
  readonly dismissed: string | null;
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
  current: null,
  checkpoint: null,
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
    case "race-prepare":
      return slice.resuming === null ? slice : { ...slice, resuming: null };
    case "resume":
      return { ...slice, resuming: "run" in command.from ? command.from.run : "", refused: null };
    default:
      return slice;
  }
}

export function foldLibrary(slice: LibrarySlice, event: RunEvent): LibrarySlice {
  switch (event.type) {
    case "library": {
      const before = slice.listed ? slice.before : runsOf(event).map(({ id }) => id);
      return { ...slice, listed: event, before, removing: null };
    }
    case "keeping": {
      const { what, doneBytes, totalBytes } = event;
      return { ...slice, keeping: doneBytes < totalBytes ? { what, doneBytes, totalBytes } : null };
    }
    case "checkpoint":
      return { ...slice, current: event.run, checkpoint: event };
    case "data":
      return slice.bringing ? { ...slice, bringing: false } : slice;
    case "prepared":
    case "reset":
      return { ...slice, current: null, checkpoint: null };
    case "resumed":
      return { ...slice, current: event.run, resuming: null };
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

const runsOf = ({ entries }: Library): readonly LibraryEntry[] => entries.filter(({ kind }) => kind === "run");

const WEEK_MS = 7 * 24 * 3600 * 1000;

/** The newest run of an earlier visit that stopped before its last step, less than a week ago; undefined: there is none to go on with. */
export function interruptedRun(slice: LibrarySlice, now: number): LibraryEntry | undefined {
  if (!slice.listed) return undefined;
  return runsOf(slice.listed)
    .filter(({ id, run }) => run && run.step < run.steps && slice.before.includes(id) && id !== slice.current)
    .filter(({ id, changed }) => now - changed < WEEK_MS && id !== slice.dismissed)
    .toSorted((a, b) => b.changed - a.changed)[0];
}
