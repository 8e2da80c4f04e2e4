import type { ChartSpec } from "../../figures/spec";
import type { Curve, Row } from "./curve";
import type { LineFigureProps } from "./LineFigure";

/** A faint curve beside a strong one of its colour is the same thing, less smoothed. */
const isNamed = (curve: Curve, all: readonly Curve[]): boolean =>
  !curve.ghost &&
  !((curve.opacity ?? 1) < 1 && all.some((other) => other.colour === curve.colour && (other.opacity ?? 1) === 1));

/** Where both ends are there. */
const bandOf = (rows: readonly Row[], [low, high]: readonly [string, string]) =>
  rows.flatMap((row): (readonly [number, number, number])[] => {
    const [x, from, to] = [row["x"], row[low], row[high]];
    return typeof x === "number" && typeof from === "number" && typeof to === "number" ? [[x, from, to]] : [];
  });

/** Of a title and the axis' name, which the page shows beside its drawing. */
const AROUND = 44;

/** What a live chart shows, `width` pixels wide, for a file. `colourOf` turns colours of the style sheet into numbers. */
export function figureSpec(figure: LineFigureProps, width: number, colourOf: (css: string) => string): ChartSpec {
  const { rows, curves, label, xName, logarithmic = false, marks = [], flags = [], height } = figure;
  const named = curves.filter((curve) => isNamed(curve, curves));
  return {
    // The legend names several curves again.
    title: named.length > 1 && 7 * label.length > width ? label.split(": ")[0]! : label,
    about: label,
    x: { axis: figure.x, label: xName },
    y: { axis: figure.y, logarithmic },
    series: curves.map(({ key, label, colour, band, ...stroke }) => ({
      ...stroke,
      ...(band && { band: bandOf(rows, band) }),
      ...(named.some((curve) => curve.key === key) && { label }),
      points: rows.map((row) => [row["x"]!, row[key] ?? null] as const),
      colour: colourOf(colour),
    })),
    marks,
    flags,
    width,
    height: height + AROUND,
    theme: { ink: colourOf("var(--ink)"), background: colourOf("var(--panel)") },
  };
}
