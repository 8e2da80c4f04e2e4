/** What exists, and what the user brought: the catalogue with the data sets opened since. */
import type { Catalogue, DataEntry } from "../contracts/catalogue";
import type { RunEvent } from "../contracts/runEvent";

export interface CatalogueSlice {
  readonly known: Catalogue | null;
  /** The last folder that was opened: what was found in it, and files that were left out, with reasons. */
  readonly opened: {
    readonly entry: DataEntry;
    readonly report: readonly { readonly path: string; readonly reason: string }[];
  } | null;
  /** A folder was handed over and not answered yet. */
  readonly opening: string | null;
}

export const noCatalogue: CatalogueSlice = { known: null, opened: null, opening: null };

export function foldCatalogue(slice: CatalogueSlice, event: RunEvent): CatalogueSlice {
  switch (event.type) {
    case "catalogue":
      return { ...slice, known: event.catalogue };
    case "data": {
      if (!slice.known || slice.opening === null) return slice;
      const others = slice.known.data.filter(({ id }) => id !== event.entry.id);
      const known = { ...slice.known, data: [...others, event.entry] };
      return { known, opened: { entry: event.entry, report: event.report }, opening: null };
    }
    case "failed":
      return slice.opening === null ? slice : { ...slice, opening: null };
    default:
      return slice;
  }
}
