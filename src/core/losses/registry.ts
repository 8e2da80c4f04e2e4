/** The loss of each built-in task and its weight in the total, as the DiTASK and MTLoRA code has them. */
import type { BuiltInTask } from "../../contracts/taskIds";
import { edgeLoss, saliencyLoss } from "./balancedBinary";
import { crossEntropy } from "./crossEntropy";
import { depthLoss } from "./depth";
import type { Loss } from "./loss";
import { normalsLoss } from "./normals";

export interface WeightedLoss {
  readonly loss: Loss;
  readonly weight: number;
}

export const losses: Readonly<Record<BuiltInTask, WeightedLoss>> = {
  semseg: { loss: crossEntropy, weight: 1 },
  human_parts: { loss: crossEntropy, weight: 2 },
  sal: { loss: saliencyLoss, weight: 5 },
  normals: { loss: normalsLoss, weight: 10 },
  edge: { loss: edgeLoss, weight: 50 },
  depth: { loss: depthLoss, weight: 1 },
};
