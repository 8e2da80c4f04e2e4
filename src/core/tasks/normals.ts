import { losses } from "../losses/registry";
import { metrics } from "../metrics/registry";
import { paintNormals } from "./paint";
import type { Task } from "./task";

/** Surface normals: the direction that each visible surface faces. The loss normalises the prediction. */
export const normals: Task = {
  id: "normals",
  label: "Surface normals",
  about: "Tells which way each surface faces.",
  defaultClasses: undefined,
  channels: () => 3,
  labelChannels: 3,
  objective: losses.normals,
  metric: metrics.normals,
  paintPrediction: (logits) => paintNormals(logits),
  paintLabel: (label) => paintNormals(label),
};
