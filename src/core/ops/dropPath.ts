import type { Builder } from "../graph/builder";
import { sameShape, showShape, type Value } from "../graph/node";

/**
 * Stochastic depth: scales each sample's residual branch by its mask. x: [B,...], mask: [B], an input that holds 0 or 1/keep, so that
 * the expectation is kept.
 */
export function dropPath(b: Builder, x: Value, mask: Value): Value {
  const samples = x.shape[0];
  if (samples === undefined || !sameShape(mask.shape, [samples])) {
    throw new Error(
      `dropPath needs a mask [B] for x [B,...]; x is ${showShape(x.shape)}, the mask ${showShape(mask.shape)}.`,
    );
  }
  return b.mul(x, b.reshape(mask, [samples, ...x.shape.slice(1).map(() => 1)]));
}
