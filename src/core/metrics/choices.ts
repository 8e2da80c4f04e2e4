/** The metrics that a task of the user's own may be judged by, for each kind of label. Each gives all numbers; the choice is the primary one. */
import type { MetricId, TaskKind } from "../../contracts/customTask";
import { directionsMetric } from "./directions";
import { edgeMetric } from "./edge";
import { type Judge, withPrimary } from "./metric";
import { regressionMetric } from "./regression";
import { saliencyMetric } from "./saliency";
import { segmentationMetric } from "./segmentation";

export const metricChoices: { readonly [K in TaskKind]: Readonly<Record<MetricId<K>, Judge>> } = {
  classes: { miou: segmentationMetric, accuracy: withPrimary(segmentationMetric, "accuracy") },
  binary: { iou: saliencyMetric, f: withPrimary(saliencyMetric, "maxF"), edge_f: edgeMetric },
  regression: {
    rmse: regressionMetric,
    mae: withPrimary(regressionMetric, "mae"),
    delta1: withPrimary(regressionMetric, "delta1"),
  },
  unit: { mean_angle: directionsMetric, median_angle: withPrimary(directionsMetric, "median") },
};
