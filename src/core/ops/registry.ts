/** Every composite and host op, one line each. A derivative is an op of its own and runs in the cases of the op it belongs to. */
import type { OpDef } from "../graph/node";
import { adamwCases, adamwDef } from "./adamw";
import { balancedBceCases, balancedBceDef, balancedBceGradDef } from "./balancedBce";
import { batchNormCases, batchNormGradDef, batchNormTrainDef } from "./batchNorm";
import type { OpCases } from "./cases";
import { geluCases, geluDef, geluGradDef } from "./gelu";
import { judgeStepCases, judgeStepDef } from "./judgeStep";
import { layerNormCases, layerNormDef, layerNormGradDef } from "./layerNorm";
import { maskedL1Cases, maskedL1Def, maskedL1GradDef } from "./maskedL1";
import { normalsL1Cases, normalsL1Def, normalsL1GradDef } from "./normalsL1";
import { resizeBilinearCases, resizeBilinearDef, resizeBilinearGradDef } from "./resizeBilinear";
import { softmaxCrossEntropyCases, softmaxCrossEntropyDef, softmaxCrossEntropyGradDef } from "./softmaxCrossEntropy";
import { depthToSpaceCases, depthToSpaceDef, spaceToDepthCases, spaceToDepthDef } from "./spaceToDepth";
import { spectrumWarpCases, spectrumWarpDef, spectrumWarpGradDef } from "./spectrumWarp";
import { splitCases, splitDef } from "./split";
import { sumOfSquaresCases, sumOfSquaresDef } from "./sumOfSquares";
import { windowAttentionCases, windowAttentionDef, windowAttentionGradDef } from "./windowAttention";

export interface OpEntry {
  readonly def: OpDef;
  readonly cases: OpCases;
  /** The op that computes the gradients, where they are not made of other ops. */
  readonly derivative?: OpDef;
}

export const ops: readonly OpEntry[] = [
  { def: layerNormDef, cases: layerNormCases, derivative: layerNormGradDef },
  { def: geluDef, cases: geluCases, derivative: geluGradDef },
  { def: windowAttentionDef, cases: windowAttentionCases, derivative: windowAttentionGradDef },
  { def: batchNormTrainDef, cases: batchNormCases, derivative: batchNormGradDef },
  { def: resizeBilinearDef, cases: resizeBilinearCases, derivative: resizeBilinearGradDef },
  { def: spaceToDepthDef, cases: spaceToDepthCases },
  { def: depthToSpaceDef, cases: depthToSpaceCases },
  { def: splitDef, cases: splitCases },
  { def: softmaxCrossEntropyDef, cases: softmaxCrossEntropyCases, derivative: softmaxCrossEntropyGradDef },
  { def: balancedBceDef, cases: balancedBceCases, derivative: balancedBceGradDef },
  { def: maskedL1Def, cases: maskedL1Cases, derivative: maskedL1GradDef },
  { def: normalsL1Def, cases: normalsL1Cases, derivative: normalsL1GradDef },
  { def: spectrumWarpDef, cases: spectrumWarpCases, derivative: spectrumWarpGradDef },
  { def: sumOfSquaresDef, cases: sumOfSquaresCases },
  { def: judgeStepDef, cases: judgeStepCases },
  { def: adamwDef, cases: adamwCases },
];
