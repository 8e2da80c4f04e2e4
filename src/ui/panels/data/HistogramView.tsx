import { useState } from "react";
import type { LabelEncoding } from "../../../contracts/labelEncoding";
import type { Histogram } from "../../../contracts/survey";
import { formatTick } from "../../../figures/format";
import controls from "../../parts/controls.module.css";
import { formatCount, formatNumber } from "../../parts/format";
import { classOf } from "./encoding";
import styles from "./labels.module.css";

interface Props {
  readonly histogram: Histogram;
  readonly names: readonly string[] | undefined;
  readonly reading: LabelEncoding;
  /** The task's name. */
  readonly label: string;
}

/** The raw values of a task's files: how often each of a few comes, or bins where they are many. */
export function HistogramView({ histogram, names, reading, label }: Props) {
  const [log, setLog] = useState(false);
  return (
    <figure className={styles.histogram} aria-label={`Values in the files of ${label}`}>
      <figcaption>
        <span>{histogram.kind === "values" ? "Values in the files, by pixels" : "Values in the files"}</span>
        <label>
          <input
            type="checkbox"
            className={controls.check}
            checked={log}
            onChange={(event) => setLog(event.currentTarget.checked)}
          />
          log scale
        </label>
      </figcaption>
      {histogram.kind === "values" ? (
        <Values histogram={histogram} names={names} reading={reading} log={log} />
      ) : (
        <Bins histogram={histogram} log={log} />
      )}
    </figure>
  );
}

/** Length of a bar, 0 to 1: on a log scale 1 pixel is a twentieth, so that nothing that is there is invisible. */
export function barLength(pixels: number, most: number, log: boolean): number {
  if (pixels <= 0) return 0;
  if (!log) return pixels / most;
  return most <= 1 ? 1 : 0.05 + (0.95 * Math.log(pixels)) / Math.log(most);
}

type ValuesProps = Pick<Props, "names" | "reading"> & {
  readonly histogram: Extract<Histogram, { kind: "values" }>;
  readonly log: boolean;
};

function Values({ histogram: { values }, names, reading, log }: ValuesProps) {
  const most = Math.max(1, ...values.map(({ pixels }) => pixels));
  const all = Math.max(
    1,
    values.reduce((sum, { pixels }) => sum + pixels, 0),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={styles.values} tabIndex={0} aria-label="Values">
      <table>
        <thead className="unseen">
          <tr>
            <th scope="col">Value</th>
            <th scope="col">Class</th>
            <th scope="col">Bar</th>
            <th scope="col">Share of the pixels</th>
            <th scope="col">Files</th>
          </tr>
        </thead>
        <tbody>
          {values.map(({ value, pixels, files }) => {
            const index = names ? classOf(value, reading) : null;
            const none = reading.ignore?.includes(value) === true || (names !== undefined && index === null);
            return (
              <tr key={value} title={`${formatCount(pixels)} pixels in ${formatCount(files)} files`}>
                <th scope="row">{formatTick(value)}</th>
                <td className={styles.className}>{none ? <em>no label</em> : index === null ? "" : names?.[index]}</td>
                <td className={styles.barCell}>
                  <i data-none={none} style={{ width: `${100 * barLength(pixels, most, log)}%` }} />
                </td>
                <td>{((100 * pixels) / all).toFixed(1)} %</td>
                <td className={styles.fileCount}>{formatCount(files)} files</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

const BIN_HEIGHT = 40;

function Bins({ histogram, log }: { readonly histogram: Extract<Histogram, { kind: "bins" }>; readonly log: boolean }) {
  const { min, max, bins, notNumbers } = histogram;
  const most = Math.max(1, ...bins);
  const at = (i: number): number => min + ((max - min) * i) / bins.length;
  return (
    <>
      <svg
        className={styles.bins}
        viewBox={`0 0 ${bins.length} ${BIN_HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${bins.length} bins from ${formatNumber(min)} to ${formatNumber(max)}; most values near ${formatNumber(at(bins.indexOf(most) + 0.5))}`}
      >
        {bins.map((count, i) => {
          const height = BIN_HEIGHT * barLength(count, most, log);
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its place.
              key={i}
              x={i + 0.05}
              y={BIN_HEIGHT - height}
              width={0.9}
              height={height}
            >
              <title>{`${formatTick(at(i))} to ${formatTick(at(i + 1))}: ${formatCount(count)}`}</title>
            </rect>
          );
        })}
      </svg>
      <p className={styles.axis}>
        <span>{formatTick(min)}</span>
        <span>{formatTick((min + max) / 2)}</span>
        <span>{formatTick(max)}</span>
      </p>
      {notNumbers > 0 && <p className={styles.wrong}>{formatCount(notNumbers)} values are NaN or infinite.</p>}
    </>
  );
}
