import { losses } from "../losses/registry";
import { metrics } from "../metrics/registry";
import { paintBinaryLabel, paintProbability } from "./paint";
import type { Task } from "./task";

/** Edges: whether a pixel lies on the border of a thing. */
export const edge: Task = {
  id: "edge",
  label: "Edges",
  about: "Draws the borders of things.",
  defaultClasses: undefined,
  channels: () => 1,
  labelChannels: 1,
  objective: losses.edge,
  metric: metrics.edge,
  paintPrediction: (logits) => paintProbability(logits),
  paintLabel: (label) => paintBinaryLabel(label),
};
