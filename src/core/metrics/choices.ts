/** The metrics that a task may be judged by, for each kind of label. A metric gives all its numbers; the choice is the primary one. */
import type { LabelKind, MetricId } from "../../contracts/taskKinds";
import { depthMetric } from "./depth";
import { directionsMetric } from "./directions";
import { edgeMetric } from "./edge";
import { type Judge, withPrimary } from "./metric";
import { normalsMetric } from "./normals";
import { regressionMetric } from "./regression";
import { saliencyMetric } from "./saliency";
import { segmentationMetric } from "./segmentation";

export interface MetricChoice {
  readonly label: string;
  /** One sentence: what is measured. */
  readonly help: string;
  readonly judge: Judge;
}

export const metricChoices: { readonly [K in LabelKind]: Readonly<Record<MetricId<K>, MetricChoice>> } = {
  classes: {
    miou: {
      label: "Mean IoU",
      help: "Intersection over union, the mean over classes that occur; rare classes count as much as common ones.",
      judge: segmentationMetric,
    },
    accuracy: {
      label: "Pixel accuracy",
      help: "Share of pixels with the right class.",
      judge: withPrimary(segmentationMetric, "accuracy"),
    },
  },
  binary: {
    iou: {
      label: "IoU",
      help: "Intersection over union, the mean over images at the best threshold, as for saliency.",
      judge: saliencyMetric,
    },
    f: {
      label: "F-measure",
      help: "Harmonic mean of precision and recall, over images at the best threshold.",
      judge: withPrimary(saliencyMetric, "maxF"),
    },
    edge_f: {
      label: "F-measure of lines",
      help: "F at the best threshold of the set; a pixel is right within 0.0075 of the diagonal, as for edges.",
      judge: edgeMetric,
    },
  },
  regression: {
    rmse: { label: "RMSE", help: "Root mean square error, in the labels' unit.", judge: regressionMetric },
    mae: {
      label: "MAE",
      help: "Mean absolute error, in the labels' unit.",
      judge: withPrimary(regressionMetric, "mae"),
    },
    delta1: {
      label: "δ < 1.25",
      help: "Share of positive labels that the prediction meets within a factor of 1.25 (Eigen et al., NeurIPS 2014).",
      judge: withPrimary(regressionMetric, "delta1"),
    },
  },
  unit: {
    mean_angle: { label: "Mean angle", help: "Mean angle between prediction and label.", judge: directionsMetric },
    median_angle: {
      label: "Median angle",
      help: "Median angle: half of the pixels are nearer.",
      judge: withPrimary(directionsMetric, "median"),
    },
    normals: {
      label: "Mean angle of normals",
      help: "Mean angle, and the shares of pixels within 11.25°, 22.5° and 30°, as for surface normals.",
      judge: normalsMetric,
    },
  },
  depth: { rmse: { label: "RMSE", help: "Root mean square error in metres.", judge: depthMetric } },
};
