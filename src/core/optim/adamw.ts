/** The optimiser's step as a graph, and the numbers that it is fed. */
import type { Builder } from "../graph/builder";
import type { Value } from "../graph/node";
import { adamw } from "../ops/adamw";
import { clipByGlobalNorm } from "./clip";
import { type GroupTable, groupRates } from "./groups";

export interface AdamwSettings<Rate extends string = string> {
  readonly table: GroupTable<Rate>;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** Global L2 norm that gradients are clipped to; 0: no clipping. */
  readonly clipNorm: number;
  /** Multiplies the gradient, for example one over the number of summed micro-batches. Absent: 1. */
  readonly gradientScale?: number;
}

/** PyTorch's defaults and the reference's clipping. */
export const adamwDefaults = { beta1: 0.9, beta2: 0.999, eps: 1e-8, clipNorm: 5 } as const;

/** States of the optimiser, each [P]. */
export const optimiserStates = {
  parameters: "parameters",
  gradient: "gradient",
  firstMoment: "firstMoment",
  secondMoment: "secondMoment",
} as const;

/** Inputs of the step: learningRates [G], biasCorrections [2]. */
export const optimiserInputs = { learningRates: "learningRates", biasCorrections: "biasCorrections" } as const;

/**
 * Adds one step to a graph: clips the gradient by its global norm, moves the parameters and both moments. The gradient stays as it is:
 * the next step's first micro-batch replaces it. Returns the norm [] before clipping.
 */
export function addAdamwStep(b: Builder, settings: AdamwSettings): { readonly gradientNorm: Value } {
  const { table, beta1, beta2, eps, clipNorm, gradientScale = 1 } = settings;
  const shape = [table.groupOf.length];
  const parameters = b.state(optimiserStates.parameters, shape);
  const gradient = b.state(optimiserStates.gradient, shape);
  const firstMoment = b.state(optimiserStates.firstMoment, shape);
  const secondMoment = b.state(optimiserStates.secondMoment, shape);
  const { norm, scale } = clipByGlobalNorm(b, gradient, clipNorm, gradientScale);
  const next = adamw(
    b,
    {
      parameters,
      gradient,
      firstMoment,
      secondMoment,
      learningRates: b.input(optimiserInputs.learningRates, [table.groups.length]),
      clipScale: scale,
      biasCorrections: b.input(optimiserInputs.biasCorrections, [2]),
    },
    { groupOf: table.groupOf, decay: table.groups.map((g) => g.decay), beta1, beta2, eps },
  );
  b.update(parameters, next.parameters);
  b.update(firstMoment, next.firstMoment);
  b.update(secondMoment, next.secondMoment);
  return { gradientNorm: norm };
}

/** What step `step` = 0, 1, ... is fed: `peak` rates by name, times the schedule's factor at that step. */
export function adamwFeeds<Rate extends string>(
  { table, beta1, beta2 }: AdamwSettings<Rate>,
  peak: Readonly<Record<Rate, number>>,
  factor: number,
  step: number,
): { readonly learningRates: Float32Array; readonly biasCorrections: Float32Array } {
  return {
    learningRates: groupRates(table, peak, factor),
    biasCorrections: Float32Array.of(1 - beta1 ** (step + 1), 1 - beta2 ** (step + 1)),
  };
}
