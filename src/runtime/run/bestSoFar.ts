/** Which evaluation of a run was the best by its setting `bestMetric`, and how many came since. */
import type { TaskId } from "../../contracts/runConfig";
import type { TaskMetrics } from "../../contracts/runEvent";
import { deltaM, type TaskScore } from "../../core/metrics/deltaM";
import type { ModelTask } from "../../core/model/model";
import type { MetricsByTask } from "./evaluation";

/** The mean relative gain of all tasks over their baselines. */
export const GAIN = "gain";

export interface Measured {
  readonly step: number;
  readonly metrics: Readonly<Partial<Record<TaskId, TaskMetrics>>>;
}

export class BestSoFar {
  private readonly all: Measured[];
  private best = 0;

  /** `before`: the evaluations of a run that goes on. */
  constructor(
    private readonly tasks: readonly Pick<ModelTask, "id" | "task">[],
    private readonly baseline: MetricsByTask,
    before: readonly Measured[] = [],
  ) {
    this.all = [...before];
  }

  /** The step of the best one. */
  get step(): number {
    return this.all[this.best]?.step ?? 0;
  }

  get evaluationsSince(): number {
    return Math.max(0, this.all.length - 1 - this.best);
  }

  /** Whether this evaluation is better than all before; one without a score is not. `bestMetric`: a task's id, or the gain over all. */
  take(measured: Measured, bestMetric: string): boolean {
    this.all.push(measured);
    const scores = this.all.map(({ metrics }) => this.score(metrics, bestMetric));
    this.best = scores.indexOf(Math.max(...scores));
    return this.best === this.all.length - 1;
  }

  /** Larger is better. */
  private score(metrics: Measured["metrics"], bestMetric: string): number {
    const score = bestMetric === GAIN ? this.gain(metrics) : this.signed(metrics, bestMetric);
    return Number.isFinite(score) ? score! : Number.NEGATIVE_INFINITY;
  }

  private signed(metrics: Measured["metrics"], id: string): number | undefined {
    const measure = this.tasks.find((task) => task.id === id)?.task.metric.measures[0];
    const value = measure && metrics[id]?.[measure.key];
    return value === undefined ? undefined : (measure!.largerIsBetter ? 1 : -1) * value;
  }

  /** Tasks whose baseline is 0 or missing are left out: nothing is relative to them. */
  private gain(metrics: Measured["metrics"]): number | undefined {
    const scores = this.tasks.flatMap(({ id, task }): TaskScore[] => {
      const { key, largerIsBetter } = task.metric.measures[0];
      const [value, constant] = [metrics[id]?.[key], this.baseline[id]?.[key]];
      return value === undefined || !constant ? [] : [{ value, singleTask: constant, largerIsBetter }];
    });
    return deltaM(scores);
  }
}
