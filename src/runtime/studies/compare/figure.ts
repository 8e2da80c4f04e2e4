/**
 * Δm against the numbers that train in the backbone, as an SVG of its own: logarithmic x with a place for none, error bars of one standard
 * deviation, labels kept apart. Colours are readable on white and on dark.
 */
import { linearAxis } from "../../../core/math/axis";
import type { Row } from "./summary";

const WIDTH = 860;
const HEIGHT = 520;
const PLOT = { left: 74, right: 24, top: 20, bottom: 62 } as const;
const LABEL_HEIGHT = 15;
const CHARACTER_WIDTH = 6.6;
/** Grey that stands out from white (4.6 to 1) and from black (4.5 to 1) alike. */
const INK = "#767676";
const MARK = "#3b7dd8";
const OWN = "#d9722e";

interface Point {
  readonly label: string;
  readonly isDitask: boolean;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);
const short = (value: number): string => String(Number(value.toFixed(1)));

const text = (x: number, y: number, content: string, rest = ""): string =>
  `<text x="${short(x)}" y="${short(y)}" ${rest}>${escaped(content)}</text>`;
const line = (x1: number, y1: number, x2: number, y2: number, rest: string): string =>
  `<line x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}" ${rest}/>`;

/** 1200 → "1.2k"; powers of ten are what it is asked for. */
const count = (n: number): string => (n >= 1e6 ? `${n / 1e6}M` : n >= 1e3 ? `${n / 1e3}k` : String(n));

interface Axes {
  x(trained: number): number;
  y(gain: number): number;
  /** Powers of ten. */
  readonly decades: readonly number[];
  readonly hasNone: boolean;
  readonly ticks: readonly number[];
}

function makeAxes(rows: readonly Row[]): Axes {
  const positive = rows.map((row) => row.trainedBackbone).filter((n) => n > 0);
  const first = Math.floor(Math.log10(Math.min(...positive, 1e3)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...positive, 1e4))));
  const hasNone = rows.some((row) => row.trainedBackbone === 0);
  const from = PLOT.left + (hasNone ? 84 : 16);
  const to = WIDTH - PLOT.right;
  const ends = rows.flatMap(({ deltaM }) => [
    deltaM!.mean - (deltaM!.deviation ?? 0),
    deltaM!.mean + (deltaM!.deviation ?? 0),
  ]);
  const lowest = Math.min(...ends, 0);
  const { domain, ticks } = linearAxis([lowest, Math.max(...ends, lowest + 1)], 6);
  const [low, high] = domain;
  const bottom = HEIGHT - PLOT.bottom;
  return {
    x: (n) => (n === 0 ? PLOT.left + 28 : from + ((Math.log10(n) - first) / (last - first)) * (to - from)),
    y: (g) => bottom - ((g - low) / (high - low)) * (bottom - PLOT.top),
    decades: Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i)),
    hasNone,
    ticks,
  };
}

function drawAxes({ x, y, decades, hasNone, ticks }: Axes): string {
  const right = WIDTH - PLOT.right;
  const bottom = HEIGHT - PLOT.bottom;
  const digits = ticks.every((t) => Number.isInteger(t)) ? 0 : 1;
  const sign = (t: number): string => `${t < 0 ? "−" : ""}${Math.abs(t).toFixed(digits)}`;
  return [
    ...ticks.map(
      (t) =>
        line(PLOT.left, y(t), right, y(t), `stroke="${INK}" stroke-opacity="${Math.abs(t) < 1e-9 ? 0.8 : 0.25}"`) +
        text(PLOT.left - 8, y(t) + 4, sign(t), 'text-anchor="end"'),
    ),
    ...decades.map(
      (n) =>
        line(x(n), PLOT.top, x(n), bottom, `stroke="${INK}" stroke-opacity="0.25"`) +
        text(x(n), bottom + 18, count(n), 'text-anchor="middle"'),
    ),
    hasNone ? text(x(0), bottom + 18, "none", 'text-anchor="middle"') : "",
    line(PLOT.left, bottom, right, bottom, `stroke="${INK}"`),
    line(PLOT.left, PLOT.top, PLOT.left, bottom, `stroke="${INK}"`),
    text((PLOT.left + right) / 2, HEIGHT - 16, "Numbers that train in the backbone", 'text-anchor="middle"'),
    `<g transform="translate(18 ${(PLOT.top + bottom) / 2}) rotate(-90)">${text(0, 0, "Δm against single-task models, %", 'text-anchor="middle"')}</g>`,
  ].join("\n");
}

