import type { TaskRecord } from "./task";

/** Saliency: whether a pixel belongs to what draws the eye. Positives weigh as much as the batch has negatives. */
export const saliency = {
  kind: "binary",
  id: "sal",
  label: "Saliency",
  about: "Marks what draws the eye first.",
  loss: "balanced_bce",
  metric: "iou",
  colours: "grey",
  weight: 5,
} as const satisfies TaskRecord;
