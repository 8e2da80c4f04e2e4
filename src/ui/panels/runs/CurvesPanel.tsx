import { useDeferredValue, useMemo, useState } from "react";
import type { TaskEntry } from "../../../contracts/catalogue";
import { extent, linearAxis, logAxis, stepAxis } from "../../../core/math/axis";
import { Chart, Placeholder } from "../../charts/Chart";
import { useShown } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatNumber } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { Segments } from "../../parts/Segments";
import { flagsOf } from "../losses/flags";
import { curvesOf, type RunCurves, type Shown } from "./curves";
import { bundlesOf, type ListedRun, type RunList } from "./model";
import styles from "./runs.module.css";

type Choice = Shown & { readonly id: string; readonly label: string };

const choicesOf = (tasks: readonly TaskEntry[]): readonly Choice[] => [
  { id: "total", label: "Total loss (weighted)", kind: "loss", curve: "total" },
  ...tasks.map(({ id, label }): Choice => ({ id: `loss ${id}`, label: `Loss: ${label}`, kind: "loss", curve: id })),
  ...tasks.map(
    ({ id, label, metric, metricLabel, percent }): Choice => ({
      ...{ id: `metric ${id}`, label: `${label}: ${metricLabel}` },
      ...{ kind: "metric", task: id, metric, percent },
    }),
  ),
];

const scales = [
  { id: "log", label: "log y" },
  { id: "linear", label: "linear" },
] as const;
const seeds = [
  { id: "band", label: "bands", help: "Mean of the ticked seeds of a method, with a band from lowest to highest" },
  { id: "each", label: "each seed", help: "A curve for every run" },
] as const;

const HEIGHT = 320;

/** One number of the ticked runs over the steps, each curve named at its end. */
export function CurvesPanel({ list }: { readonly list: RunList }) {
  const { runs, tasks } = useDeferredValue(list);
  const [wished, setWished] = useShown<string>("runsCurve", "total");
  const [scale, setScale] = useShown("runsScale", "log", scales);
  const [seed, setSeed] = useShown("runsSeeds", "band", seeds);
  const [beta, setBeta] = useState(0.6);
  const choices = choicesOf(tasks);
  const shown = choices.find(({ id }) => id === wished) ?? choices[0]!;
  const isLoss = shown.kind === "loss";
  const logarithmic = isLoss && scale === "log";
  const ticked = useMemo(() => runs.filter((run) => run.ticked), [runs]);
  const drawn = useMemo(
    () => curvesOf(ticked, shown, { beta, logarithmic, bands: seed === "band" }),
    [ticked, shown, beta, logarithmic, seed],
  );
  return (
    <Panel
      title="Curves"
      aside={`${ticked.length} ticked`}
      tools={
        <>
          <label className={styles.shown}>
            show
            <select
              className={controls.select}
              value={shown.id}
              onChange={(event) => setWished(event.currentTarget.value)}
            >
              {choices.map(({ id, label }) => (
                <option key={id} value={id}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          {isLoss && <Smoothing beta={beta} onSet={setBeta} />}
          {isLoss && <Segments label="Scale of the losses" choices={scales} chosen={scale} onChoose={setScale} />}
          {hasSeeds(ticked) && <Segments label="Seeds" choices={seeds} chosen={seed} onChoose={setSeed} />}
        </>
      }
    >
      <Figure {...drawn} list={list} ticked={ticked} shown={shown} logarithmic={logarithmic} beta={beta} />
    </Panel>
  );
}

/** Whether two of them differ in nothing but their seed. */
const hasSeeds = (runs: readonly ListedRun[]): boolean => bundlesOf(runs).length < runs.length;

function Smoothing({ beta, onSet }: { readonly beta: number; readonly onSet: (beta: number) => void }) {
  return (
    <label className={styles.smoothing}>
      smoothing
      <input
        type="range"
        className={controls.range}
        min={0}
        max={0.99}
        step={0.01}
        value={beta}
        onChange={(event) => onSet(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}

interface FigureProps extends RunCurves {
  readonly list: RunList;
  readonly ticked: readonly ListedRun[];
  readonly shown: Choice;
  readonly logarithmic: boolean;
  readonly beta: number;
}

function Figure({ rows, curves, columns, list, ticked, shown, logarithmic, beta }: FigureProps) {
  const range = extent(columns, logarithmic);
  if (!range)
    return (
      <Placeholder height={HEIGHT}>
        {ticked.length === 0
          ? "Tick runs in the table to lay their curves over each other."
          : "Curves appear with the first step."}
      </Placeholder>
    );
  const last = Math.max(...ticked.map(({ entry }) => entry.run.step));
  const steps = Math.max(...ticked.map(({ entry }) => entry.config.training.steps));
  const over = `${shown.label} by step${shown.kind === "metric" && shown.percent ? ", in %" : ""}`;
  return (
    <Chart
      rows={rows}
      curves={curves}
      x={stepAxis(last, steps)}
      y={logarithmic ? logAxis(range) : linearAxis(range)}
      height={HEIGHT}
      logarithmic={logarithmic}
      named
      joined={shown.kind === "metric"}
      flags={ticked.length <= 3 ? ticked.flatMap(({ entry }) => flagsOf(list.catalogue, entry.changes)) : []}
      label={`${over}: ${curves.map(({ label }) => label).join(", ")}`}
      xName="step"
      formatX={(at) => `step ${at}`}
      summary={summarise(over, rows, curves)}
      caption={<span>{captionOf(shown, list.tasks, beta, curves)}</span>}
    />
  );
}

function captionOf(shown: Choice, tasks: readonly TaskEntry[], beta: number, curves: RunCurves["curves"]): string {
  const band = curves.some((curve) => curve.band) ? "; line: mean of the seeds, band: lowest to highest" : "";
  if (shown.kind === "loss") return `${beta > 0 ? "running mean over steps" : "every step as it was"}${band}`;
  const larger = tasks.find(({ id }) => id === shown.task)?.largerIsBetter;
  return `on the validation images; ${larger ? "larger" : "smaller"} is better${band}`;
}

/** "At the last step: DiTASK 1.234; LoRA 1.300." */
function summarise(label: string, rows: RunCurves["rows"], curves: RunCurves["curves"]): string {
  const values = curves.map(({ key, label: name }) => {
    const value = rows.findLast((row) => typeof row[key] === "number")?.[key];
    return `${name} ${typeof value === "number" ? formatNumber(value) : "none"}`;
  });
  return `${label} at the last step: ${values.join("; ")}.`;
}
