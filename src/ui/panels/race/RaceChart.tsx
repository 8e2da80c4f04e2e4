import { useDeferredValue, useMemo, useState } from "react";
import type { Catalogue, TaskEntry } from "../../../contracts/catalogue";
import { extent, linearAxis, logAxis, stepAxis } from "../../../core/math/axis";
import type { RaceSlice } from "../../../store/runs/raceSlice";
import { Chart, Placeholder } from "../../charts/Chart";
import { useCatalogue, useShown, useSlice } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatNumber } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { Segments } from "../../parts/Segments";
import { contestantColour } from "./colours";
import styles from "./race.module.css";
import { lossRowsOf, metricRowsOf } from "./raceRows";

/** Which number the chart shows: the total loss, a task's loss, or a task's metric. */
interface Shown {
  readonly id: string;
  readonly label: string;
  readonly curve?: string;
  readonly task?: TaskEntry;
}

export const raceTasks = (catalogue: Catalogue | null, ids: readonly string[]): readonly TaskEntry[] =>
  (catalogue?.tasks ?? []).filter(({ id }) => ids.includes(id));

const choicesOf = (tasks: readonly TaskEntry[]): readonly Shown[] => [
  { id: "total", label: "Total loss (weighted)", curve: "total" },
  ...tasks.map(({ id, label }) => ({ id: `loss ${id}`, label: `Loss: ${label}`, curve: id })),
  ...tasks.map((task) => ({ id: `metric ${task.id}`, label: `${task.label}: ${task.metricLabel}`, task })),
];

const scales = [
  { id: "log", label: "log y" },
  { id: "linear", label: "linear" },
] as const;

const HEIGHT = 300;

/** One number of all contestants over the steps, each curve named at its end. */
export function RaceChart() {
  const catalogue = useCatalogue();
  const race = useDeferredValue(useSlice((state) => state.race));
  const [wished, setWished] = useShown<string>("raceCurve", "total");
  const [scale, setScale] = useShown("raceScale", "log", scales);
  const [beta, setBeta] = useState(0.6);
  const tasks = raceTasks(catalogue, race.prepared?.config.tasks ?? []);
  const choices = choicesOf(tasks);
  const shown = choices.find(({ id }) => id === wished) ?? choices[0]!;
  return (
    <Panel
      title="Race"
      aside={race.prepared ? `all at step ${race.step}, on the same images` : "in lock-step, on the same images"}
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
          {shown.curve !== undefined && (
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
              </label>
              <Segments label="Scale of the losses" choices={scales} chosen={scale} onChoose={setScale} />
            </>
          )}
        </>
      }
    >
      <Curves race={race} shown={shown} beta={beta} logarithmic={shown.curve !== undefined && scale === "log"} />
    </Panel>
  );
}

interface CurvesProps {
  readonly race: RaceSlice;
  readonly shown: Shown;
  readonly beta: number;
  readonly logarithmic: boolean;
}

function Curves({ race, shown, beta, logarithmic }: CurvesProps) {
  const { prepared, history, evaluations, step } = race;
  const contestants = prepared?.contestants ?? noContestants;
  const ids = useMemo(() => contestants.map(({ id }) => id), [contestants]);
  const { rows, columns } = useMemo(
    () =>
      shown.task
        ? metricRowsOf(evaluations, ids, shown.task.id, shown.task.metric, shown.task.percent ? 0.01 : 1)
        : lossRowsOf(history, ids, shown.curve ?? "total", beta, logarithmic),
    [history, evaluations, ids, shown.task, shown.curve, beta, logarithmic],
  );
  const range = extent(columns, logarithmic);
  if (!prepared || !range)
    return (
      <Placeholder height={HEIGHT}>
        {prepared
          ? "Curves appear with the first step."
          : "Choose contestants, then start the race: all take each step on the same images before any takes the next."}
      </Placeholder>
    );
  const curves = contestants.map(({ id, label }, index) => ({
    key: id,
    label: race.diverged.has(id) ? `✕ ${label}` : label,
    colour: contestantColour(index),
    width: index === 0 ? 2 : 1.7,
  }));
  const { label } = shown;
  const over = shown.task?.percent ? "by step, in %" : "by step";
  return (
    <Chart
      rows={rows}
      curves={curves}
      x={stepAxis(step, prepared.config.training.steps)}
      y={logarithmic ? logAxis(range) : linearAxis(range)}
      height={HEIGHT}
      logarithmic={logarithmic}
      named
      label={`${label} ${over}: ${contestants.map((contestant) => contestant.label).join(", ")}`}
      xName="step"
      formatX={(at) => `step ${at}`}
      summary={summarise(`${label} ${over}`, rows, curves)}
      caption={<span>{captionOf(shown, beta)}</span>}
    />
  );
}

const noContestants: readonly { readonly id: string; readonly label: string }[] = [];

function captionOf({ task }: Shown, beta: number): string {
  if (task) return `on the validation images; ${task.largerIsBetter ? "larger" : "smaller"} is better`;
  return beta > 0 ? "running mean over steps" : "every step as it was";
}

/** "At the last step: DiTASK 1.234; LoRA 1.300." */
function summarise(
  label: string,
  rows: readonly Readonly<Record<string, number | null>>[],
  curves: readonly { readonly key: string; readonly label: string }[],
): string {
  const last = rows.at(-1);
  const values = curves.map((curve) => {
    const value = last?.[curve.key];
    return `${curve.label} ${value === null || value === undefined ? "none" : formatNumber(value)}`;
  });
  return `${label} at step ${last?.["x"] ?? 0}: ${values.join("; ")}.`;
}
