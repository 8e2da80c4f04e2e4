import type { Builder } from "../graph/builder";
import type { Value } from "../graph/node";
import { sumOfSquares } from "../ops/sumOfSquares";

/** PyTorch adds this to the norm before dividing. */
const NORM_EPSILON = 1e-6;

/**
 * Clipping by global norm as PyTorch's `clip_grad_norm_`: scale = min(1, maxNorm / (norm + 1e-6)). maxNorm 0 switches clipping off.
 * gradient: [P] → norm [], scale []. `gradientScale` multiplies the gradient first (one over the number of summed micro-batches) and is
 * part of the scale.
 */
export function clipByGlobalNorm(
  b: Builder,
  gradient: Value,
  maxNorm: number,
  gradientScale = 1,
): { readonly norm: Value; readonly scale: Value } {
  const norm = b.mul(b.sqrt(sumOfSquares(b, gradient)), gradientScale);
  if (maxNorm === 0) return { norm, scale: b.full(gradientScale) };
  const limit = b.minimum(b.div(b.full(maxNorm), b.add(norm, NORM_EPSILON)), 1);
  return { norm, scale: b.mul(limit, gradientScale) };
}
