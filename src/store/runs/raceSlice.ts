/** A race of methods: who takes part, where all stand, and what was measured. Steps are told for all contestants at once. */
import { RACE_LIMIT } from "../../contracts/command";
import type { RaceStep, RunEvent, RunState } from "../../contracts/runEvent";
import { Column } from "./column";
import { isBeside } from "../failures";
import type { CurveId } from "./historySlice";

export type RacePrepared = Extract<RunEvent, { type: "race-prepared" }>;
export type RaceEvaluation = Extract<RunEvent, { type: "race-evaluation" }>;

/** Losses of every contestant at `steps`; columns grow in place, `version` changes with them. */
export interface RaceHistory {
  readonly version: number;
  readonly steps: Column;
  readonly curves: ReadonlyMap<string, ReadonlyMap<CurveId, Column>>;
}

export interface RaceSlice {
  /** Ids of the contestants that are ticked, in the order of their choice: the first is what the others are compared with. */
  readonly chosen: readonly string[];
  readonly state: RunState;
  readonly message: string;
  readonly progress: number | null;
  readonly prepared: RacePrepared | null;
  /** Steps that all contestants have done. */
  readonly step: number;
  readonly last: readonly RaceStep[];
  /** Smoothed time of a step by contestant. */
  readonly stepMs: ReadonlyMap<string, number>;
  /** The step after which a contestant's loss was not finite. */
  readonly diverged: ReadonlyMap<string, number>;
  readonly history: RaceHistory;
  readonly evaluations: readonly RaceEvaluation[];
}

const noRaceHistory = (version: number): RaceHistory => ({ version, steps: new Column(), curves: new Map() });

export const noRace: RaceSlice = {
  chosen: [],
  state: "idle",
  message: "",
  progress: null,
  prepared: null,
  step: 0,
  last: [],
  stepMs: new Map(),
  diverged: new Map(),
  history: noRaceHistory(0),
  evaluations: [],
};

/** The share of the past in the smoothed time of a step. */
const TIME_MEMORY = 0.8;

/** The session works on a race, or holds one that can go on. */
export const isRacing = ({ state }: RaceSlice): boolean =>
  state === "preparing" || state === "ready" || state === "running" || state === "paused" || state === "evaluating";

/** Ticks or unticks a contestant; one beyond the limit is not taken. */
export function takeContestant(slice: RaceSlice, id: string): RaceSlice {
  const without = slice.chosen.filter((other) => other !== id);
  if (without.length < slice.chosen.length) return { ...slice, chosen: without };
  return slice.chosen.length >= RACE_LIMIT ? slice : { ...slice, chosen: [...slice.chosen, id] };
}

export function foldRace(slice: RaceSlice, event: RunEvent): RaceSlice {
  switch (event.type) {
    case "race-state":
      return { ...slice, state: event.state, message: event.message, progress: event.progress ?? null };
    case "race-prepared":
      return {
        ...noRace,
        chosen: slice.chosen,
        state: slice.state,
        message: slice.message,
        progress: slice.progress,
        prepared: event,
        history: noRaceHistory(slice.history.version + 1),
      };
    case "race-step":
      return foldStep(slice, event.step, event.contestants);
    case "race-evaluation":
      return { ...slice, evaluations: [...slice.evaluations.filter(({ step }) => step < event.step), event] };
    case "prepared":
      // A run takes the place of a race; what was measured stays to be looked at.
      return isRacing(slice) ? { ...slice, state: "finished", message: "Ended by a run.", progress: null } : slice;
    case "failed":
      return isRacing(slice) && !isBeside(event)
        ? { ...slice, state: "failed", message: event.message, progress: null }
        : slice;
    default:
      return slice;
  }
}

function foldStep(slice: RaceSlice, step: number, contestants: readonly RaceStep[]): RaceSlice {
  const { steps, version } = slice.history;
  const curves = new Map(slice.history.curves);
  const stepMs = new Map(slice.stepMs);
  const diverged = new Map(slice.diverged);
  for (const { id, losses, total, stepMs: ms } of contestants) {
    const own = new Map(curves.get(id));
    const values: [CurveId, number | undefined][] = [["total", total], ...Object.entries(losses)];
    for (const [curve, value] of values) {
      const column = own.get(curve) ?? new Column();
      while (column.length < steps.length) column.push(Number.NaN);
      column.push(value ?? Number.NaN);
      own.set(curve, column);
    }
    curves.set(id, own);
    const before = stepMs.get(id);
    stepMs.set(id, before === undefined ? ms : before + (1 - TIME_MEMORY) * (ms - before));
    if (!Number.isFinite(total) && !diverged.has(id)) diverged.set(id, step);
  }
  steps.push(step);
  return { ...slice, step, last: contestants, stepMs, diverged, history: { version: version + 1, steps, curves } };
}
