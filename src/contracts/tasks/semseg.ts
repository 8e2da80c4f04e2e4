import type { TaskRecord } from "./task";

/** Semantic segmentation: one class a pixel. 21 classes are PASCAL's. */
export const semseg = {
  kind: "classes",
  id: "semseg",
  label: "Semantic segmentation",
  about: "Names the kind of thing that each pixel belongs to.",
  classes: 21,
  loss: "cross_entropy",
  metric: "miou",
  colours: "voc",
  weight: 1,
} as const satisfies TaskRecord;
