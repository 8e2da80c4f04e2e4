/** Δm against the parameters that train in the backbone, with error bars of one standard deviation; readable on white and on dark. */
import { extent, linearAxis, logAxis } from "../../../core/math/axis";
import { chart } from "../../../figures/chart";
import { themes } from "../../../figures/spec";
import type { Row } from "./summary";

const [OTHERS, OURS] = ["#3b7dd8", "#d9722e"];

/** 1200 → "1.2k"; powers of ten are what it is asked for. */
const count = (n: number): string => (n >= 1e6 ? `${n / 1e6}M` : n >= 1e3 ? `${n / 1e3}k` : String(n));

/** Rows without Δm are left out; undefined where none is left. */
export function figure(rows: readonly Row[]): string | undefined {
  const scatter = rows.flatMap(({ id, label, trainedBackbone: x, deltaM }) => {
    if (!deltaM) return [];
    const colour = id.startsWith("ditask") ? OURS : OTHERS;
    return [{ label, x, y: deltaM.mean, error: deltaM.deviation ?? 0, colour }];
  });
  if (scatter.length === 0) return undefined;
  const [low, high] = extent([[0], ...scatter.map(({ y, error }) => [y - error, y + error])])!;
  const decades = extent([[1e3, 1e4], scatter.map(({ x }) => x)], true)!;
  return chart({
    about: `Δm in percent against trained parameters of the backbone for ${scatter.length} methods`,
    x: {
      label: "Parameters that train in the backbone",
      logarithmic: true,
      axis: logAxis(decades),
      format: count,
      ...(scatter.some(({ x }) => x === 0) && { zero: "none" }),
    },
    y: { label: "Δm against single-task models, %", axis: linearAxis([low, Math.max(high, low + 1)], 6) },
    scatter,
    width: 860,
    height: 520,
    fontSize: 12,
    theme: themes.neutral,
  });
}
