import type { TaskRecord } from "./task";

/** Surface normals: the direction that each visible surface faces. The loss normalises the prediction. */
export const normals = {
  kind: "unit",
  id: "normals",
  label: "Surface normals",
  about: "Tells which way each surface faces.",
  flipX: true,
  loss: "l1",
  metric: "normals",
  colours: "rgb",
  weight: 10,
} as const satisfies TaskRecord;
