/** The learning rate of a model: chosen among its sweep's runs on images that are neither trained on nor reported. */
import { deltaM, type TaskScore } from "../../../core/metrics/deltaM";
import type { MetricsByTask } from "../../run/evaluation";
import type { MeasuredTask, RunResult } from "./result";

/** A task's primary number; undefined where it was not measured. */
export const primary = (metrics: MetricsByTask, { id, measure }: MeasuredTask): number | undefined =>
  metrics[id]?.[measure.key];

/** Δm in percent of some metrics against others, over the tasks; undefined where one is missing. */
export function gain(
  tasks: readonly MeasuredTask[],
  metrics: MetricsByTask,
  reference: (task: MeasuredTask) => number | undefined,
): number | undefined {
  const scores = tasks.map((task) => ({
    value: primary(metrics, task),
    singleTask: reference(task),
    largerIsBetter: task.measure.largerIsBetter,
  }));
  const known = scores.filter((s): s is TaskScore => s.value !== undefined && s.singleTask !== undefined);
  return known.length === scores.length ? deltaM(known) : undefined;
}

/**
 * The factor whose run gains most on the choosing images against the mean of the sweep's runs, averaged over the tasks: the same
 * measure as Δm, with a reference that needs no other contestant. Runs that diverged do not count; undefined where all did.
 */
export function chooseFactor(sweep: readonly RunResult[]): number | undefined {
  const sound = sweep.filter(({ diverged }) => !diverged);
  const mean = (task: MeasuredTask): number | undefined => {
    const values = sound.map(({ choosing }) => primary(choosing, task)).filter((value) => value !== undefined);
    return values.length < sound.length ? undefined : values.reduce((sum, v) => sum + v, 0) / values.length;
  };
  let best: { readonly factor: number; readonly score: number } | undefined;
  for (const { factor, choosing, tasks } of sound) {
    const score = gain(tasks, choosing, mean) ?? Number.NEGATIVE_INFINITY;
    if (!best || score > best.score) best = { factor, score };
  }
  return best?.factor;
}