/** How much of a label lies over other labels, over points, or outside of the plot. */
function trouble(box: Box, placed: readonly Box[], points: readonly Point[]): number {
  const over = (a: Box, b: Box): number => {
    const w = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
    const h = LABEL_HEIGHT - Math.abs(a.y - b.y);
    return w > 0 && h > 0 ? w * h : 0;
  };
  const outside =
    Math.max(0, PLOT.left - box.x) +
    Math.max(0, box.x + box.width - WIDTH + 4) +
    Math.max(0, PLOT.top - box.y) +
    Math.max(0, box.y + LABEL_HEIGHT - HEIGHT + PLOT.bottom);
  const covered = points.reduce((sum, p) => sum + over(box, { x: p.x - 5, y: p.y - 7, width: 10 }), 0);
  return 40 * outside + 2 * covered + placed.reduce((sum, other) => sum + over(box, other), 0);
}

/** Where labels may stand: beside, above and below the point, then further away. */
function places(p: Point): readonly Box[] {
  const width = CHARACTER_WIDTH * p.label.length;
  const offsets = [0, -14, 14, -28, 28, -42, 42, -58, 58, -76, 76];
  return offsets.flatMap((dy) => [
    { x: p.x + 10, y: p.y - LABEL_HEIGHT / 2 + dy, width },
    { x: p.x - 10 - width, y: p.y - LABEL_HEIGHT / 2 + dy, width },
    ...(dy === 0 ? [] : [{ x: p.x - width / 2, y: p.y - LABEL_HEIGHT / 2 + dy, width }]),
  ]);
}

/** Greedy, crowded points first: each label takes the place with the least trouble, the nearest of equals. */
function placeLabels(points: readonly Point[]): ReadonlyMap<Point, Box> {
  const near = (p: Point): number => points.filter((q) => Math.abs(q.x - p.x) < 150 && Math.abs(q.y - p.y) < 40).length;
  const placed = new Map<Point, Box>();
  for (const p of [...points].sort((a, b) => near(b) - near(a) || a.x - b.x)) {
    const others = [...placed.values()];
    const scored = places(p).map((box, i) => ({ box, score: trouble(box, others, points) + 0.5 * i }));
    placed.set(p, scored.reduce((best, other) => (other.score < best.score ? other : best)).box);
  }
  return placed;
}

function drawPoint(p: Point, box: Box): string {
  const colour = p.isDitask ? OWN : MARK;
  const centre = { x: Math.min(Math.max(p.x, box.x), box.x + box.width), y: box.y + LABEL_HEIGHT / 2 };
  const isFar = Math.hypot(centre.x - p.x, centre.y - p.y) > 16;
  return [
    p.high < p.low ? line(p.x, p.low, p.x, p.high, `stroke="${colour}" stroke-width="1.5"`) : "",
    isFar ? line(p.x, p.y, centre.x, centre.y, `stroke="${INK}" stroke-opacity="0.6"`) : "",
    `<circle cx="${short(p.x)}" cy="${short(p.y)}" r="4.5" fill="${colour}"/>`,
    text(box.x, box.y + 12, p.label),
  ].join("");
}

/** Rows without Δm are left out; undefined where none is left. */
export function figure(all: readonly Row[]): string | undefined {
  const rows = all.filter((row) => row.deltaM);
  if (rows.length === 0) return undefined;
  const axes = makeAxes(rows);
  const points = rows.map((row): Point => {
    const { mean, deviation } = row.deltaM!;
    const [low, high] = [axes.y(mean - (deviation ?? 0)), axes.y(mean + (deviation ?? 0))];
    const isDitask = row.id.startsWith("ditask");
    return { label: row.label, isDitask, x: axes.x(row.trainedBackbone), y: axes.y(mean), low, high };
  });
  const labels = placeLabels(points);
  const about = `Δm in percent against trained numbers of the backbone for ${rows.length} methods`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(about)}" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">
${drawAxes(axes)}
${points.map((p) => drawPoint(p, labels.get(p)!)).join("\n")}
</svg>
`;
}
