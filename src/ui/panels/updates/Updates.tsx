import { useMemo } from "react";
import type { LayerUpdate } from "../../../contracts/updateAnalysis";
import { formatTick } from "../../../figures/format";
import { streamLabel } from "../../parts/colours";
import { useCatalogue, useShown } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { type AnalysisGrid, analysisMeasures, cellKey, gridOf } from "./measures";
import styles from "./updates.module.css";

interface Props {
  readonly updates: readonly LayerUpdate[];
  readonly stream: string;
  readonly onStream: (stream: string) => void;
}

/** One number of every updated weight, as a map of the backbone: blocks down, matrices across. */
export function Updates({ updates, stream, onStream }: Props) {
  const catalogue = useCatalogue();
  const [wished, setWished] = useShown<string>("updateMeasure", "effective");
  const measure = analysisMeasures.find(({ id }) => id === wished) ?? analysisMeasures[0]!;
  const streams = useMemo(() => [...new Set(updates.map((update) => update.stream))], [updates]);
  const shown = streams.includes(stream) ? stream : streams[0]!;
  const grid = useMemo(() => gridOf(updates, shown, measure), [updates, shown, measure]);
  return (
    <div>
      <div className={styles.choices}>
        <select
          aria-label="Number"
          className={controls.select}
          value={measure.id}
          onChange={(event) => setWished(event.currentTarget.value)}
        >
          {analysisMeasures.map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
        <select
          aria-label="Stream"
          className={controls.select}
          value={shown}
          onChange={(event) => onStream(event.currentTarget.value)}
        >
          {streams.map((id) => (
            <option key={id} value={id}>
              {streamLabel(catalogue, id)}
            </option>
          ))}
        </select>
      </div>
      <Grid grid={grid} signed={measure.signed} caption={`${measure.label}, ${measure.unit}`} />
      <p className={controls.note}>
        <b>{measure.unit}.</b> {measure.about}
      </p>
    </div>
  );
}

interface GridProps {
  readonly grid: AnalysisGrid;
  readonly signed: boolean;
  readonly caption: string;
}

function Grid({ grid, signed, caption }: GridProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={styles.scroll} tabIndex={0} aria-label={`Updates: ${caption}`}>
      <table className={styles.map}>
        <thead>
          <tr>
            <th scope="col">block</th>
            {grid.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {grid.rows.map((row) => (
            <tr key={row}>
              <th scope="row">{row}</th>
              {grid.columns.map((column) => (
                <Cell key={column} value={grid.values.get(cellKey(row, column))} most={grid.most} signed={signed} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** As few digits as a small cell holds. */
const short = (value: number): string => formatTick(Number(value.toPrecision(Math.abs(value) >= 100 ? 3 : 2)));

function Cell({
  value,
  most,
  signed,
}: {
  readonly value: number | undefined;
  readonly most: number;
  readonly signed: boolean;
}) {
  if (value === undefined) return <td data-empty="true" />;
  const share = most > 0 && Number.isFinite(value) ? Math.abs(value) / most : 0;
  const colour = signed && value < 0 ? "var(--bad)" : "var(--accent)";
  return (
    <td style={{ background: `color-mix(in oklab, ${colour} ${Math.round(45 * share)}%, var(--panel))` }}>
      {signed && value > 0 ? "+" : ""}
      {short(value)}
    </td>
  );
}
