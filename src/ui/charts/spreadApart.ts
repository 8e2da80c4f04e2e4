/**
 * Places for labels of one height near where they belong: in the same order, no two closer than `gap`, within [low, high] where there is
 * room for all.
 *
 * @param wanted one place for each label, in any order.
 * @returns places in the order of `wanted`.
 */
export function spreadApart(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  const places = wanted.map((place) => Math.min(high, Math.max(low, place)));
  order.forEach((label, i) => {
    if (i > 0) places[label] = Math.max(places[label]!, places[order[i - 1]!]! + gap);
  });
  // What was pushed beyond the lower end comes back up, pushing its neighbours.
  let floor = high;
  for (const label of order.toReversed()) {
    places[label] = Math.min(places[label]!, floor);
    floor = places[label]! - gap;
  }
  return places;
}
