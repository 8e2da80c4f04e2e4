import type { TaskRecord } from "./task";

/** Edges: whether a pixel lies on the border of a thing. */
export const edge = {
  kind: "binary",
  id: "edge",
  label: "Edges",
  about: "Draws the borders of things.",
  loss: "edge_bce",
  metric: "edge_f",
  colours: "grey",
  weight: 50,
} as const satisfies TaskRecord;
