/** The catalogue of what exists, with the data sets that the user opened. */
import type { Catalogue, DataEntry } from "../contracts/catalogue";
import type { Command } from "../contracts/command";
import type { LibraryEntry, RunEvent } from "../contracts/runEvent";

export interface CatalogueSlice {
  readonly known: Catalogue | null;
  /** The last folder that was opened: what was found in it, and files that were left out, with reasons. */
  readonly opened: {
    readonly entry: DataEntry;
    readonly report: readonly { readonly path: string; readonly reason: string }[];
  } | null;
  /** A folder was handed over and not answered yet. */
  readonly opening: string | null;
  /** How many of its labels are read; null: nothing is known yet. */
  readonly openingProgress: { readonly done: number; readonly total: number } | null;
  /** Why the last folder was not taken; what was opened before still is. */
  readonly problem: string;
}

export const noCatalogue: CatalogueSlice = {
  known: null,
  opened: null,
  opening: null,
  openingProgress: null,
  problem: "",
};

/** `entry`: what "library-open" names. */
export function askData(slice: CatalogueSlice, command: Command, entry: LibraryEntry | undefined): CatalogueSlice {
  const asked = (opening: string): CatalogueSlice => ({ ...slice, opening, openingProgress: null, problem: "" });
  if (command.type === "open-folder") return asked(command.name);
  if (command.type === "library-open" && entry?.kind === "data") return asked(entry.label);
  return slice;
}

const withEntry = <E extends { readonly id: string }>(entries: readonly E[], entry: E): readonly E[] => [
  ...entries.filter(({ id }) => id !== entry.id),
  entry,
];

export function foldCatalogue(slice: CatalogueSlice, event: RunEvent): CatalogueSlice {
  switch (event.type) {
    case "catalogue":
      return { ...slice, known: event.catalogue };
    case "data": {
      if (!slice.known) return slice;
      const known = { ...slice.known, data: withEntry(slice.known.data, event.entry) };
      const opened = { entry: event.entry, report: event.report };
      return { known, opened, opening: null, openingProgress: null, problem: "" };
    }
    case "opening":
      if (slice.opening !== event.label) return slice;
      return { ...slice, openingProgress: { done: event.done, total: event.total } };
    case "weights": {
      if (!slice.known) return slice;
      return { ...slice, known: { ...slice.known, backbones: withEntry(slice.known.backbones, event.entry) } };
    }
    case "failed":
      if (slice.opening === null || (event.of !== "open-folder" && event.of !== "library-open")) return slice;
      return { ...slice, opening: null, openingProgress: null, problem: event.message };
    default:
      return slice;
  }
}
