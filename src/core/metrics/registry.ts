import type { LabelTask } from "../../contracts/sample";
import { depthMetric } from "./depth";
import { edgeMetric } from "./edge";
import type { TaskMetric } from "./metric";
import { normalsMetric } from "./normals";
import { saliencyMetric } from "./saliency";
import { segmentationMetric } from "./segmentation";

/** The metric of each task. */
export const metrics: Readonly<Record<LabelTask, TaskMetric>> = {
  semseg: segmentationMetric,
  human_parts: segmentationMetric,
  sal: saliencyMetric,
  normals: normalsMetric,
  edge: edgeMetric,
  depth: depthMetric,
};
