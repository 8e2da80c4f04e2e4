/** How much of the data a run would use. */
import type { RunConfig } from "../../contracts/runConfig";
import type { RunEvent } from "../../contracts/runEvent";
import type { SubsetCounts } from "../../contracts/survey";
import { sameValue } from "../setup/paths";

export interface SubsetSlice {
  /** The configuration that is being counted; null where the counts are up to date. */
  readonly asked: RunConfig | null;
  readonly counts: SubsetCounts | null;
  /** Why it could not be counted. */
  readonly problem: string;
}

export const noSubset: SubsetSlice = { asked: null, counts: null, problem: "" };

/** An answer to an older question is shown until the newer one comes. */
export function foldSubset(slice: SubsetSlice, event: RunEvent): SubsetSlice {
  switch (event.type) {
    case "subset":
      return { counts: event.counts, asked: sameValue(event.config, slice.asked) ? null : slice.asked, problem: "" };
    case "failed":
      return event.of === "count-subset" ? { asked: null, counts: null, problem: event.message } : slice;
    default:
      return slice;
  }
}
