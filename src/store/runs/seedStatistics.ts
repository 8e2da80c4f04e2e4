/** Statistics over seeds: mean, deviation, and whether two methods differ by more than seeds do. */

export interface Spread {
  readonly mean: number;
  /** Sample standard deviation; 0 for one value. */
  readonly sd: number;
  readonly n: number;
}

/** undefined: there is no value. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const n = values.length;
  if (n === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : 0, n };
}

/** Two-sided 95 % quantiles of Student's t for 1, 2, ... degrees of freedom; from 30 on the normal distribution's is close enough. */
const quantiles = [
  ...[12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131],
  ...[2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045],
];
const NORMAL = 1.96;

export type Verdict = "one seed" | "within what seeds do" | "beyond what seeds do";

/**
 * Judges the paired differences, one for each seed that both have: within what seeds do where |mean| ≤ t · sd / √n, with t for 95 % and
 * n − 1 degrees of freedom.
 */
export function judge(differences: readonly number[]): Verdict {
  const spread = spreadOf(differences);
  if (!spread || spread.n < 2) return "one seed";
  const { mean, sd, n } = spread;
  const t = quantiles[n - 2] ?? NORMAL;
  return Math.abs(mean) <= (t * sd) / Math.sqrt(n) ? "within what seeds do" : "beyond what seeds do";
}

/** The rule of `judge`, for people. */
export const seedRule =
  "A difference is within what seeds do when the mean of the differences seed by seed is smaller than its standard error times Student’s t (95 %). One seed says nothing about that.";
