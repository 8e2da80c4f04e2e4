/** Losses of regression maps, mean over the numbers whose label is not 255. Prediction and labels [B,H,W,C], C = 1 to 3. */
import type { Builder } from "../graph/builder";
import type { Value } from "../graph/node";
import { type LossSum, validMask } from "../ops/loss";
import { maskedL1 } from "../ops/maskedL1";
import { type Loss, pixelCount } from "./loss";

const flat = (b: Builder, prediction: Value, labels: Value): readonly [prediction: Value, labels: Value] => {
  const channels = prediction.shape[3]!;
  const pixels = pixelCount(prediction, labels, channels);
  return [b.reshape(prediction, [pixels, channels]), b.reshape(labels, [pixels, channels])];
};

/** Sums `cost` of the differences of valid elements; an unlabelled element's difference is 0, whatever the prediction is. */
function sumOf(b: Builder, prediction: Value, labels: Value, cost: (difference: Value) => Value): LossSum {
  const valid = validMask(b, labels, 255);
  const difference = b.mul(b.sub(prediction, labels), valid);
  return { numerator: b.sum(cost(difference)), denominator: b.sum(valid) };
}

export const l1Loss: Loss = {
  name: "L1",
  build: (b, prediction, labels) => maskedL1(b, ...flat(b, prediction, labels)),
};

export const l2Loss: Loss = {
  name: "L2, squared",
  build: (b, prediction, labels) => sumOf(b, ...flat(b, prediction, labels), (d) => b.mul(d, d)),
};

/** d²/2 for |d| ≤ 1, else |d| - 1/2 (Huber, Annals of Mathematical Statistics 1964; "smooth L1" of Girshick, Fast R-CNN, ICCV 2015). */
export const huberLoss: Loss = {
  name: "Huber, δ = 1",
  build: (b, prediction, labels) =>
    sumOf(b, ...flat(b, prediction, labels), (d) => {
      const size = b.abs(d);
      const near = b.minimum(size, 1);
      // near (size - near/2): size²/2 while near = size, size - 1/2 once near = 1.
      return b.mul(near, b.sub(size, b.mul(near, 0.5)));
    }),
};
