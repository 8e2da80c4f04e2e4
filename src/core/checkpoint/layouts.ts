/** How numbers of one parameter lie in files and here, and the way from one to the other. Letters: C channels, p side of a patch. */
import type { Shape } from "../graph/node";

/**
 * A convolution of patches runs over (colour, row, column) in files, over (row, column, colour) here.
 * Returns [C*p*p*3]: here[i] = there[order[i]].
 */
export function patchOrder([channels, size]: Shape): Int32Array {
  const area = size! / 3;
  return Int32Array.from({ length: channels! * size! }, (_, i) => {
    const colour = i % 3;
    const pixel = Math.floor(i / 3) % area;
    return Math.floor(i / size!) * size! + colour * area + pixel;
  });
}

/** here[i] = there[order[i]]; without an order both run alike. */
export const reorder = (there: ArrayLike<number>, order: Int32Array | undefined): ArrayLike<number> =>
  order ? Float32Array.from(order, (from) => there[from]!) : there;

/** A copy in the order of files: there[order[i]] = here[i]. */
export function restore(here: Float32Array, order: Int32Array | undefined): Float32Array {
  if (!order) return here.slice();
  const there = new Float32Array(here.length);
  for (const [i, to] of order.entries()) there[to] = here[i]!;
  return there;
}
