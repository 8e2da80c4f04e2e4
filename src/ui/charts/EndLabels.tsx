import type { Domain } from "../../core/math/axis";
import { formatTick } from "../../figures/format";

import styles from "./charts.module.css";
import type { Curve, Row } from "./curve";
import { spreadApart } from "./spreadApart";

interface Props {
  readonly rows: readonly Row[];
  readonly curves: readonly Curve[];
  readonly domain: Domain;
  readonly logarithmic: boolean;
  /** Of the drawing area, in pixels. */
  readonly top: number;
  readonly height: number;
}

const LINE_HEIGHT = 14;

/** The last number of a curve; undefined where it has none. */
const lastOf = (rows: readonly Row[], key: string): number | undefined =>
  rows.findLast((row) => typeof row[key] === "number")?.[key] ?? undefined;

/** The curves' names at their right ends, moved apart where they would lie over each other. */
export function EndLabels({ rows, curves, domain, logarithmic, top, height }: Props) {
  const scale = logarithmic ? Math.log : (value: number): number => value;
  const [low, high] = [scale(domain[0]), scale(domain[1])];
  const ended = curves.flatMap((curve) => {
    const value = curve.ghost ? undefined : lastOf(rows, curve.key);
    if (value === undefined) return [];
    return [{ curve, value, y: top + height * (1 - (scale(value) - low) / (high - low)) }];
  });
  const places = spreadApart(
    ended.map(({ y }) => y),
    LINE_HEIGHT,
    top,
    top + height,
  );
  return (
    <ul className={styles.endLabels} aria-hidden="true">
      {ended.map(({ curve, value }, i) => (
        <li key={curve.key} style={{ top: places[i]! - LINE_HEIGHT / 2, color: curve.colour }}>
          <span title={curve.label}>{curve.label}</span>
          <b>{formatTick(value)}</b>
        </li>
      ))}
    </ul>
  );
}
