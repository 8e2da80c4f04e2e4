/** The list of runs as a table: studies with their variants and seeds, and single runs, in the order of a column. */
import type { TaskEntry } from "../../../contracts/catalogue";
import { deltaOf } from "../../../store/runs/listedRuns";
import { lastMetrics, type RunEntry } from "../../../store/runs/runEntry";
import { judge, type Spread, spreadOf, type Verdict } from "../../../store/runs/seedStatistics";
import { variantsOf } from "../../../store/runs/variants";
import { type ListedRun, withoutSeed } from "./model";

export interface VariantRow {
  readonly key: string;
  readonly name: string;
  readonly colour: string;
  /** By seed. */
  readonly runs: readonly ListedRun[];
  /** Of the seeds that are complete, by task. */
  readonly metrics: ReadonlyMap<string, Spread>;
  readonly delta: Spread | undefined;
  /** Against the first variant of the study; absent: it is the first. */
  readonly verdict?: Verdict;
}

export type TableGroup =
  | { readonly kind: "run"; readonly run: ListedRun }
  | { readonly kind: "study"; readonly study: string; readonly variants: readonly VariantRow[] };

export type SortKey = "created" | "name" | "state" | "delta" | "trained" | "time" | `task ${string}`;
export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

export const timeMs = ({ entry: { run } }: ListedRun): number | undefined =>
  run.stepMs === null ? undefined : run.stepMs * run.step;

const states = ["running", "evaluating", "preparing", "ready", "paused", "idle", "finished", "failed"];

function sortValue(run: ListedRun, key: SortKey, tasks: readonly TaskEntry[]): number | string | undefined {
  switch (key) {
    case "created":
      return run.entry.created === 0 ? Infinity : run.entry.created;
    case "name":
      return run.name;
    case "state":
      return states.indexOf(run.entry.run.state);
    case "delta":
      return run.delta;
    case "trained":
      return run.trained?.backbone;
    case "time":
      return timeMs(run);
    default: {
      const task = tasks.find(({ id }) => key === `task ${id}`);
      return task && lastMetrics(run.entry)[task.id]?.[task.metric];
    }
  }
}

/** Runs without a value come last, whatever the direction. */
export function sorted(
  runs: readonly ListedRun[],
  { key, descending }: Sorting,
  tasks: readonly TaskEntry[],
): readonly ListedRun[] {
  const sign = descending ? -1 : 1;
  return runs.toSorted((left, right) => {
    const [a, b] = [sortValue(left, key, tasks), sortValue(right, key, tasks)];
    if (a === b) return 0;
    if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
    return a < b ? -sign : sign;
  });
}

/** A study stands where the first of its runs would. */
export function tableOf(
  runs: readonly ListedRun[],
  sorting: Sorting,
  tasks: readonly TaskEntry[],
): readonly TableGroup[] {
  const ordered = sorted(runs, sorting, tasks);
  const groups = new Map<string, TableGroup>();
  for (const run of ordered) {
    const study = run.entry.place?.study;
    if (study === undefined) groups.set(run.entry.id, { kind: "run", run });
    else if (!groups.has(study))
      groups.set(study, { kind: "study", study, variants: studyRows(runs, ordered, study, tasks) });
  }
  return [...groups.values()];
}

function studyRows(
  asked: readonly ListedRun[],
  ordered: readonly ListedRun[],
  study: string,
  tasks: readonly TaskEntry[],
): readonly VariantRow[] {
  const listed = new Map(asked.map((run) => [run.entry.id, run]));
  const ofStudy = (run: ListedRun): boolean => run.entry.place?.study === study;
  const place = (id: string): number => ordered.findIndex(({ entry }) => entry.id === id);
  // The first that was asked for is what the others are compared with, wherever it stands.
  const entries = asked.filter(ofStudy).map(({ entry }) => entry);
  const variants = variantsOf(entries.toSorted((a, b) => groupOf(a) - groupOf(b) || a.created - b.created));
  const rows = variants.map((variant) =>
    rowOf(
      variant.key,
      variant.runs.flatMap(({ id }) => listed.get(id) ?? []),
      tasks,
    ),
  );
  const judged = rows.map((row, i) => (i === 0 ? row : { ...row, verdict: verdictOf(rows[0]!, row, tasks) }));
  const best = (row: VariantRow): number => Math.min(...row.runs.map(({ entry }) => place(entry.id)));
  return judged.toSorted((a, b) => best(a) - best(b));
}

const groupOf = ({ place }: RunEntry): number => place?.group ?? 0;

const isComplete = ({ entry }: ListedRun): boolean => entry.run.state === "finished";

function rowOf(key: string, runs: readonly ListedRun[], tasks: readonly TaskEntry[]): VariantRow {
  const complete = runs.filter(isComplete);
  const metrics = tasks.flatMap(({ id, metric }) => {
    const spread = spreadOf(complete.flatMap(({ entry }) => lastMetrics(entry)[id]?.[metric] ?? []));
    return spread ? [[id, spread] as const] : [];
  });
  return {
    key,
    runs,
    name: runs.length > 1 ? withoutSeed(runs[0]!.name) : runs[0]!.name,
    colour: runs[0]!.colour,
    metrics: new Map(metrics),
    delta: spreadOf(complete.flatMap(({ delta }) => delta ?? [])),
  };
}

/** Seed by seed Δm of a variant against the first one's run of the same seed. */
function verdictOf(first: VariantRow, own: VariantRow, tasks: readonly TaskEntry[]): Verdict {
  const differences = own.runs.filter(isComplete).flatMap(({ entry }) => {
    const { seed } = entry.config.training;
    const pair = first.runs.filter(isComplete).find((run) => run.entry.config.training.seed === seed);
    return pair ? (deltaOf(entry, lastMetrics(pair.entry), tasks) ?? []) : [];
  });
  return judge(differences);
}
