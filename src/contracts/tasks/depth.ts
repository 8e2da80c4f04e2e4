import type { TaskRecord } from "./task";

/** Depth in metres. */
export const depth = {
  kind: "depth",
  id: "depth",
  label: "Depth",
  about: "Estimates how far away each pixel is.",
  loss: "l1",
  metric: "rmse",
  colours: "distance",
  weight: 1,
} as const satisfies TaskRecord;
