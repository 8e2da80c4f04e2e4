/** One task's primary number beside the one of its single-task model. */
export interface TaskScore {
  readonly value: number;
  readonly singleTask: number;
  readonly largerIsBetter: boolean;
}

/**
 * Δm: the mean relative gain over single-task models, in percent (DiTASK §4; Vandenhende et al. 2021):
 * (100/T) Σ_t ±(M_t - M_single,t) / M_single,t, the sign being - where smaller is better.
 * Undefined for no tasks, or where a single-task score is 0.
 */
export function deltaM(scores: readonly TaskScore[]): number | undefined {
  if (scores.length === 0 || scores.some((s) => s.singleTask === 0)) return undefined;
  const gains = scores.map((s) => ((s.largerIsBetter ? 1 : -1) * (s.value - s.singleTask)) / s.singleTask);
  return (100 * gains.reduce((sum, gain) => sum + gain, 0)) / scores.length;
}
