import { maskedL1 } from "../ops/maskedL1";
import { type Loss, pixelCount } from "./loss";

/** L1 of depth in metres, mean over the pixels whose label is not 255. */
export const depthLoss: Loss = {
  name: "L1",
  build: (b, prediction, labels) => {
    const pixels = pixelCount(prediction, labels, 1);
    return maskedL1(b, b.reshape(prediction, [pixels, 1]), b.reshape(labels, [pixels, 1]));
  },
};
