import { losses } from "../losses/registry";
import { metrics } from "../metrics/registry";
import { paintClasses, paintClassLabel } from "./paint";
import type { Task } from "./task";

/** Semantic segmentation: one class a pixel. 21 classes are PASCAL's. */
export const semseg: Task = {
  id: "semseg",
  label: "Semantic segmentation",
  about: "Names the kind of thing that each pixel belongs to.",
  defaultClasses: 21,
  channels: (classes) => classes,
  labelChannels: 1,
  objective: losses.semseg,
  metric: metrics.semseg,
  paintPrediction: paintClasses,
  paintLabel: paintClassLabel,
};
