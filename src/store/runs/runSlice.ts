/** Progress of a run: state, step, what was prepared, what went wrong. */
import type { StepColumns } from "../../contracts/run";
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
  message: "Loading the device",
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
    case "created":
      return { ...noRun, message: "" };
    case "prepared":
      return { ...slice, prepared: event, failure: null };
    case "resumed":
      return { ...slice, step: event.step };
    case "step":
      return { ...slice, step: event.step, last: event, stepMs: smoothed(slice.stepMs, event.stepMs) };
    case "steps": {
      const last = lastOf(event.run, event.columns);
      const stepMs = event.columns.stepMs.reduce<number | null>(smoothed, slice.stepMs);
      return last ? { ...slice, step: last.step, last, stepMs } : slice;
    }
    case "failed":
      if (isBeside(event)) return slice;
      return { ...slice, state: "failed", message: event.message, progress: null, failure: event };
    default:
      return slice;
  }
}

const smoothed = (before: number | null, ms: number): number =>
  before === null ? ms : before + (1 - TIME_MEMORY) * (ms - before);

function lastOf(run: string, columns: StepColumns): StepEvent | null {
  const at = columns.step.length - 1;
  if (at < 0) return null;
  const last = (all: Readonly<Record<string, Float64Array>>) =>
    Object.fromEntries(Object.entries(all).map(([key, column]) => [key, column[at]!]));
  const { step, epoch, total, gradientNorm, stepMs, losses, learningRates } = columns;
  return {
    ...{ type: "step", run, step: step[at]!, epoch: epoch[at]!, total: total[at]!, stepMs: stepMs[at]! },
    ...{ gradientNorm: gradientNorm[at]!, losses: last(losses), learningRates: last(learningRates) },
  };
}

/** Before its first step a run has nothing that would be worth a place in the list. */
export const isFresh = ({ state, step }: RunSlice): boolean =>
  step === 0 && state !== "running" && state !== "evaluating" && state !== "finished";

/** It can take steps still: a live field may change, and the session may hold it. */
export const isUnderWay = ({ state, step }: RunSlice): boolean =>
  step > 0 && (state === "ready" || state === "running" || state === "paused" || state === "evaluating");
