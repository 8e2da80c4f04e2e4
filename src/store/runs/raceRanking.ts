/** Who leads a race: each contestant's metrics against those of the first. */
import type { TaskEntry } from "../../contracts/catalogue";
import type { TaskMetrics } from "../../contracts/runEvent";

type ByTask = Readonly<Partial<Record<string, TaskMetrics>>>;

/**
 * Δ = 100/T · Σ ±(M - M₀) / M₀ over the tasks' primary metrics, in percent; minus where smaller is better (Maninis et al., CVPR 2019,
 * there against single-task models). undefined where a metric is missing or M₀ is 0.
 */
export function deltaTo(reference: ByTask, own: ByTask, tasks: readonly TaskEntry[]): number | undefined {
  let sum = 0;
  for (const { id, metric, largerIsBetter } of tasks) {
    const from = reference[id]?.[metric];
    const to = own[id]?.[metric];
    if (from === undefined || to === undefined || from === 0) return undefined;
    sum += ((largerIsBetter ? 1 : -1) * (to - from)) / Math.abs(from);
  }
  return tasks.length === 0 ? undefined : (100 * sum) / tasks.length;
}

export interface Place {
  readonly id: string;
  /** 1 for the best; contestants without a Δ share the last place. */
  readonly rank: number;
  readonly delta: number | undefined;
}

/** Best first; ties and contestants without a Δ keep their order. The first of `results` is the reference: its Δ is 0. */
export function ranking(
  results: readonly { readonly id: string; readonly metrics: ByTask }[],
  tasks: readonly TaskEntry[],
): readonly Place[] {
  const reference = results[0]?.metrics ?? {};
  const scored = results.map(({ id, metrics }) => ({ id, delta: deltaTo(reference, metrics, tasks) }));
  const score = ({ delta }: { readonly delta: number | undefined }): number => delta ?? -Infinity;
  const sorted = [...scored].sort((a, b) => (score(a) === score(b) ? 0 : score(b) - score(a)));
  return sorted.map((place) => ({ ...place, rank: 1 + sorted.filter((other) => score(other) > score(place)).length }));
}
