/** What exists, and what the user brought: the catalogue with the data sets opened since. */
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
  /** Why the last folder was not taken; what was opened before still is. */
  readonly problem: string;
}

export const noCatalogue: CatalogueSlice = { known: null, opened: null, opening: null, problem: "" };

/** `entry`: what "library-open" names. */
export function askData(slice: CatalogueSlice, command: Command, entry: LibraryEntry | undefined): CatalogueSlice {
  if (command.type === "open-folder") return { ...slice, opening: command.name, problem: "" };
  if (command.type === "library-open" && entry?.kind === "data") return { ...slice, opening: entry.label, problem: "" };
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
      return { known, opened: { entry: event.entry, report: event.report }, opening: null, problem: "" };
    }
    case "weights": {
      if (!slice.known) return slice;
      return { ...slice, known: { ...slice.known, backbones: withEntry(slice.known.backbones, event.entry) } };
    }
    case "failed":
      if (slice.opening === null || (event.of !== "open-folder" && event.of !== "library-open")) return slice;
      return { ...slice, opening: null, problem: event.message };
    default:
      return slice;
  }
}
