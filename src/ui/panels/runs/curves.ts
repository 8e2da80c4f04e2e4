/** From the records of ticked runs to one chart: a curve a run, or a curve and a band for the seeds of one method. */
import { decimate } from "../../../store/runs/decimate";
import type { CurveId } from "../../../store/runs/historySlice";
import { smooth } from "../../../store/runs/smooth";
import type { Curve, Row } from "../../charts/Chart";
import { bundlesOf, type ListedRun } from "./model";

/** Most points that the chart draws, over all of its curves. */
const MOST_POINTS = 400;

/** What the chart shows: a loss at every step, or a metric at every evaluation. */
export type Shown =
  | { readonly kind: "loss"; readonly curve: CurveId }
  | { readonly kind: "metric"; readonly task: string; readonly metric: string; readonly percent?: boolean };

/** One run as numbers over steps. */
interface Series {
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** One run, or seeds together, as numbers. */
interface Drawn {
  readonly key: string;
  readonly label: string;
  readonly colour: string;
  readonly series: readonly Series[];
}

export interface RunCurves {
  readonly rows: readonly Row[];
  readonly curves: readonly Curve[];
  readonly columns: readonly number[][];
}

export function curvesOf(
  runs: readonly ListedRun[],
  shown: Shown,
  { beta, logarithmic, bands }: { readonly beta: number; readonly logarithmic: boolean; readonly bands: boolean },
): RunCurves {
  const drawn = (value: number): number | null =>
    !Number.isFinite(value) || (logarithmic && value <= 0) ? null : value;
  const bundles = bundlesOf(runs, bands).map(
    ({ name, runs: own }): Drawn => ({
      ...{ key: own[0]!.entry.id, label: name, colour: own[0]!.colour },
      series: own.map((run) => seriesOf(run, shown, beta)),
    }),
  );
  const places = placesOf(bundles.flatMap(({ series }) => series));
  const rows = places.map((x) => Object.assign({ x }, ...bundles.map((one) => valuesAt(one, x, drawn))) as Row);
  const curves = bundles.map(({ key, label, colour, series }): Curve => {
    const band = series.length > 1 ? ([`${key}<`, `${key}>`] as const) : undefined;
    return { key, label, colour, width: 1.8, ...(band && { band }) };
  });
  const keys = curves.flatMap(({ key, band }) => [key, ...(band ?? [])]);
  return { rows, curves, columns: keys.map((key) => rows.map((row) => row[key] ?? Number.NaN)) };
}

function seriesOf({ entry }: ListedRun, shown: Shown, beta: number): Series {
  if (shown.kind === "loss") {
    const { steps, curves } = entry.history;
    const raw = curves.get(shown.curve)?.values() ?? new Float64Array();
    return { steps: steps.values(), values: beta > 0 ? smooth(raw, beta) : raw };
  }
  const unit = shown.percent ? 0.01 : 1;
  const measured = entry.results.evaluations.flatMap(({ step, metrics }) => {
    const value = metrics[shown.task]?.[shown.metric];
    return value === undefined ? [] : [{ step, value: value / unit }];
  });
  return { steps: measured.map(({ step }) => step), values: measured.map(({ value }) => value) };
}

/** Steps at which something is drawn: of each run those that keep its extremes. */
function placesOf(all: readonly Series[]): readonly number[] {
  const most = Math.max(8, Math.floor(MOST_POINTS / Math.max(1, all.length)));
  const places = all.flatMap(({ steps, values }) =>
    decimate([values], Math.min(steps.length, values.length), most).map((index) => steps[index]!),
  );
  return [...new Set(places)].sort((a, b) => a - b);
}

/** The place of `step` in ascending steps; −1: it is not there. */
function indexOf(steps: ArrayLike<number>, step: number): number {
  let [low, high] = [0, steps.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (steps[middle] === step) return middle;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Mean, lowest and highest of the runs that have this step. */
function valuesAt({ key, series }: Drawn, x: number, drawn: (value: number) => number | null): Row {
  const values = series.flatMap(({ steps, values: own }) => {
    const index = indexOf(steps, x);
    return index < 0 ? [] : [own[index]!];
  });
  if (values.length === 0) return { [key]: null };
  const mean = drawn(values.reduce((sum, value) => sum + value, 0) / values.length);
  if (series.length === 1) return { [key]: mean };
  return { [key]: mean, [`${key}<`]: drawn(Math.min(...values)), [`${key}>`]: drawn(Math.max(...values)) };
}
