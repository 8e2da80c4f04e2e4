/** The optimiser's step as a graph over flat vectors: clipping by the global norm, then AdamW with groups. */
import type { Builder } from "../graph/builder";
import type { Value } from "../graph/node";
import { adamw } from "../ops/adamw";
import { clipByGlobalNorm } from "./clip";

export interface AdamwSettings {
  /** The group of each parameter: [P]. Padding may be in any: its gradient is 0, so it stays 0. */
  readonly groupOf: Int32Array;
  /** Weight decay of each group: [G]. */
  readonly decay: readonly number[];
  /** PyTorch's defaults where absent: 0.9, 0.999, 1e-8. */
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
}

/** States of the step, each [P]. */
export const optimiserStates = {
  parameters: "parameters",
  gradient: "gradient",
  firstMoment: "firstMoment",
  secondMoment: "secondMoment",
} as const;

/** What every step is fed. */
export const optimiserInputs = {
  /** [G] */
  learningRates: "learningRates",
  /** [2]: 1 - β1^t, 1 - β2^t of step t = 1, 2, ... */
  biasCorrections: "biasCorrections",
  /** []: 1 / number of micro-batches that "gradient" sums. */
  gradientScale: "gradientScale",
  /** []: the largest global L2 norm; a huge number switches clipping off. */
  clipNorm: "clipNorm",
} as const;

/**
 * Adds one step to a graph and returns the norm [] of the scaled gradient before clipping, and the new parameters [P]. The gradient stays
 * as it is: the next step's first micro-batch replaces it.
 */
export function addAdamwStep(
  b: Builder,
  { groupOf, decay, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 }: AdamwSettings,
): { readonly gradientNorm: Value; readonly parameters: Value } {
  const shape = [groupOf.length];
  const parameters = b.state(optimiserStates.parameters, shape);
  const gradient = b.state(optimiserStates.gradient, shape);
  const firstMoment = b.state(optimiserStates.firstMoment, shape);
  const secondMoment = b.state(optimiserStates.secondMoment, shape);
  const { norm, scale } = clipByGlobalNorm(
    b,
    gradient,
    b.input(optimiserInputs.gradientScale, []),
    b.input(optimiserInputs.clipNorm, []),
  );
  const next = adamw(
    b,
    {
      parameters,
      gradient,
      firstMoment,
      secondMoment,
      learningRates: b.input(optimiserInputs.learningRates, [decay.length]),
      clipScale: scale,
      biasCorrections: b.input(optimiserInputs.biasCorrections, [2]),
    },
    { groupOf, decay, beta1, beta2, eps },
  );
  b.update(parameters, next.parameters);
  b.update(firstMoment, next.firstMoment);
  b.update(secondMoment, next.secondMoment);
  return { gradientNorm: norm, parameters: next.parameters };
}
