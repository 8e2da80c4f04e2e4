/** What a task's loss is: it turns a prediction map and a label map into a sum and a count. */
import type { Builder } from "../graph/builder";
import { showShape, sizeOf, type Value } from "../graph/node";
import type { LossSum } from "../ops/loss";

export { type LossSum, lossValue } from "../ops/loss";

/**
 * "reference": what the DiTASK and MTLoRA code computes, oddities included (saliency and edges take the ignore label 255 for a positive).
 * "masked": the same formulas, and label 255 counts nowhere. Without 255 among the labels the two are equal.
 */
export type LossBehaviour = "masked" | "reference";

export interface Loss {
  readonly name: string;
  /** Prediction [B,H,W,C]; labels [B,H,W] or [B,H,W,1] (one number a pixel) or [B,H,W,C]. */
  build(b: Builder, prediction: Value, labels: Value, behaviour?: LossBehaviour): LossSum;
}

/** B·H·W, after checking that the labels hold `perPixel` numbers for each pixel of the prediction. */
export function pixelCount(prediction: Value, labels: Value, perPixel: number): number {
  const pixels = sizeOf(prediction.shape.slice(0, -1));
  if (prediction.shape.length !== 4 || sizeOf(labels.shape) !== pixels * perPixel) {
    throw new Error(
      `The loss needs a prediction [B,H,W,C] and ${perPixel} label numbers a pixel; prediction is ${showShape(prediction.shape)}, ` +
        `labels are ${showShape(labels.shape)}. Bring the labels to the prediction's size.`,
    );
  }
  return pixels;
}
