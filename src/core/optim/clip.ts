import type { Builder } from "../graph/builder";
import type { Value } from "../graph/node";
import { sumOfSquares } from "../ops/sumOfSquares";

/** PyTorch adds this to the norm before dividing. */
const NORM_EPSILON = 1e-6;

/**
 * Clipping by global norm as PyTorch's `clip_grad_norm_`: min(1, maxNorm / (norm + 1e-6)). A huge maxNorm switches clipping off.
 * gradient: [P]; gradientScale: [] multiplies it first (one over the number of summed micro-batches); maxNorm: []
 * → norm: [] of the scaled gradient, scale: [] that makes the clipped gradient from the given one.
 */
export function clipByGlobalNorm(
  b: Builder,
  gradient: Value,
  gradientScale: Value,
  maxNorm: Value,
): { readonly norm: Value; readonly scale: Value } {
  const norm = b.mul(b.sqrt(sumOfSquares(b, gradient)), gradientScale);
  const limit = b.minimum(b.div(maxNorm, b.add(norm, NORM_EPSILON)), 1);
  return { norm, scale: b.mul(gradientScale, limit) };
}
