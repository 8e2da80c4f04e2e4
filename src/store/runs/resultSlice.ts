/** Results of a run: evaluations, theta of the warps, pictures, update analysis of what training did. */

import type { RunEvent, SamplePictures } from "../../contracts/runEvent";
import type { UpdateAnalysis } from "../../contracts/updateAnalysis";

export type Evaluation = Extract<RunEvent, { type: "evaluation" }>;

export interface ResultSlice {
  readonly evaluations: readonly Evaluation[];
  /** Flat theta of all warps and the step it belongs to; null until told. */
  readonly warps: { readonly step: number; readonly theta: Float32Array } | null;
  readonly pictures: { readonly step: number; readonly samples: readonly SamplePictures[] } | null;
  readonly updateAnalysis: UpdateAnalysis | null;
  /** UpdateAnalysis was asked for and has not come. */
  readonly analysing: boolean;
}

export const noResults: ResultSlice = {
  evaluations: [],
  warps: null,
  pictures: null,
  updateAnalysis: null,
  analysing: false,
};

export function foldResults(slice: ResultSlice, event: RunEvent): ResultSlice {
  switch (event.type) {
    case "created":
      return noResults;
    case "resumed":
      return { ...slice, evaluations: slice.evaluations.filter(({ step }) => step <= event.step) };
    case "evaluation": {
      // An evaluation of a step that was measured before replaces it.
      const others = slice.evaluations.filter(({ step }) => step < event.step);
      return { ...slice, evaluations: [...others, event] };
    }
    case "warps":
      return { ...slice, warps: { step: event.step, theta: event.theta } };
    case "predictions":
      return { ...slice, pictures: { step: event.step, samples: event.samples } };
    case "update-analysis":
      return { ...slice, updateAnalysis: event.updateAnalysis, analysing: false };
    case "failed":
      return slice.analysing ? { ...slice, analysing: false } : slice;
    default:
      return slice;
  }
}
