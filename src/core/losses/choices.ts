/** The losses that a task may train by, for each kind of label. */
import type { LabelKind, LossId } from "../../contracts/taskKinds";
import { binaryLoss, edgeLoss, saliencyLoss } from "./balancedBinary";
import { cosineLoss } from "./cosine";
import { crossEntropy } from "./crossEntropy";
import { depthLoss } from "./depth";
import { focalLoss } from "./focal";
import type { Loss } from "./loss";
import { normalsLoss } from "./normals";
import { huberLoss, l1Loss, l2Loss } from "./regression";

export interface LossChoice {
  readonly label: string;
  /** One sentence: when to take it. */
  readonly help: string;
  readonly loss: Loss;
}

export const lossChoices: { readonly [K in LabelKind]: Readonly<Record<LossId<K>, LossChoice>> } = {
  classes: {
    cross_entropy: { label: "Cross-entropy", help: "Softmax cross-entropy; the usual choice.", loss: crossEntropy },
    focal: {
      label: "Focal",
      help: "Cross-entropy that counts pixels less the surer they are right (γ = 2; Lin et al., ICCV 2017). For rare classes.",
      loss: focalLoss,
    },
  },
  binary: {
    balanced_bce: {
      label: "Balanced cross-entropy",
      help: "Positives weigh as much as the batch has negatives, as for saliency. For regions.",
      loss: saliencyLoss,
    },
    edge_bce: {
      label: "Cross-entropy, positives 0.95",
      help: "Positives weigh 0.95, negatives 0.05, as for edges. For thin lines.",
      loss: edgeLoss,
    },
    bce: {
      label: "Cross-entropy",
      help: "Both classes weigh the same. For regions of about half a picture.",
      loss: binaryLoss,
    },
  },
  regression: {
    l1: { label: "L1", help: "Mean absolute difference, as for depth; outliers count little.", loss: l1Loss },
    l2: { label: "L2", help: "Mean squared difference; outliers count most.", loss: l2Loss },
    huber: { label: "Huber", help: "Squared below a difference of 1, absolute above (smooth L1).", loss: huberLoss },
  },
  unit: {
    l1: {
      label: "L1 of directions",
      help: "Mean absolute difference after normalising, as for surface normals.",
      loss: normalsLoss,
    },
    cosine: {
      label: "Cosine",
      help: "1 minus the cosine of the angle; does not depend on the axes.",
      loss: cosineLoss,
    },
  },
  depth: { l1: { label: "L1", help: "Mean absolute difference in metres.", loss: depthLoss } },
};
