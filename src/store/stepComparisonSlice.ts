/** The comparison of a training step with TensorFlow.js: what has come of it; null until one is asked for. */
import type { RunEvent } from "../contracts/runEvent";
import type { StepComparison } from "../contracts/stepComparison";

export type StepComparisonSlice = StepComparison | null;

export const askStepComparison: StepComparison = {
  device: "",
  reference: "",
  message: "",
  total: 0,
  done: 0,
  finished: false,
  ops: [],
  worst: [],
};

export function foldStepComparison(slice: StepComparisonSlice, event: RunEvent): StepComparisonSlice {
  if (event.type === "step-comparison") return event.comparison;
  if (event.type === "failed" && event.of === "compare-step" && slice)
    return { ...slice, finished: true, problem: event.message };
  return slice;
}
