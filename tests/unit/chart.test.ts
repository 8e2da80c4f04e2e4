/** The one chart behind the exports of the page, the report and the comparison. */
import { describe, expect, it } from "vitest";
import { linearAxis, logAxis } from "../../src/core/math/axis";
import { chart } from "../../src/figures/chart";
import { type ChartSpec, themes } from "../../src/figures/spec";
import { figureSpec } from "../../src/ui/charts/figureSpec";
import type { LineFigureProps } from "../../src/ui/charts/LineFigure";

const x = { label: "step" };
const points = [
  [0, 1],
  [5, 10],
  [10, 100],
] as const;
const linesOf = (svg: string): readonly string[] => [...svg.matchAll(/d="(M[^"VHzh]*)"/g)].map(([, d]) => d!);
const positions = (d: string): number[][] =>
  d
    .split(/[ML]/)
    .slice(1)
    .map((one) => one.split(" ").map(Number));

describe("a chart", () => {
  it("puts equal factors at equal distances on a logarithmic axis, and leaves out what has no logarithm", () => {
    const series = [{ points: [...points, [11, 0] as const, [12, -1] as const] }];
    const svg = chart({ x, y: { logarithmic: true }, series });
    const [low, middle, high] = positions(linesOf(svg)[0]!).map(([, y]) => y!);
    expect(low! - middle!).toBeCloseTo(middle! - high!, 0);
    expect(low! - middle!).toBeGreaterThan(50);
    expect(positions(linesOf(svg)[0]!)).toHaveLength(3);
  });

  it("marks what is not finite on the axis, but not what is missing", () => {
    const marks = (spec: Partial<ChartSpec>) => chart({ x, ...spec }).match(/l4 7h-8z/g)?.length ?? 0;
    const broken = [...points, [6, Number.NaN], [7, Infinity], [8, null]] as const;
    expect(marks({ series: [{ points: broken }, { points: broken }] })).toBe(2);
    expect(marks({ series: [{ points }] })).toBe(0);
    expect(marks({ series: [{ points }], marks: [3] })).toBe(1);
  });

  it("draws a band between its ends, and gives it room", () => {
    const band = points.map(([at, y]) => [at, y - 50, y + 50] as const);
    const svg = chart({ x, series: [{ label: "a", points, band }] });
    expect(svg).toMatch(/<path d="M[^"]+z" fill="#0072b2" fill-opacity="0.15"\/>/);
    for (const tick of ["−50", "0", "150"]) expect(svg).toContain(`>${tick}</text>`);
    expect(chart({ x, series: [{ points, band: band.slice(0, 1) }] })).not.toContain("fill-opacity");
  });

  it("names the places where something changed, those of the right half to the left of their line", () => {
    const svg = chart({
      x: { axis: linearAxis([0, 10], 5, false) },
      series: [{ points }],
      flags: [
        { x: 2, label: "rate 0.01" },
        { x: 9, label: "rate < 0.001" },
      ],
    });
    const [first, second] = [...svg.matchAll(/<text x="([\d.]+)"[^>]*>rate/g)].map((found) => Number(found[1]));
    expect(first).toBeGreaterThan(56 + 0.2 * 408);
    expect(second).toBeLessThan(56 + 0.9 * 408);
    expect(svg).toContain('text-anchor="end">rate &lt; 0.001<');
  });

  it("names no line that stands alone or has no label, and repeats the stroke of those that it names", () => {
    expect(chart({ x, series: [{ label: "alone", points }] })).not.toContain("alone");
    const svg = chart({
      x,
      series: [{ label: "a", points, dash: "4 3", opacity: 0.28 }, { label: "b", points }, { points }],
    });
    expect(svg.match(/stroke-opacity="0.28" stroke-dasharray="4 3"/g)).toHaveLength(2);
    expect(linesOf(svg)).toHaveLength(3);
  });

  it("shows points with error bars, and gives zero a place on a logarithmic axis", () => {
    const scatter = [
      { label: "none & all", x: 0, y: 1, error: 2 },
      { label: "b", x: 1e4, y: -3 },
    ];
    const svg = chart({
      x: { logarithmic: true, axis: logAxis([1e3, 1e5]), zero: "none" },
      y: { label: "Δm, %" },
      scatter,
    });
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg.match(/stroke-width="1.5"/g)).toHaveLength(1);
    expect(svg).toContain(">none &amp; all</text>");
    const place = Number(/<text x="([\d.]+)"[^>]*>none<\/text>/.exec(svg)![1]);
    expect([...svg.matchAll(/cx="([\d.]+)"/g)].map((found) => Number(found[1]))[0]).toBe(place);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it("is a picture of no data, too, and of one point", () => {
    expect(chart({ x })).not.toMatch(/NaN|Infinity|undefined/);
    expect(chart({ x, series: [{ points: [[3, 3]] }] })).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("follows the reader's setting, or has the colours that are asked for", () => {
    expect(chart({ x })).toContain("prefers-color-scheme:dark");
    expect(chart({ x, theme: themes.neutral })).toMatch(/^<svg [^>]*color="#767676"/);
    expect(chart({ x, theme: themes.neutral })).not.toContain("<style");
    expect(chart({ x, theme: { ink: "#eee", background: "#111" } })).toContain(
      '<rect width="100%" height="100%" fill="#111"/>',
    );
  });
});

describe("what the page saves", () => {
  const figure: LineFigureProps = {
    rows: [
      { x: 1, raw: 2, mean: 2, ghost: 1 },
      { x: 2, raw: null, mean: 3, ghost: 1 },
    ],
    curves: [
      { key: "raw", label: "Depth, raw", colour: "red", opacity: 0.28 },
      { key: "mean", label: "Depth", colour: "red" },
      { key: "ghost", label: "before", colour: "grey", ghost: true },
    ],
    x: linearAxis([1, 2]),
    y: logAxis([1, 3]),
    height: 154,
    label: "Losses by step: Depth",
    xName: "step",
    logarithmic: true,
    marks: [2],
  };
  const spec = figureSpec(figure, 500, (css) => `resolved ${css}`);

  it("has every curve, the page's axes and marks, and names a smoothed curve once", () => {
    expect(spec.series!.map(({ label }) => label)).toEqual([undefined, "Depth", undefined]);
    expect(spec.series![0]!.points).toEqual([
      [1, 2],
      [2, null],
    ]);
    expect([spec.x.axis, spec.y!.axis, spec.y!.logarithmic, spec.marks]).toEqual([figure.x, figure.y, true, [2]]);
    expect(linesOf(chart(spec))).toHaveLength(3);
  });

  it("is in the page's colours and size, and short of a title that the legend repeats", () => {
    expect(spec.theme).toEqual({ ink: "resolved var(--ink)", background: "resolved var(--panel)" });
    expect(spec.series![2]!.colour).toBe("resolved grey");
    expect(chart(spec)).toMatch(/^<svg [^>]*\bwidth="500"/);
    const many = {
      ...figure,
      curves: figure.curves.map((curve, i) => ({ ...curve, colour: String(i), ghost: false })),
    };
    expect(figureSpec(many, 100, String).title).toBe("Losses by step");
    expect(figureSpec(many, 500, String).title).toBe(figure.label);
  });
});
