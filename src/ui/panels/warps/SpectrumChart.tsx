import { useMemo } from "react";
import type { SiteInfo } from "../../../contracts/runEvent";
import { extent, linearAxis, logAxis } from "../../../core/math/axis";
import { decimate } from "../../../store/runs/decimate";
import { Chart, type Curve, type Row } from "../../charts/Chart";
import { streamColour, streamLabel } from "../../parts/colours";
import { useCatalogue, useShown } from "../../parts/context";
import { formatNumber } from "../../parts/format";
import { Segments } from "../../parts/Segments";
import { warpedSpectra } from "./warpMath";
import styles from "./warps.module.css";

type View = "linear" | "log" | "ratio";

const views = [
  { id: "linear", label: "σ" },
  { id: "log", label: "log σ" },
  { id: "ratio", label: "σ′ / σ", help: "After divided by before: 1 is the pretrained matrix" },
] as const;

const MOST_POINTS = 300;

interface Props {
  readonly part: SiteInfo;
  readonly theta: Float32Array | null;
  readonly reading: SiteInfo["reading"];
  readonly hidden: ReadonlySet<string>;
}

/** Singular values before, and after as each stream sees them. */
export function SpectrumChart({ part, theta, reading, hidden }: Props) {
  const catalogue = useCatalogue();
  const [view, setView] = useShown<View>("spectrum", "linear");
  const { rows, columns } = useMemo(
    () => spectrumRows(part, theta, reading, hidden, view),
    [part, theta, reading, hidden, view],
  );
  const curves = useMemo<Curve[]>(
    () => [
      {
        key: "before",
        label: view === "ratio" ? "pretrained" : "before",
        colour: "var(--muted)",
        dash: "4 3",
        width: 1.4,
      },
      ...part.rows
        .filter(({ stream }) => theta !== null && !hidden.has(stream))
        .map(({ stream, trained }) => ({
          key: stream,
          label: streamLabel(catalogue, stream) + (trained ? "" : " (not trained)"),
          colour: streamColour(catalogue, stream),
          width: 1.4,
          opacity: trained ? 1 : 0.4,
        })),
    ],
    [part, theta, hidden, catalogue, view],
  );
  const range = extent(columns, view !== "linear") ?? [0, 1];
  // Ratios of tiny singular values can be large: then equal factors get equal room.
  const logarithmic = view === "log" || (view === "ratio" && range[0] > 0 && range[1] > 4 * range[0]);
  const y = logarithmic ? logAxis(range) : linearAxis(view === "ratio" ? range : [0, range[1]], 5);
  const x = useMemo(() => linearAxis([1, Math.max(2, part.sigma.length)], 6, false), [part]);
  return (
    <div>
      <div className={styles.chartHead}>
        <h3>Singular values</h3>
        <Segments label="What the spectrum chart shows" choices={views} chosen={view} onChoose={setView} />
      </div>
      <Chart
        rows={rows}
        curves={curves}
        x={x}
        y={y}
        height={150}
        logarithmic={logarithmic}
        label={`Singular values of ${part.name} ${part.part}`}
        xName="index"
        formatX={formatIndex}
        summary={summarise(part, columns, curves)}
        caption={<span>dashed: pretrained; x: index, largest first</span>}
      />
    </div>
  );
}

const formatIndex = (index: number): string => `singular value ${index}`;

function spectrumRows(
  part: SiteInfo,
  theta: Float32Array | null,
  reading: Props["reading"],
  hidden: ReadonlySet<string>,
  view: View,
): { readonly rows: readonly Row[]; readonly columns: readonly Float32Array[] } {
  const warped = theta ? warpedSpectra(part, theta, reading) : [];
  const shown = part.rows.flatMap(({ stream }, i) =>
    warped[i] && !hidden.has(stream) ? [{ stream: stream as string, sigma: warped[i] }] : [],
  );
  const all = [{ stream: "before", sigma: part.sigma }, ...shown].map(({ stream, sigma }) => ({
    stream,
    sigma:
      view === "ratio" ? sigma.map((value, i) => (part.sigma[i]! > 0 ? value / part.sigma[i]! : Number.NaN)) : sigma,
  }));
  const columns = all.map(({ sigma }) => sigma);
  const drawn = (value: number): number | null =>
    Number.isFinite(value) && (view === "linear" || value > 0) ? value : null;
  const rows = decimate(columns, part.sigma.length, MOST_POINTS).map((index) => {
    const row: Record<string, number | null> = { x: index + 1 };
    for (const { stream, sigma } of all) row[stream] = drawn(sigma[index]!);
    return row;
  });
  return { rows, columns };
}

function summarise(part: SiteInfo, columns: readonly Float32Array[], curves: readonly Curve[]): string {
  const sum = (column: Float32Array): number => column.reduce((total, value) => total + value, 0);
  const sums = curves.map(({ label }, i) => `${label} ${formatNumber(sum(columns[i] ?? new Float32Array()))}`);
  return `Sum over the ${part.sigma.length} values shown: ${sums.join(", ")}.`;
}
