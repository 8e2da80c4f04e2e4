/**
 * erf(x) in float64: 2/√π exp(-x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!  (Abramowitz & Stegun 7.1.6). All terms have one sign, so nothing
 * cancels; beyond |x| = 6 the result is ±1 to the last bit.
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
