/** Line charts as SVG text that stands alone: colours follow the reader's light or dark setting. */
import { type Axis, extent, linearAxis } from "../../../core/math/axis";

export interface Line {
  readonly label: string;
  /** (x, y) in the order of x; points that are not finite break the line. */
  readonly points: readonly (readonly [number, number])[];
}

const WIDTH = 480;
const HEIGHT = 240;
const MARGIN = { left: 56, right: 16, top: 28, bottom: 40 };
/** Of the 11 px that text has. */
const CHARACTER_WIDTH = 6.2;
const LEGEND = { line: 15, mark: 12, gap: 14 };
/** Told apart by people who see red and green alike (Okabe and Ito, 2008). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"];

const colour = (index: number): string => COLOURS[index % COLOURS.length]!;

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export const shortNumber = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);

/** Where the data lies on the sheet. */
interface Plot {
  readonly x: Axis;
  readonly y: Axis;
  /** Heights of the upper and the lower end, from the sheet's top. */
  readonly top: number;
  readonly bottom: number;
}

const place = (value: number, { domain: [low, high] }: Axis, from: number, to: number): number =>
  from + ((value - low) / (high - low)) * (to - from);
const acrossOf = (value: number, { x }: Plot): number => place(value, x, MARGIN.left, WIDTH - MARGIN.right);
const downOf = (value: number, { y, top, bottom }: Plot): number => place(value, y, bottom, top);

function path({ points }: Line, plot: Plot): string {
  let move = true;
  const parts: string[] = [];
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      move = true;
      continue;
    }
    parts.push(`${move ? "M" : "L"}${acrossOf(x, plot).toFixed(1)} ${downOf(y, plot).toFixed(1)}`);
    move = false;
  }
  return parts.join("");
}

const text = (x: number, y: number, anchor: string, content: string): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(content)}</text>`;

function axes(plot: Plot, xLabel: string): string {
  const [left, right] = [MARGIN.left, WIDTH - MARGIN.right];
  const rules = plot.y.ticks.map((tick) => `M${left} ${downOf(tick, plot).toFixed(1)}H${right}`);
  return [
    `<path class="rule" d="${rules.join("")}"/>`,
    `<path class="axis" d="M${left} ${plot.top}V${plot.bottom}H${right}"/>`,
    ...plot.y.ticks.map((tick) => text(left - 6, downOf(tick, plot) + 4, "end", shortNumber(tick))),
    ...plot.x.ticks.map((tick) => text(acrossOf(tick, plot), plot.bottom + 16, "middle", shortNumber(tick))),
    text((left + right) / 2, plot.bottom + 32, "middle", xLabel),
  ].join("");
}

/** Labels in the order of the lines, in as many rows as they need. */
function legend(lines: readonly Line[]): { readonly drawn: string; readonly height: number } {
  let [x, row] = [MARGIN.left, 0];
  const drawn = lines.map(({ label }, i) => {
    const width = LEGEND.mark + 5 + CHARACTER_WIDTH * label.length;
    if (x + width > WIDTH - MARGIN.right && x > MARGIN.left) [x, row] = [MARGIN.left, row + 1];
    const y = MARGIN.top + row * LEGEND.line + 6;
    const mark = `<path class="line" stroke="${colour(i)}" d="M${x.toFixed(1)} ${y - 4}h${LEGEND.mark}"/>`;
    const item = mark + text(x + LEGEND.mark + 5, y, "start", label);
    x += width + LEGEND.gap;
    return item;
  });
  return { drawn: drawn.join(""), height: (row + 1) * LEGEND.line };
}

const STYLE =
  "text{font:11px system-ui,sans-serif;fill:#444}.title{font-weight:600}.axis{fill:none;stroke:#999}.rule{fill:none;stroke:#999;stroke-opacity:.25}" +
  ".line{fill:none;stroke-width:1.5}@media(prefers-color-scheme:dark){text{fill:#ccc}}";

/** One chart; several lines get a legend, which makes it higher. */
export function lineChart(title: string, lines: readonly Line[], xLabel = "step"): string {
  const column = (axis: 0 | 1) => lines.map(({ points }) => points.map((point) => point[axis]));
  const key = lines.length > 1 ? legend(lines) : { drawn: "", height: 0 };
  const height = HEIGHT + key.height;
  const plot: Plot = {
    x: linearAxis(extent(column(0)) ?? [0, 1], 6, false),
    y: linearAxis(extent(column(1)) ?? [0, 1], 4),
    top: MARGIN.top + key.height,
    bottom: height - MARGIN.bottom,
  };
  const drawn = lines.map((line, i) => `<path class="line" stroke="${colour(i)}" d="${path(line, plot)}"/>`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">` +
    `<style>${STYLE}</style><text class="title" x="${MARGIN.left}" y="16">${escaped(title)}</text>` +
    `${key.drawn}${axes(plot, xLabel)}${drawn.join("")}</svg>`
  );
}
