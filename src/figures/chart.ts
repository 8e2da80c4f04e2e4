/**
 * A chart as SVG text that stands alone: lines with bands over a common x, or labelled points with error bars. The same spec gives the same
 * text, in the page and headless.
 */
import { type Box, LABEL_HEIGHT, placeLabels } from "./labels";
import { drawAxes, HEIGHT, type Plot, plotOf, WIDTH } from "./plot";
import { type ChartSpec, type ScatterPoint, type Series, type Theme, themes } from "./spec";
import { at, element, path, text } from "./svg";

const FONT_SIZE = 11;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
/** Of the font's size, on average. */
const CHARACTER_WIDTH = 0.56;
const LEGEND = { line: 15, stroke: 16, gap: 14 };
const ATTENTION = "#d03b3b";
/** Told apart by people who see red and green alike (Okabe and Ito, 2008). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"];

const colourOf = ({ colour }: { readonly colour?: string }, index: number): string =>
  colour ?? COLOURS[index % COLOURS.length]!;

const strokeOf = (series: Series, index: number) => ({
  stroke: colourOf(series, index),
  "stroke-width": series.width ?? 1.5,
  "stroke-opacity": series.opacity,
  "stroke-dasharray": series.dash,
});

/** Names in the order of the series, in as many rows as they need; one name alone says nothing. */
function legend(spec: ChartSpec): { readonly drawn: string; readonly height: number } {
  const { series = [], width = WIDTH, title, fontSize = FONT_SIZE } = spec;
  if (series.filter(({ label }) => label !== undefined).length < 2) return { drawn: "", height: 0 };
  const left = 56;
  let [x, row] = [left, 0];
  const drawn = series.map((one, i) => {
    if (one.label === undefined) return "";
    const wide = LEGEND.stroke + 5 + CHARACTER_WIDTH * fontSize * one.label.length;
    if (x + wide > width - 16 && x > left) [x, row] = [left, row + 1];
    const y = (title ? 28 : 16) + row * LEGEND.line + 6;
    const item =
      path(`M${at(x, y - 4)}h${LEGEND.stroke}`, strokeOf(one, i)) + text(x + LEGEND.stroke + 5, y, one.label);
    x += wide + LEGEND.gap;
    return item;
  });
  return { drawn: drawn.join(""), height: (row + 1) * LEGEND.line };
}

/** A line, broken where it has no place. */
function linePath(points: Series["points"], { across, down }: Plot): string {
  let move = true;
  return points
    .map(([x, y]) => {
      const [right, below] = [across(x), down(y ?? Number.NaN)];
      const command = move ? "M" : "L";
      move = !Number.isFinite(right) || !Number.isFinite(below);
      return move ? "" : command + at(right, below);
    })
    .join("");
}

function drawBand({ band = [] }: Series, { across, down }: Plot, colour: string): string {
  const sure = band.filter(([x, low, high]) => [across(x), down(low), down(high)].every(Number.isFinite));
  const ends = [
    ...sure.map(([x, , high]) => at(across(x), down(high))),
    ...sure.toReversed().map(([x, low]) => at(across(x), down(low))),
  ];
  return sure.length < 2 ? "" : element("path", { d: `M${ends.join("L")}z`, fill: colour, "fill-opacity": 0.15 });
}

/** A point with its error bar, and its label with a line to it where that is far. */
function drawPoint(
  point: ScatterPoint,
  placed: { readonly x: number; readonly y: number },
  box: Box,
  plot: Plot,
): string {
  const { x, y } = placed;
  const colour = colourOf(point, 0);
  const centre = { x: Math.min(Math.max(x, box.x), box.x + box.width), y: box.y + LABEL_HEIGHT / 2 };
  const isFar = Math.hypot(centre.x - x, centre.y - y) > 16;
  const bar = `M${at(x, plot.down(point.y - (point.error ?? 0)))}V${plot.down(point.y + (point.error ?? 0)).toFixed(1)}`;
  return [
    point.error ? path(bar, { stroke: colour, "stroke-width": 1.5 }) : "",
    isFar ? path(`M${at(x, y)}L${at(centre.x, centre.y)}`, { stroke: "currentColor", "stroke-opacity": 0.6 }) : "",
    element("circle", { cx: x, cy: y, r: 4.5, fill: colour }),
    text(box.x, box.y + 12, point.label),
  ].join("");
}

function drawScatter({ scatter = [], fontSize = FONT_SIZE }: ChartSpec, plot: Plot): string {
  const placed = scatter.map((point) => ({
    point,
    label: point.label,
    x: plot.across(point.x),
    y: plot.down(point.y),
  }));
  const boxes = placeLabels(placed, plot, CHARACTER_WIDTH * fontSize);
  return placed.map((one) => drawPoint(one.point, one, boxes.get(one)!, plot)).join("");
}

/** Triangles on the axis. */
function drawMarks({ marks, series = [] }: ChartSpec, { across, bottom }: Plot): string {
  const broken = series.flatMap(({ points }) =>
    points.flatMap(([x, y]) => (y === null || Number.isFinite(y) ? [] : [x])),
  );
  const places = [...new Set(marks ?? broken)];
  return path(places.map((x) => `M${at(across(x), bottom - 7)}l4 7h-8z`).join(""), { fill: ATTENTION });
}

/** Labels of neighbours stand under each other, and left of their line near the right end. */
function drawFlags({ flags = [] }: ChartSpec, { across, top, bottom, left, right }: Plot): string {
  return flags
    .map(({ x, label }, i) => {
      const place = across(x);
      const isLate = place > (left + right) / 2;
      const line = path(`M${at(place, top)}V${bottom}`, { stroke: "currentColor", "stroke-dasharray": "3 2" });
      return line + text(place + (isLate ? -4 : 4), top + 10 + 12 * (i % 3), label, isLate ? "end" : undefined);
    })
    .join("");
}

function drawBackground({ background, darkInk }: Theme): string {
  const style = darkInk ? element("style", {}, `@media(prefers-color-scheme:dark){svg{color:${darkInk}}}`) : "";
  return style + (background ? element("rect", { width: "100%", height: "100%", fill: background }) : "");
}

export function chart(spec: ChartSpec): string {
  const { title, about = title, series = [], width = WIDTH, height = HEIGHT, theme = themes.reader } = spec;
  const key = legend(spec);
  const plot = plotOf(spec, key.height);
  const whole = height + key.height;
  const content = [
    drawBackground(theme),
    title ? text(56, 16, title, undefined, { "font-weight": 600 }) : "",
    key.drawn,
    drawAxes(spec, plot),
    ...series.map((one, i) => drawBand(one, plot, colourOf(one, i))),
    ...series.map((one, i) => path(linePath(one.points, plot), strokeOf(one, i))),
    drawScatter(spec, plot),
    drawMarks(spec, plot),
    drawFlags(spec, plot),
  ];
  const size = { width, height: whole, viewBox: `0 0 ${width} ${whole}` };
  const look = { fill: "currentColor", color: theme.ink, "font-family": FONT, "font-size": spec.fontSize ?? FONT_SIZE };
  return element(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", ...size, role: "img", "aria-label": about, ...look },
    content.join(""),
  );
}
