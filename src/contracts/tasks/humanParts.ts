import type { TaskRecord } from "./task";

/** Human parts: background and six parts of the body. Pictures without people are ignored as a whole by their labels. */
export const humanParts = {
  kind: "classes",
  id: "human_parts",
  label: "Human parts",
  about: "Tells heads, torsos, arms and legs of people apart.",
  classes: 7,
  names: ["background", "head", "torso", "upper arm", "lower arm", "upper leg", "lower leg"],
  loss: "cross_entropy",
  metric: "miou",
  colours: "voc",
  weight: 2,
} as const satisfies TaskRecord;
