import { losses } from "../losses/registry";
import { metrics } from "../metrics/registry";
import { paintBinaryLabel, paintProbability } from "./paint";
import type { Task } from "./task";

/** Saliency: whether a pixel belongs to what draws the eye. Positives weigh as much as the batch has negatives. */
export const saliency: Task = {
  id: "sal",
  label: "Saliency",
  about: "Marks what draws the eye first.",
  defaultClasses: undefined,
  channels: () => 1,
  labelChannels: 1,
  objective: losses.sal,
  metric: metrics.sal,
  paintPrediction: (logits) => paintProbability(logits),
  paintLabel: (label) => paintBinaryLabel(label),
};
