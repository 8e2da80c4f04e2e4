import { useMemo } from "react";
import type { SiteInfo } from "../../../contracts/runEvent";
import { type Axis, extent, linearAxis } from "../../../core/math/axis";
import { Chart, type Curve, type Row } from "../../charts/Chart";
import { streamColour, streamLabel } from "../../parts/colours";
import { useCatalogue, useShown } from "../../parts/context";
import { formatNumber } from "../../parts/format";
import { Segments } from "../../parts/Segments";
import { grid, type WarpCurves } from "./warpMath";
import styles from "./warps.module.css";

const unit: Axis = { domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1] };
const views = [
  { id: "phi", label: "φ" },
  { id: "shift", label: "φ − x", help: "The warp without the identity: small moves are easier to see" },
] as const;

interface Props {
  readonly curves: readonly WarpCurves[];
  readonly reading: SiteInfo["reading"];
  readonly hidden: ReadonlySet<string>;
}

/** The warp against the identity, and the velocity field whose flow it is. */
export function FlowCharts({ curves: all, reading, hidden }: Props) {
  const catalogue = useCatalogue();
  const [view, setView] = useShown<"phi" | "shift">("warp", "phi");
  const warps = useMemo(() => all.filter(({ stream }) => !hidden.has(stream)), [all, hidden]);
  const lines = useMemo<Curve[]>(
    () =>
      warps.map(({ stream, trained }) => ({
        key: stream,
        label: streamLabel(catalogue, stream) + (trained ? "" : " (not trained)"),
        colour: streamColour(catalogue, stream),
        opacity: trained ? 1 : 0.4,
      })),
    [warps, catalogue],
  );
  const identity: Curve = { key: "identity", label: "identity", colour: "var(--muted)", dash: "4 3", width: 1.2 };
  const shift = view === "shift";
  const x = reading === "value" ? "σ / σ max" : "index / last";
  const flowY = shift ? symmetric(warps.map(({ displacement }) => displacement)) : unit;
  const summary =
    warps.length === 0
      ? "No warp is known yet."
      : `Largest |φ(x) − x|: ${warps.map(({ stream, moved }) => `${streamLabel(catalogue, stream)} ${formatNumber(moved)}`).join(", ")}.`;
  return (
    <div className={styles.flows}>
      <div>
        <div className={styles.chartHead}>
          <h3>Warp φ(x)</h3>
          <Segments label="What the warp chart shows" choices={views} chosen={view} onChoose={setView} />
        </div>
        <Chart
          rows={rowsOf(warps, ({ displacement }, i) => displacement[i]! + (shift ? 0 : grid[i]!), shift ? 0 : 1)}
          curves={[identity, ...lines]}
          x={unit}
          y={flowY}
          height={172}
          label="Warp against the identity"
          xName="x"
          formatX={formatX}
          sync="flow"
          summary={summary}
          caption={<span>x = {x}</span>}
        />
      </div>
      <div>
        <div className={styles.chartHead}>
          <h3>Velocity v(x)</h3>
        </div>
        <Chart
          rows={rowsOf(warps, ({ velocity }, i) => velocity[i]!, 0)}
          curves={lines}
          x={unit}
          y={symmetric(warps.map(({ velocity }) => velocity))}
          height={172}
          label="Velocity field of the warp"
          xName="x"
          formatX={formatX}
          sync="flow"
          summary={summary}
          caption={<span>φ: flow of v, time 1</span>}
        />
      </div>
    </div>
  );
}

const formatX = (x: number): string => `x = ${x.toFixed(3)}`;

function rowsOf(warps: readonly WarpCurves[], value: (warp: WarpCurves, i: number) => number, slope: number): Row[] {
  return Array.from(grid, (x, i) => {
    const row: Record<string, number | null> = { x, identity: slope * x };
    for (const warp of warps) row[warp.stream] = value(warp, i);
    return row;
  });
}

/** Zero in the middle, so that signs can be compared; never so narrow that rounding shows. */
function symmetric(columns: readonly Float64Array[]): Axis {
  const [low, high] = extent(columns) ?? [0, 0];
  const most = Math.max(Math.abs(low), Math.abs(high), 1e-3);
  return linearAxis([-most, most], 6);
}
