import { losses } from "../losses/registry";
import { metrics } from "../metrics/registry";
import { paintClasses, paintClassLabel } from "./paint";
import type { Task } from "./task";

/** Human parts: background and six parts of the body. Pictures without people are ignored as a whole by their labels. */
export const humanParts: Task = {
  id: "human_parts",
  label: "Human parts",
  about: "Tells heads, torsos, arms and legs of people apart.",
  defaultClasses: 7,
  channels: (classes) => classes,
  labelChannels: 1,
  objective: losses.human_parts,
  metric: metrics.human_parts,
  paintPrediction: paintClasses,
  paintLabel: paintClassLabel,
};
