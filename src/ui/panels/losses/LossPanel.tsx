import { useDeferredValue, useMemo, useState } from "react";
import type { Catalogue } from "../../../contracts/catalogue";
import type { TaskId } from "../../../contracts/runConfig";
import { extent, linearAxis, logAxis, stepAxis } from "../../../core/math/axis";
import type { CurveId, HistorySlice } from "../../../store/runs/historySlice";
import { Chart, type Curve, type Flag, Placeholder } from "../../charts/Chart";
import { Chip, toggled } from "../../parts/chips";
import { streamColour } from "../../parts/colours";
import { useCatalogue, useRun, useShown, useShownSet } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatNumber } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { Segments } from "../../parts/Segments";
import { flagsOf } from "./flags";
import styles from "./losses.module.css";
import { lossRows, smoothKey } from "./lossRows";

const name = (catalogue: Catalogue | null, id: CurveId): string =>
  id === "total" ? "Total (weighted)" : (catalogue?.tasks.find((task) => task.id === id)?.label ?? id);

const scales = [
  { id: "log", label: "log y" },
  { id: "linear", label: "linear" },
] as const;
const layouts = [
  { id: "one", label: "together", help: "All losses in one chart" },
  { id: "each", label: "apart", help: "A chart for each loss, each with its own scale" },
] as const;

/** Losses of every step: raw as a ghost, smoothed over it. */
export function LossPanel() {
  const catalogue = useCatalogue();
  const tasks = useRun((shown) => shown.run.prepared?.config.tasks) ?? noTasks;
  const history = useDeferredValue(useRun((shown) => shown.history));
  const [beta, setBeta] = useState(0.6);
  const [scale, setScale] = useShown("lossScale", "log", scales);
  const [layout, setLayout] = useShown("lossLayout", "one", layouts);
  const [hidden, setHidden] = useShownSet("hiddenLosses");
  const ids = useMemo<CurveId[]>(() => [...tasks, "total"], [tasks]);
  const shown = useMemo(() => ids.filter((id) => !hidden.has(id)), [ids, hidden]);
  return (
    <Panel
      title="Losses"
      tools={
        <>
          <label className={styles.smoothing}>
            smoothing
            <input
              type="range"
              className={controls.range}
              min={0}
              max={0.99}
              step={0.01}
              value={beta}
              onChange={(event) => setBeta(event.currentTarget.valueAsNumber)}
            />
            <span className={controls.number}>{beta.toFixed(2)}</span>
          </label>
          <Segments label="Scale of the losses" choices={scales} chosen={scale} onChoose={setScale} />
          <Segments label="Arrangement of the charts" choices={layouts} chosen={layout} onChoose={setLayout} />
        </>
      }
    >
      <div className={styles.body}>
        {history.steps.length === 0 ? (
          <Placeholder height={CHART_HEIGHT + CAPTION_HEIGHT}>Losses appear with the first step.</Placeholder>
        ) : layout === "one" ? (
          <LossChart history={history} ids={shown} beta={beta} logarithmic={scale === "log"} height={CHART_HEIGHT} />
        ) : (
          <div className={styles.grid}>
            {shown.map((id) => (
              <div key={id}>
                <h3 style={{ color: streamColour(catalogue, id) }}>{name(catalogue, id)}</h3>
                <LossChart history={history} ids={[id]} beta={beta} logarithmic={scale === "log"} height={92} short />
              </div>
            ))}
          </div>
        )}
        <LatestLosses ids={ids} hidden={hidden} onToggle={(id) => setHidden(toggled(hidden, id))} />
      </div>
    </Panel>
  );
}

const CHART_HEIGHT = 154;
/** Of the line below a chart: with it, nothing moves when the first one comes. */
const CAPTION_HEIGHT = 18;
const noTasks: readonly TaskId[] = [];
const noFlags: readonly Flag[] = [];

function LatestLosses({
  ids,
  hidden,
  onToggle,
}: {
  readonly ids: readonly CurveId[];
  readonly hidden: ReadonlySet<CurveId>;
  readonly onToggle: (id: CurveId) => void;
}) {
  const catalogue = useCatalogue();
  const last = useRun((shown) => shown.run.last);
  return (
    <div className={styles.legend}>
      {ids.map((id) => {
        const value = id === "total" ? last?.total : last?.losses[id];
        return (
          <Chip key={id} colour={streamColour(catalogue, id)} on={!hidden.has(id)} onToggle={() => onToggle(id)}>
            <span>{name(catalogue, id)}</span>
            <b data-testid={`loss-${id}`} data-bad={value !== undefined && !Number.isFinite(value)}>
              {value === undefined ? "–" : formatNumber(value)}
            </b>
          </Chip>
        );
      })}
    </div>
  );
}

