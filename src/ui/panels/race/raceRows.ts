/** From a race's history to what its chart draws: one curve a contestant, over the steps that all have done. */
import { decimate } from "../../../store/runs/decimate";
import type { CurveId } from "../../../store/runs/historySlice";
import type { RaceEvaluation, RaceHistory } from "../../../store/runs/raceSlice";
import { smooth } from "../../../store/runs/smooth";
import type { Row } from "../../charts/Chart";

/** Most points that the chart draws, over all of its curves. */
const MOST_POINTS = 400;

export interface RaceRows {
  readonly rows: readonly Row[];
  readonly columns: readonly ArrayLike<number>[];
}

const drawn = (value: number | undefined, logarithmic: boolean): number | null =>
  value === undefined || !Number.isFinite(value) || (logarithmic && value <= 0) ? null : value;

/** `id` holds the smoothed loss of a contestant. A diverged one ends where its losses do. */
export function lossRowsOf(
  { steps, curves }: RaceHistory,
  ids: readonly string[],
  curve: CurveId,
  beta: number,
  logarithmic: boolean,
): RaceRows {
  const raw = ids.map((id) => curves.get(id)?.get(curve)?.values() ?? new Float64Array());
  const columns = beta > 0 ? raw.map((column) => smooth(column, beta)) : raw;
  const rows = decimate(columns, steps.length, MOST_POINTS).map((index) => ({
    x: steps.at(index),
    ...Object.fromEntries(ids.map((id, i) => [id, drawn(columns[i]![index], logarithmic)])),
  }));
  return { rows, columns };
}

/** `id` holds the task's metric of a contestant at every evaluation; `unit`: what counts as 1, 0.01 for percent. */
export function metricRowsOf(
  evaluations: readonly RaceEvaluation[],
  ids: readonly string[],
  task: string,
  metric: string,
  unit = 1,
): RaceRows {
  const measured = (evaluation: RaceEvaluation, id: string): number | undefined => {
    const value = evaluation.contestants.find((contestant) => contestant.id === id)?.metrics[task]?.[metric];
    return value === undefined ? undefined : value / unit;
  };
  const rows = evaluations.map((evaluation) => ({
    x: evaluation.step,
    ...Object.fromEntries(ids.map((id) => [id, drawn(measured(evaluation, id), false)])),
  }));
  const columns = ids.map((id) => evaluations.map((evaluation) => measured(evaluation, id) ?? Number.NaN));
  return { rows, columns };
}
