/** Where the run stands: state, step, what was prepared, what went wrong. */
import type { RunEvent, RunState } from "../../contracts/runEvent";
import { isBeside } from "../failures";

export type Prepared = Extract<RunEvent, { type: "prepared" }>;
export type StepEvent = Extract<RunEvent, { type: "step" }>;
export type Failure = Extract<RunEvent, { type: "failed" }>;

export interface RunSlice {
  readonly state: RunState;
  readonly message: string;
  /** 0 to 1 while preparing or evaluating. */
  readonly progress: number | null;
  readonly prepared: Prepared | null;
  /** Steps done. */
  readonly step: number;
  readonly last: StepEvent | null;
  /** Smoothed time of a step; null before the first. */
  readonly stepMs: number | null;
  readonly failure: Failure | null;
}

export const noRun: RunSlice = {
  state: "idle",
  message: "Loading the engine",
  progress: null,
  prepared: null,
  step: 0,
  last: null,
  stepMs: null,
  failure: null,
};

/** The share of the past in the smoothed time of a step. */
const TIME_MEMORY = 0.8;

export function foldRun(slice: RunSlice, event: RunEvent): RunSlice {
  switch (event.type) {
    case "state": {
      const failure = event.state === "failed" ? slice.failure : event.state === "idle" ? slice.failure : null;
      const { state, message, progress = null } = event;
      return { ...slice, state, message, progress, failure };
    }
    case "prepared":
      return { ...noRun, state: slice.state, message: slice.message, progress: slice.progress, prepared: event };
    case "race-state":
      // A race takes the engine: the run is gone, what it measured stays in the other slices.
      return event.state === "preparing" && slice.prepared ? { ...noRun, message: "Ended by a race." } : slice;
    case "resumed":
      return { ...slice, step: event.step };
    case "reset":
      return { ...slice, step: 0, last: null, stepMs: null, failure: null };
    case "step": {
      const stepMs =
        slice.stepMs === null ? event.stepMs : slice.stepMs + (1 - TIME_MEMORY) * (event.stepMs - slice.stepMs);
      return { ...slice, step: event.step, last: event, stepMs };
    }
    case "failed":
      if (isBeside(event)) return slice;
      return { ...slice, state: "failed", message: event.message, progress: null, failure: event };
    default:
      return slice;
  }
}

/** A run under way would be lost by preparing anew; before its first step nothing is. */
export const isFresh = ({ state, step }: RunSlice): boolean =>
  step === 0 && state !== "running" && state !== "evaluating" && state !== "finished";
