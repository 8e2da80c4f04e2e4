import { balancedBce } from "../ops/balancedBce";
import { type Loss, pixelCount } from "./loss";

/** Binary cross-entropy with logits; positives weigh w, negatives 1 - w; mean over pixels. `weight` absent: w = negatives / all. */
const balancedBinary = (name: string, weight?: number): Loss => ({
  name,
  build: (b, prediction, labels, behaviour = "masked") => {
    const pixels = pixelCount(prediction, labels, 1);
    return balancedBce(b, b.reshape(prediction, [pixels]), b.reshape(labels, [pixels]), {
      ...(weight === undefined ? {} : { positiveWeight: weight }),
      ...(behaviour === "reference" ? {} : { ignore: 255 }),
    });
  },
});

/** Saliency: w is the share of negatives in the batch. */
export const saliencyLoss = balancedBinary("balanced binary cross-entropy");

/** Edges: few pixels are edges, so w is fixed at 0.95. */
export const edgeLoss = balancedBinary("binary cross-entropy, positives 0.95", 0.95);

const halves = balancedBinary("binary cross-entropy", 0.5);

/** Binary cross-entropy, mean over the pixels whose label is not 255: both classes weigh 1, twice the balanced loss at w = 1/2. */
export const binaryLoss: Loss = {
  name: halves.name,
  build: (b, prediction, labels) => {
    const { numerator, denominator } = halves.build(b, prediction, labels);
    return { numerator: b.mul(numerator, 2), denominator };
  },
};
