import type { BuiltInTask } from "../../contracts/taskIds";
import { depthMetric } from "./depth";
import { edgeMetric } from "./edge";
import type { TaskMetric } from "./metric";
import { normalsMetric } from "./normals";
import { saliencyMetric } from "./saliency";
import { segmentationMetric } from "./segmentation";

/** The metric of each built-in task. */
export const metrics: Readonly<Record<BuiltInTask, TaskMetric>> = {
  semseg: segmentationMetric,
  human_parts: segmentationMetric,
  sal: saliencyMetric,
  normals: normalsMetric,
  edge: edgeMetric,
  depth: depthMetric,
};
