/** What a task is made of: kinds of labels, and by id the losses, metrics and colours that fit each; core has one entry for each id. */

/** classes: one class a pixel. binary: yes or no. regression: 1 to 3 numbers. unit: a direction, three numbers of length 1. */
export const taskKinds = ["classes", "binary", "regression", "unit"] as const;
export type TaskKind = (typeof taskKinds)[number];

/** depth: metres, of the built-in task alone. */
export type LabelKind = TaskKind | "depth";

/** Ids of the losses of each kind; the first is the usual one. */
export const lossIds = {
  classes: ["cross_entropy", "focal"],
  binary: ["balanced_bce", "edge_bce", "bce"],
  regression: ["l1", "l2", "huber"],
  unit: ["l1", "cosine"],
  depth: ["l1"],
} as const satisfies Record<LabelKind, readonly string[]>;

/** Ids of the metrics of each kind; the first is the usual one. */
export const metricIds = {
  classes: ["miou", "accuracy"],
  binary: ["iou", "f", "edge_f"],
  regression: ["rmse", "mae", "delta1"],
  unit: ["mean_angle", "median_angle", "normals"],
  depth: ["rmse"],
} as const satisfies Record<LabelKind, readonly string[]>;

/** Ids of the ways to colour each kind; the first is the usual one. */
export const colourIds = {
  classes: ["voc", "distinct"],
  binary: ["grey", "viridis"],
  regression: ["viridis", "grey", "rgb"],
  unit: ["rgb"],
  depth: ["distance"],
} as const satisfies Record<LabelKind, readonly string[]>;

export type LossId<K extends LabelKind> = (typeof lossIds)[K][number];
export type MetricId<K extends LabelKind> = (typeof metricIds)[K][number];
export type ColourId<K extends LabelKind> = (typeof colourIds)[K][number];
