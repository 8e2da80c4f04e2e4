import { validMask } from "../ops/loss";
import { type Loss, pixelCount } from "./loss";

/** Below this squared length a prediction has no direction and is divided by the root of this instead. */
const SHORTEST_SQUARED = 1e-12;

/** 1 - cos of the angle between prediction and label, mean over the pixels none of whose three numbers is 255. */
export const cosineLoss: Loss = {
  name: "1 - cosine",
  build: (b, prediction, labels) => {
    const pixels = pixelCount(prediction, labels, 3);
    const vector = b.reshape(prediction, [pixels, 3]);
    const target = b.reshape(labels, [pixels, 3]);
    const labelled = b.sum(validMask(b, target, 255), [1]);
    const valid = b.equal(labelled, 3);
    const length = b.sqrt(b.maximum(b.sum(b.mul(vector, vector), [1]), SHORTEST_SQUARED));
    const cosine = b.div(b.sum(b.mul(vector, target), [1]), length);
    return { numerator: b.sum(b.mul(valid, b.sub(b.full(1), cosine))), denominator: b.sum(valid) };
  },
};
