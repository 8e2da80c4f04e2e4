import { softmaxCrossEntropy } from "../ops/softmaxCrossEntropy";
import { type Loss, pixelCount } from "./loss";

/** Softmax cross-entropy over classes, mean over the pixels whose label is not 255: semantic classes and human parts. */
export const crossEntropy: Loss = {
  name: "softmax cross-entropy",
  build: (b, prediction, labels) => {
    const pixels = pixelCount(prediction, labels, 1);
    return softmaxCrossEntropy(b, b.reshape(prediction, [pixels, prediction.shape[3]!]), b.reshape(labels, [pixels]));
  },
};
