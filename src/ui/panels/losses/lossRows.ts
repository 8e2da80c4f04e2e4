/** From the columns of the history to what the chart draws. */

import { decimate } from "../../../store/runs/decimate";
import type { CurveId, HistorySlice } from "../../../store/runs/historySlice";
import { smooth } from "../../../store/runs/smooth";
import type { Row } from "../../charts/Chart";

/** Most points that one chart draws, over all of its curves: Recharts stays below a frame with these. */
const MOST_POINTS = 400;

export interface LossRows {
  readonly rows: readonly Row[];
  /** Steps that the rows were chosen from. */
  readonly of: number;
  /** The drawn numbers of every curve, for the axis. */
  readonly columns: readonly Float64Array[];
}

export const smoothKey = (id: CurveId): string => `${id}~`;

/** Rows of real steps: `id` holds the raw loss, `id~` the smoothed one. Values that cannot be drawn are null. */
export function lossRows(history: HistorySlice, ids: readonly CurveId[], beta: number, logarithmic: boolean): LossRows {
  const raw = ids.map((id) => history.curves.get(id)?.values() ?? new Float64Array());
  const smoothed = beta > 0 ? raw.map((column) => smooth(column, beta)) : raw;
  const chosen = decimate(raw, history.steps.length, MOST_POINTS);
  const drawn = (value: number | undefined): number | null =>
    value === undefined || !Number.isFinite(value) || (logarithmic && value <= 0) ? null : value;
  const rows = chosen.map((index) => {
    const row: Record<string, number | null> = { x: history.steps.at(index) };
    ids.forEach((id, curve) => {
      row[id] = drawn(raw[curve]![index]);
      if (beta > 0) row[smoothKey(id)] = drawn(smoothed[curve]![index]);
    });
    return row;
  });
  const columns = raw.map((column) => Float64Array.from(chosen, (index) => column[index] ?? Number.NaN));
  return { rows, of: history.steps.length, columns };
}
