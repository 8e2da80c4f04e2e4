/** Plain tables for terminals and for markdown, and numbers as people read them. */

export type Align = "left" | "right";

export interface Column {
  readonly title: string;
  readonly align?: Align;
}

const padded = (text: string, width: number, align: Align): string =>
  align === "left" ? text.padEnd(width) : text.padStart(width);

/** A markdown table whose columns also line up on a terminal. The first column is left-aligned unless it says otherwise. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const aligns = columns.map(({ align }, i) => align ?? (i === 0 ? "left" : "right"));
  const widths = columns.map(({ title }, i) => Math.max(3, title.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, i) => padded(cells[i] ?? "", width, aligns[i]!)).join(" | ")} |`;
  const rule = widths.map((width, i) => (aligns[i] === "left" ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(columns.map(({ title }) => title)), line(rule), ...rows.map(line)].join("\n");
}

const scaled = (n: number, step: number, units: readonly string[]): string => {
  let value = n;
  let unit = 0;
  while (value >= step && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  const text =
    unit === 0 ? String(Math.round(value)) : value.toPrecision(Math.max(3, String(Math.trunc(value)).length));
  return `${text} ${units[unit]}`;
};

export const showBytes = (bytes: number): string => scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB"]);
export const showFlops = (flops: number): string => scaled(flops, 1000, ["FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP"]);
export const showShare = (part: number, whole: number): string =>
  whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : "-";
