/** Every composite and host op, one line each. A derivative is an op of its own and runs in the cases of the op it belongs to. */
import type { OpDef } from "../graph/node";
import { batchNormCases, batchNormGradDef, batchNormTrainDef } from "./batchNorm";
import type { OpCases } from "./cases";
import { resizeBilinearCases, resizeBilinearDef, resizeBilinearGradDef } from "./resizeBilinear";
import { depthToSpaceCases, depthToSpaceDef, spaceToDepthCases, spaceToDepthDef } from "./spaceToDepth";
import { sumOfSquaresCases, sumOfSquaresDef } from "./sumOfSquares";

export interface OpEntry {
  readonly def: OpDef;
  readonly cases: OpCases;
  /** The op that computes the gradients, where it is not made of others. */
  readonly derivative?: OpDef;
}

export const ops: readonly OpEntry[] = [
  { def: batchNormTrainDef, cases: batchNormCases, derivative: batchNormGradDef },
  { def: resizeBilinearDef, cases: resizeBilinearCases, derivative: resizeBilinearGradDef },
  { def: spaceToDepthDef, cases: spaceToDepthCases },
  { def: depthToSpaceDef, cases: depthToSpaceCases },
  { def: sumOfSquaresDef, cases: sumOfSquaresCases },
];
