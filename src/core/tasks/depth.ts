import { losses } from "../losses/registry";
import { metrics } from "../metrics/registry";
import { paintDepth } from "./paint";
import type { Task } from "./task";

/** Depth in metres. */
export const depth: Task = {
  id: "depth",
  label: "Depth",
  about: "Estimates how far away each pixel is.",
  defaultClasses: undefined,
  channels: () => 1,
  labelChannels: 1,
  objective: losses.depth,
  metric: metrics.depth,
  paintPrediction: (logits) => paintDepth(logits),
  paintLabel: (label) => paintDepth(label),
};
