/** Line charts as SVG text that stands alone: colours follow the reader's light or dark setting. */

export interface Line {
  readonly label: string;
  /** (x, y) in the order of x; points that are not finite break the line. */
  readonly points: readonly (readonly [number, number])[];
}

const WIDTH = 480;
const HEIGHT = 240;
const MARGIN = { left: 56, right: 12, top: 28, bottom: 32 };
/** Told apart by people who see red and green alike (Okabe and Ito, 2008). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"];

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export const shortNumber = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);

interface Range {
  readonly low: number;
  readonly high: number;
}

/** [0,1] where there is nothing; a constant gets room on both sides. */
function rangeOf(values: readonly number[]): Range {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return { low: 0, high: 1 };
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  const room = high > low ? 0 : Math.abs(low) / 2 || 0.5;
  return { low: low - room, high: high + room };
}

const place = (value: number, { low, high }: Range, from: number, to: number): number =>
  from + ((value - low) / (high - low)) * (to - from);

function path({ points }: Line, x: Range, y: Range): string {
  let move = true;
  const parts: string[] = [];
  for (const [px, py] of points) {
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      move = true;
      continue;
    }
    const at = [
      place(px, x, MARGIN.left, WIDTH - MARGIN.right).toFixed(1),
      place(py, y, HEIGHT - MARGIN.bottom, MARGIN.top).toFixed(1),
    ];
    parts.push(`${move ? "M" : "L"}${at.join(" ")}`);
    move = false;
  }
  return parts.join("");
}

const text = (x: number, y: number, anchor: string, content: string): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(content)}</text>`;

function axes(x: Range, y: Range, xLabel: string): string {
  const [left, right] = [MARGIN.left, WIDTH - MARGIN.right];
  const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
  return [
    `<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>`,
    text(left - 6, bottom, "end", shortNumber(y.low)),
    text(left - 6, top + 8, "end", shortNumber(y.high)),
    text(left, bottom + 16, "start", shortNumber(x.low)),
    text(right, bottom + 16, "end", shortNumber(x.high)),
    text((left + right) / 2, bottom + 28, "middle", xLabel),
  ].join("");
}

const legend = (lines: readonly Line[]): string =>
  lines
    .map(
      ({ label }, i) =>
        `<tspan fill="${COLOURS[i % COLOURS.length]}"${i > 0 ? ' dx="10"' : ""}>${escaped(label)}</tspan>`,
    )
    .join("");

const STYLE =
  "text{font:11px system-ui,sans-serif;fill:#444}.title{font-weight:600}.axis{fill:none;stroke:#999}.line{fill:none;stroke-width:1.5}" +
  "@media(prefers-color-scheme:dark){text{fill:#ccc}}";

/** One chart; several lines get a legend. */
export function lineChart(title: string, lines: readonly Line[], xLabel = "step"): string {
  const x = rangeOf(lines.flatMap(({ points }) => points.map(([px]) => px)));
  const y = rangeOf(lines.flatMap(({ points }) => points.map(([, py]) => py)));
  const drawn = lines.map(
    (line, i) => `<path class="line" stroke="${COLOURS[i % COLOURS.length]}" d="${path(line, x, y)}"/>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">` +
    `<style>${STYLE}</style><text class="title" x="${MARGIN.left}" y="16">${escaped(title)}</text>` +
    `${lines.length > 1 ? `<text x="${WIDTH - MARGIN.right}" y="16" text-anchor="end">${legend(lines)}</text>` : ""}` +
    `${axes(x, y, xLabel)}${drawn.join("")}</svg>`
  );
}