interface ChartProps {
  readonly history: HistorySlice;
  readonly ids: readonly CurveId[];
  readonly beta: number;
  readonly logarithmic: boolean;
  readonly height: number;
  /** With a caption of a few words. */
  readonly short?: boolean;
}

function LossChart({ history, ids, beta, logarithmic, height, short = false }: ChartProps) {
  const catalogue = useCatalogue();
  const steps = useRun((shown) => shown.run.prepared?.config.training.steps) ?? 1;
  const { rows, of, columns } = useMemo(
    () => lossRows(history, ids, beta, logarithmic),
    [history, ids, beta, logarithmic],
  );
  const curves = useMemo(
    () => ids.flatMap((id) => curvesOf(id, name(catalogue, id), streamColour(catalogue, id), beta > 0)),
    [ids, catalogue, beta],
  );
  const changes = useRun((shown) => shown.changes);
  const flags = useMemo(() => flagsOf(catalogue, changes), [catalogue, changes]);
  const last = history.steps.at(history.steps.length - 1);
  const x = useMemo(() => stepAxis(last, steps), [last, steps]);
  const range = extent(columns, logarithmic);
  if (!range) return <Placeholder height={height}>No finite loss to draw.</Placeholder>;
  const y = logarithmic ? logAxis(range) : linearAxis([Math.min(0, range[0]), range[1]]);
  const broken = [...new Set(history.broken.filter(({ curve }) => ids.includes(curve)).map(({ step }) => step))];
  return (
    <Chart
      rows={rows}
      curves={curves}
      x={x}
      y={y}
      height={height}
      logarithmic={logarithmic}
      label={`Losses by step: ${ids.map((id) => name(catalogue, id)).join(", ")}`}
      xName="step"
      formatX={formatStep}
      sync="losses"
      marks={broken.slice(0, 20)}
      flags={short ? noFlags : flags}
      summary={summarise(history, ids, catalogue)}
      caption={
        <>
          <span>
            {captionOf(rows.length, of, short)}
            {beta > 0 && !short ? "; faint: raw, strong: running mean" : ""}
          </span>
          {broken.length > 0 && (
            <span className={styles.broken}>
              not finite at step {broken.slice(0, 5).join(", ")}
              {broken.length > 5 ? ` and ${broken.length - 5} more` : ""}
            </span>
          )}
        </>
      }
    />
  );
}

function captionOf(drawn: number, of: number, short: boolean): string {
  if (of <= drawn) return `${of} ${of === 1 ? "step" : "steps"}${short ? "" : ", all drawn"}`;
  return short ? `${drawn} of ${of} steps` : `${drawn} of ${of} steps drawn: lowest and highest of each stretch`;
}

const formatStep = (step: number): string => `step ${step}`;

function curvesOf(id: CurveId, label: string, colour: string, smoothed: boolean): Curve[] {
  const width = id === "total" ? 2 : 1.6;
  if (!smoothed) return [{ key: id, label, colour, width }];
  return [
    { key: id, label: `${label}, raw`, colour, width: 1, opacity: 0.28 },
    { key: smoothKey(id), label, colour, width },
  ];
}

/** "Depth fell by 38 % in 200 steps." from the means of the first and the last tenth of the run. */
function summarise(history: HistorySlice, ids: readonly CurveId[], catalogue: Catalogue | null): string {
  const sentences = ids.map((id) => {
    const values = (history.curves.get(id)?.values() ?? new Float64Array()).filter(Number.isFinite);
    const tenth = Math.max(1, Math.floor(values.length / 10));
    const mean = (part: Float64Array): number => part.reduce((sum, value) => sum + value, 0) / part.length;
    const change = mean(values.subarray(-tenth)) / mean(values.subarray(0, tenth)) - 1;
    if (values.length < 2 || !Number.isFinite(change)) return `${name(catalogue, id)}: no trend yet`;
    return `${name(catalogue, id)} ${change <= 0 ? "fell" : "rose"} by ${Math.abs(100 * change).toFixed(0)} %`;
  });
  return `In ${history.steps.length} steps: ${sentences.join("; ")}.`;
}
