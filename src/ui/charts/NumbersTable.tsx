import { type ReactNode, useState } from "react";
import { formatTick } from "../../figures/format";
import controls from "../parts/controls.module.css";
import { formatNumber } from "../parts/format";
import styles from "./charts.module.css";
import type { Curve, Row } from "./curve";

interface Props {
  readonly rows: readonly Row[];
  readonly curves: readonly Curve[];
  readonly xName: string;
  readonly summary: string;
  readonly caption: ReactNode;
  /** Ways to take the chart along. */
  readonly save: ReactNode;
}

const MOST_ROWS = 24;

/** At most `MOST_ROWS` rows, evenly spread, first and last among them. */
function spread(rows: readonly Row[]): readonly Row[] {
  if (rows.length <= MOST_ROWS) return rows;
  return Array.from({ length: MOST_ROWS }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (MOST_ROWS - 1))]!);
}

/** The chart as text: for screen readers, and for whoever wants the digits. Built only while it is open. */
export function NumbersTable({ rows, curves, xName, summary, caption, save }: Props) {
  const [open, setOpen] = useState(false);
  const named = curves.filter(({ ghost }) => !ghost);
  return (
    <details
      className={`${controls.disclosure} ${styles.numbers}`}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className={styles.caption}>
        {caption}
        <span className={styles.open}>{open ? "hide" : "table, save"}</span>
      </summary>
      {open && (
        <>
          <div className={styles.take}>
            <p className={controls.note}>{summary}</p>
            {save}
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
          <div className={styles.scroll} tabIndex={0}>
            <table className={controls.table}>
              <thead>
                <tr>
                  <th scope="col">{xName}</th>
                  {named.map(({ key, label }) => (
                    <th key={key} scope="col">
                      {label}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {spread(rows).map((row) => (
                  <tr key={row["x"]}>
                    <th scope="row">{formatTick(row["x"] ?? 0)}</th>
                    {named.map(({ key }) => (
                      <td key={key}>{row[key] === null || row[key] === undefined ? "–" : formatNumber(row[key])}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </details>
  );
}
