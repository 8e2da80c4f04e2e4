/** The adapter that was opened: what it turned out to be, and whether a copy of it is kept. */
import type { AdapterReport } from "../../contracts/adapterReport";
import type { RunEvent } from "../../contracts/runEvent";
import type { WeightsSlice } from "./weightsSlice";

export interface AdapterSlice {
  readonly report: AdapterReport | null;
  /** The report is shown and waits for an answer. */
  readonly asking: boolean;
  /** A copy lies in the library. */
  readonly kept: boolean;
}

export const noAdapter: AdapterSlice = { report: null, asking: false, kept: false };

/** `opening`: the files that were handed over and not answered before this event. */
export function foldAdapter(slice: AdapterSlice, event: RunEvent, opening: WeightsSlice["opening"]): AdapterSlice {
  if (event.type === "adapter") {
    // Told again where nobody asked: other weights were opened beside it.
    if (opening === null) return { ...slice, report: event.report };
    return { report: event.report, asking: true, kept: opening.kept };
  }
  const copied = event.type === "keeping" && event.what === "adapter" && event.doneBytes >= event.totalBytes;
  return copied ? { ...slice, kept: true } : slice;
}
