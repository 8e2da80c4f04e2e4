import { normalsL1 } from "../ops/normalsL1";
import { type Loss, pixelCount } from "./loss";

/** L1 between the prediction's direction and the true normal, mean over valid elements (three a pixel). */
export const normalsLoss: Loss = {
  name: "L1 of unit normals",
  build: (b, prediction, labels) => {
    const pixels = pixelCount(prediction, labels, 3);
    return normalsL1(b, b.reshape(prediction, [pixels, 3]), b.reshape(labels, [pixels, 3]));
  },
};
