/** Δm, the mean relative change of a run's metrics against a reference. */
import type { TaskEntry } from "../../contracts/catalogue";
import type { TaskId } from "../../contracts/runConfig";
import type { TaskMetrics } from "../../contracts/runEvent";

export type MetricsByTask = Readonly<Partial<Record<TaskId, TaskMetrics>>>;

/**
 * Δm in percent: mean over `tasks` of ±(M − M₀) / M₀, where the sign is turned if smaller is better.
 *
 * @returns undefined where there is no task, a metric is missing or M₀ is 0.
 */
export function deltaTo(reference: MetricsByTask, own: MetricsByTask, tasks: readonly TaskEntry[]): number | undefined {
  let sum = 0;
  for (const { id, metric, largerIsBetter } of tasks) {
    const from = reference[id]?.[metric];
    const to = own[id]?.[metric];
    if (from === undefined || to === undefined || from === 0) return undefined;
    sum += ((largerIsBetter ? 1 : -1) * (to - from)) / Math.abs(from);
  }
  return tasks.length === 0 ? undefined : (100 * sum) / tasks.length;
}

/** What several runs reached together: of each task the mean over the runs that have it. */
export function metricsTogether(runs: readonly MetricsByTask[]): MetricsByTask {
  const tasks = new Set(runs.flatMap((metrics) => Object.keys(metrics)));
  return Object.fromEntries(
    [...tasks].map((task) => [task, meanOf(runs.flatMap((metrics) => (metrics[task] ? [metrics[task]] : [])))]),
  );
}

function meanOf(all: readonly TaskMetrics[]): TaskMetrics {
  const keys = Object.keys(all[0] ?? {}).filter((key) => all.every((one) => one[key] !== undefined));
  return Object.fromEntries(keys.map((key) => [key, all.reduce((sum, one) => sum + one[key]!, 0) / all.length]));
}
