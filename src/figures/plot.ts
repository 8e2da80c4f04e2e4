/** The plot of a chart: where numbers lie on the sheet, and its axes. */
import { type Axis, extent, linearAxis, logAxis } from "../core/math/axis";
import { formatTick } from "./format";
import type { Area } from "./labels";
import type { AxisSpec, ChartSpec } from "./spec";
import { at, path, text } from "./svg";

/** Of a chart that names no size of its own. */
export const WIDTH = 480;
export const HEIGHT = 240;
/** From a logarithmic axis' left end, for points at zero, and for its first power. */
const ZERO = { place: 28, room: 84 };

/** Where the data lies on the sheet. */
export interface Plot extends Area {
  readonly x: Axis;
  readonly y: Axis;
  across(x: number): number;
  down(y: number): number;
}

/** 0 at the lower and 1 at the upper end. */
function share(value: number, { domain }: Axis, logarithmic = false): number {
  const scale = logarithmic ? Math.log10 : (v: number): number => v;
  return (scale(value) - scale(domain[0])) / (scale(domain[1]) - scale(domain[0]));
}

function axisOf(
  { axis, logarithmic }: AxisSpec,
  columns: readonly (readonly number[])[],
  count: number,
  nice: boolean,
): Axis {
  if (axis) return axis;
  const range = extent(columns, logarithmic);
  return logarithmic ? logAxis(range ?? [0.1, 1]) : linearAxis(range ?? [0, 1], count, nice);
}

/** Every x; every y with the ends of bands and error bars. */
const columnsOf = ({ series = [], scatter = [] }: ChartSpec) => ({
  x: [...series.map(({ points }) => points.map(([x]) => x)), scatter.map(({ x }) => x)],
  y: [
    ...series.map(({ points }) => points.map(([, y]) => y ?? Number.NaN)),
    ...series.map(({ band = [] }) => band.flatMap(([, low, high]) => [low, high])),
    scatter.flatMap(({ y, error = 0 }) => [y - error, y + error]),
  ],
});

export function plotOf(spec: ChartSpec, legendHeight: number): Plot {
  const { title, x, y = {}, width = WIDTH, height = HEIGHT } = spec;
  const columns = columnsOf(spec);
  const axes = { x: axisOf(x, columns.x, 6, false), y: axisOf(y, columns.y, 4, true) };
  const [left, right] = [y.label ? 74 : 56, width - 16];
  const [top, bottom] = [(title ? 28 : 16) + legendHeight, height + legendHeight - (x.label ? 40 : 24)];
  const from = left + (x.zero ? ZERO.room : 0);
  return {
    ...{ ...axes, left, right, top, bottom },
    across: (value) =>
      x.zero && value === 0 ? left + ZERO.place : from + share(value, axes.x, x.logarithmic) * (right - from),
    down: (value) => bottom - share(value, axes.y, y.logarithmic) * (bottom - top),
  };
}

/** Rules, ticks and the labels of both axes. */
export function drawAxes({ x, y = {} }: ChartSpec, plot: Plot): string {
  const { left, right, top, bottom } = plot;
  const crossesZero = plot.y.domain[0] < 0 && plot.y.domain[1] >= 0;
  const rules = [
    ...plot.y.ticks
      .filter((tick) => tick !== 0 || !crossesZero)
      .map((tick) => `M${at(left, plot.down(tick))}H${right}`),
    ...plot.x.ticks.map((tick) => `M${at(plot.across(tick), top)}V${bottom}`),
  ];
  const ink = { stroke: "currentColor" };
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  return [
    path(rules.join(""), { ...ink, "stroke-opacity": 0.15 }),
    crossesZero ? path(`M${at(left, plot.down(0))}H${right}`, { ...ink, "stroke-opacity": 0.7 }) : "",
    path(`M${at(left, top)}V${bottom}H${right}`, ink),
    ...plot.y.ticks.map((tick) => text(left - 6, plot.down(tick) + 4, (y.format ?? formatTick)(tick), "end")),
    ...plot.x.ticks.map((tick) => text(plot.across(tick), bottom + 16, (x.format ?? formatTick)(tick), "middle")),
    x.zero ? text(plot.across(0), bottom + 16, x.zero, "middle") : "",
    x.label ? text(middle.x, bottom + 32, x.label, "middle") : "",
    y.label ? text(0, 0, y.label, "middle", { transform: `translate(18 ${middle.y}) rotate(-90)` }) : "",
  ].join("");
}
