/**
 * How a weight matrix W' differs from the W that it came from. Letters: W and W' are [m,n], p = min(m,n), D = W' - W, |.| the largest
 * singular value, |.|_F the Frobenius norm.
 */
import type { Svd } from "./svd";
import { svd } from "./svd";

export interface WeightUpdate {
  /** Singular values of D above the rounding that float32 leaves in W and W': max(m,n) · 2^-23 · |W|. */
  readonly rank: number;
  /** exp of the entropy of D's singular values, each divided by their sum (Roy and Vetterli, EUSIPCO 2007); 0 where D vanishes. */
  readonly effectiveRank: number;
  /** |W'| / |W| - 1 */
  readonly spectralNormChange: number;
  /** |W'|_F / |W|_F - 1 */
  readonly frobeniusNormChange: number;
  /** |D|_F / |W|_F */
  readonly relativeUpdate: number;
  /** k: how many leading singular vectors of W hold nine tenths of |W|_F². */
  readonly leading: number;
  /** Largest principal angles, in degrees, between the spans of the k leading left (right) singular vectors of W and of W'. */
  readonly leftAngle: number;
  readonly rightAngle: number;
}

const LEADING_SHARE = 0.9;
const FLOAT32_ROUNDING = 2 ** -23;

/** The decompositions of W, W' and D as a whole. */
export interface UpdateFactors {
  readonly base: Svd;
  readonly adapted: Svd;
  /** [p], descending. */
  readonly updateValues: ArrayLike<number>;
}

/** rows: m, cols: n. */
export function weightUpdate({ base, adapted, updateValues }: UpdateFactors, rows: number, cols: number): WeightUpdate {
  const k = leadingCount(base.s);
  const p = base.s.length;
  return {
    ...updateSize(base.s, adapted.s, updateValues, Math.max(rows, cols)),
    leading: k,
    leftAngle: largestAngle(base.u, adapted.u, rows, p, k),
    rightAngle: largestAngle(base.v, adapted.v, cols, p, k),
  };
}

/**
 * The same where W' keeps the singular vectors of W and has `values` in place of its singular values, in the order of W's own (they may
 * be negative): exact, without a decomposition. The spans are equal where the k largest stay the k first, else a vector of one is
 * orthogonal to the other.
 */
export function spectrumUpdate(base: ArrayLike<number>, values: ArrayLike<number>, longSide: number): WeightUpdate {
  const k = leadingCount(base);
  const sizes = Array.from(values, Math.abs);
  const differences = sizes.map((_, i) => Math.abs(values[i]! - base[i]!)).sort((x, y) => y - x);
  const kept = Math.min(...sizes.slice(0, k)) >= Math.max(0, ...sizes.slice(k));
  const sorted = sizes.toSorted((x, y) => y - x);
  const angle = kept ? 0 : 90;
  return { ...updateSize(base, sorted, differences, longSide), leading: k, leftAngle: angle, rightAngle: angle };
}

const frobenius = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));

/** Everything that singular values alone tell; all descending. */
function updateSize(base: ArrayLike<number>, adapted: ArrayLike<number>, update: ArrayLike<number>, longSide: number) {
  const noise = longSide * FLOAT32_ROUNDING * base[0]!;
  const rank = Array.from(update).filter((s) => s > noise).length;
  return {
    rank,
    effectiveRank: rank === 0 ? 0 : effectiveRank(update),
    spectralNormChange: adapted[0]! / base[0]! - 1,
    frobeniusNormChange: frobenius(adapted) / frobenius(base) - 1,
    relativeUpdate: frobenius(update) / frobenius(base),
  };
}

export function effectiveRank(values: ArrayLike<number>): number {
  const all = Array.from(values);
  const sum = all.reduce((total, s) => total + s, 0);
  const shares = all.filter((s) => s > 0).map((s) => s / sum);
  return Math.exp(-shares.reduce((entropy, q) => entropy + q * Math.log(q), 0));
}

function leadingCount(values: ArrayLike<number>): number {
  const energies = Array.from(values, (s) => s * s);
  const wanted = LEADING_SHARE * energies.reduce((sum, e) => sum + e, 0);
  let held = 0;
  const k = energies.findIndex((e) => {
    held += e;
    return held >= wanted;
  });
  return k < 0 ? energies.length : k + 1;
}

/**
 * Largest principal angle between the spans of the first k columns of a and b, both [size,p] with orthonormal columns, in degrees. From
 * the sine, |b - a aᵀ b|, which small angles need (Björck and Golub, Math. Comp. 1973); its cosine would lose half of the digits.
 */
function largestAngle(a: Float64Array, b: Float64Array, size: number, p: number, k: number): number {
  const rest = new Float64Array(size * k);
  for (let j = 0; j < k; j++) {
    for (let i = 0; i < size; i++) rest[i * k + j] = b[i * p + j]!;
    for (let l = 0; l < k; l++) {
      let along = 0;
      for (let i = 0; i < size; i++) along += a[i * p + l]! * b[i * p + j]!;
      for (let i = 0; i < size; i++) rest[i * k + j]! -= a[i * p + l]! * along;
    }
  }
  const sine = svd(rest, size, k).s[0] ?? 0;
  return (180 / Math.PI) * Math.asin(Math.min(sine, 1));
}
