/** Stored runs as rows of a table: what differs, how far they are, how good, how large, how long. */
import { automaticNames } from "../../contracts/runNames";
import { csvLine, formatDuration } from "../../figures/format";
import { buildCatalogue } from "../../runtime/products/catalogue/catalogue";
import { type Score, sharedScores, showScore } from "../../runtime/products/export/scores";
import { relativeTo } from "../../runtime/run/artefacts";
import type { MetricsByTask } from "../../runtime/run/evaluation";
import type { StoredRun } from "../../runtime/session/node/storedRuns";
import { markdownTable } from "./table";

export interface RunRow extends StoredRun {
  /** In percent; undefined where there is no reference, or it lacks a task of the run. */
  readonly deltaM: number | undefined;
}

/** With names by what differs, where nobody named them, and Δm against the last metrics of the references, each task's from the last that has it. */
export function runRows(runs: readonly StoredRun[], references: readonly StoredRun[]): readonly RunRow[] {
  const { methods } = buildCatalogue([], null, [], undefined);
  const names = automaticNames(
    runs.map(({ config }) => config),
    methods,
  );
  const reference: MetricsByTask = Object.assign({}, ...references.map(({ metrics }) => metrics));
  return runs.map((run, i) => ({
    ...run,
    name: run.name || names[i]!,
    deltaM: references.length > 0 ? relativeTo(reference, run.metrics, run.config) : undefined,
  }));
}

const columnsOf = (rows: readonly RunRow[]): readonly Score[] => sharedScores(rows.map(({ config }) => config));

export function showRuns(rows: readonly RunRow[], reference: string): string {
  const scores = columnsOf(rows);
  const titles = [
    ...["Run", "State", "Step", ...scores.map(({ taskLabel, measure }) => `${taskLabel}, ${measure}`)],
    ...(reference === "" ? [] : [`Δm against ${reference}`]),
    ...["Trained parameters", "Time"],
  ];
  const cells = rows.map(({ name, state, step, config, metrics, deltaM, trained, ms }) => [
    ...[name, state, `${step}/${config.training.steps}`],
    ...scores.map((score) => showScore(score, metrics[score.task]?.[score.key])),
    ...(reference === "" ? [] : [deltaM === undefined ? "–" : `${deltaM.toFixed(2)} %`]),
    ...[trained?.toLocaleString("en") ?? "–", formatDuration(ms)],
  ]);
  return markdownTable(
    titles.map((title, i) => ({ title, align: i < 2 ? "left" : "right" })),
    cells,
  );
}

const known = (value: number | undefined): string => (Number.isFinite(value) ? String(value) : "");

/** One line a run; metrics as measured. */
export function runsCsv(rows: readonly RunRow[]): string {
  const scores = columnsOf(rows);
  const tasks = scores.map(({ task, key }) => `${task} ${key}`);
  const titles = ["run", "name", "folder", "state", "step", ...tasks, "deltaM", "trained", "ms"];
  const lines = rows.map(({ run, name, folder, state, step, metrics, deltaM, trained, ms }) => [
    ...[run, name, folder, state, String(step)],
    ...scores.map(({ task, key }) => known(metrics[task]?.[key])),
    ...[known(deltaM), known(trained), known(ms)],
  ]);
  return [titles, ...lines].map(csvLine).join("\n");
}
