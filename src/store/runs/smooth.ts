/**
 * Exponential moving average without the pull to zero at the start: s_i = Σ β^(i-k) x_k / Σ β^(i-k) over the finite values so far.
 * A constant stays that constant; a value that is not finite is left out and stays a gap.
 *
 * @param beta 0 (as it is) to below 1.
 */
export function smooth(values: ArrayLike<number>, beta: number): Float64Array {
  const out = new Float64Array(values.length);
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      out[i] = Number.NaN;
      continue;
    }
    sum = beta * sum + value;
    weight = beta * weight + 1;
    out[i] = sum / weight;
  }
  return out;
}
