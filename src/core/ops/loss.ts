/** What every loss returns, and how the two numbers become one. */
import type { Builder } from "../graph/builder";
import type { Value } from "../graph/node";

/** Both []: the summed loss of the valid elements and how many there are. The denominator carries no gradient. */
export interface LossSum {
  readonly numerator: Value;
  readonly denominator: Value;
}

/** numerator / max(denominator, 1): an image without labels costs 0, never NaN. */
export const lossValue = (b: Builder, { numerator, denominator }: LossSum): Value =>
  b.div(numerator, b.maximum(denominator, 1));

/** 1 where an element carries a label, else 0; everywhere 1 where nothing is ignored. */
export const validMask = (b: Builder, labels: Value, ignore: number | undefined): Value =>
  ignore === undefined ? b.full(1, labels.shape) : b.sub(b.full(1), b.equal(labels, ignore));
