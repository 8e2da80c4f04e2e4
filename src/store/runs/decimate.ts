/**
 * Which points of long curves are drawn: deterministic, so that a spike never comes and goes between two redraws, and every drawn point
 * is a real one.
 *
 * The index range is cut into equal buckets; of each bucket the points with the smallest and the largest finite value of every curve are
 * kept, and the first and last point of all.
 *
 * @returns ascending indices, at most `most` of them (all where they are fewer than `most`).
 */
export function decimate(curves: readonly ArrayLike<number>[], length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i);
  const perBucket = 2 * Math.max(1, curves.length);
  const buckets = Math.max(1, Math.floor((most - 2) / perBucket));
  const kept = new Set<number>([0, length - 1]);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor((bucket * length) / buckets);
    const to = Math.floor(((bucket + 1) * length) / buckets);
    for (const curve of curves) for (const index of extremes(curve, from, to)) kept.add(index);
  }
  return [...kept].sort((left, right) => left - right);
}

/** Indices of the smallest and largest finite value in [from, to); none where nothing is finite. */
function extremes(curve: ArrayLike<number>, from: number, to: number): number[] {
  let low = -1;
  let high = -1;
  for (let i = from; i < to; i++) {
    const value = curve[i]!;
    if (!Number.isFinite(value)) continue;
    if (low < 0 || value < curve[low]!) low = i;
    if (high < 0 || value > curve[high]!) high = i;
  }
  return low < 0 ? [] : [low, high];
}
