/** The runs that the list shows: those of this visit, and those of the library. */

import type { TaskEntry } from "../../contracts/catalogue";
import type { RunId } from "../../contracts/run";
import type { RunSummary } from "../../contracts/runEvent";
import { deltaTo, type MetricsByTask, metricsTogether } from "./deltaM";
import { entryOfSummary, isListed, lastMetrics, type RunEntry } from "./runEntry";
import type { RunsSlice } from "./runsSlice";

/** Newest first; what was only asked for comes before all. */
export function listedRuns({ byId, hidden }: RunsSlice, summaries: readonly RunSummary[]): readonly RunEntry[] {
  const own = [...byId.values()].filter(isListed);
  const kept = summaries.filter(({ run, step, state }) => !byId.has(run) && (step > 0 || state === "finished"));
  const age = ({ created }: RunEntry): number => (created === 0 ? Infinity : created);
  return [...own, ...kept.map(entryOfSummary)]
    .filter(({ id }) => !hidden.includes(id))
    .toSorted((a, b) => (age(a) === age(b) ? 0 : age(b) - age(a)));
}

const isDone = ({ run }: RunEntry): boolean => run.state === "finished";

/** What Δm is measured against: of several runs of one task the mean, of those that are finished where any is. */
export function referenceMetrics(runs: readonly RunEntry[], reference: readonly RunId[]): MetricsByTask {
  const pinned = runs.filter(({ id }) => reference.includes(id));
  const done = pinned.filter(isDone);
  return metricsTogether((done.length > 0 ? done : pinned).map(lastMetrics));
}

/** Δm in percent over the tasks of the run; undefined where it cannot be told. */
export const deltaOf = (run: RunEntry, reference: MetricsByTask, tasks: readonly TaskEntry[]): number | undefined =>
  deltaTo(
    reference,
    lastMetrics(run),
    tasks.filter(({ id }) => run.config.tasks.includes(id)),
  );
