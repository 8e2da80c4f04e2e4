import { type Loss, pixelCount } from "./loss";

/**
 * Focal loss over classes: -(1 - p)² ln p of the true class's probability p, mean over the pixels whose label is not 255
 * (Lin, Goyal, Girshick, He, Dollár: Focal Loss for Dense Object Detection, ICCV 2017, with γ = 2 and no class weights; there for
 * two classes, here with the softmax in the sigmoid's place).
 */
export const focalLoss: Loss = {
  name: "focal loss, γ = 2",
  build: (b, prediction, labels) => {
    const pixels = pixelCount(prediction, labels, 1);
    const classes = prediction.shape[3]!;
    const logits = b.reshape(prediction, [pixels, classes]);
    const indices = b.constant(
      Float32Array.from({ length: classes }, (_, k) => k),
      [1, classes],
      `classes ${classes}`,
    );
    const hit = b.equal(b.reshape(labels, [pixels, 1]), indices);
    const shifted = b.sub(logits, b.max(logits, [1], true));
    const logProbability = b.sub(shifted, b.log(b.sum(b.exp(shifted), [1], true)));
    // 0 where the label is no class: its probability counts as 1, and its term is 0.
    const ofLabel = b.sum(b.mul(hit, logProbability), [1]);
    const missing = b.sub(b.full(1), b.exp(ofLabel));
    return { numerator: b.sum(b.mul(b.mul(missing, missing), b.neg(ofLabel))), denominator: b.sum(hit) };
  },
};
