/** The optimiser's step as a graph over flat vectors: judging, clipping by the global norm, then AdamW with groups. */
import type { Builder } from "../graph/builder";
import type { Value } from "../graph/node";
import { adamw } from "../ops/adamw";
import { judgeStep } from "../ops/judgeStep";
import { sumOfSquares } from "../ops/sumOfSquares";

/** PyTorch's. */
export const adamwDefaults = { beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;

/** A norm that no gradient exceeds. */
const NO_CLIPPING = 3e38;

export interface AdamwSettings {
  /** The group of each parameter: [P]. Padding may be in any: its gradient is 0, so it stays 0. */
  readonly groupOf: Int32Array;
  /** G */
  readonly groups: number;
  /** `adamwDefaults` where absent. */
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
}

/** States of the step: the loss is one number, the others are [P]. */
export const optimiserStates = {
  parameters: "parameters",
  gradient: "gradient",
  firstMoment: "firstMoment",
  secondMoment: "secondMoment",
  /** The sum of the losses since the last step; not finite where steps are skipped behind a skipped one. */
  stepLoss: "stepLoss",
} as const;

/** What every step is fed. */
export const optimiserInputs = {
  /** [2,G]: learning rate, then weight decay, of each group. */
  groupRates: "groupRates",
  /** [2]: 1 - β1^t, 1 - β2^t of step t = 1, 2, ... */
  biasCorrections: "biasCorrections",
  /** []: 1 / number of micro-batches that "gradient" sums. */
  gradientScale: "gradientScale",
  /** []: the largest global L2 norm; a huge number switches clipping off. */
  clipNorm: "clipNorm",
  /** []: 1 where all steps behind a skipped one are skipped too, 0 where the next one is judged by itself. */
  holds: "holds",
} as const;

export interface StepNumbers {
  /** t = 1, 2, ... */
  readonly step: number;
  readonly learningRates: readonly number[];
  /** Of each group, as the rates. */
  readonly weightDecays: readonly number[];
  /** 0 switches clipping off. */
  readonly clipNorm: number;
  readonly microBatches?: number;
  readonly holds?: boolean;
  /** `adamwDefaults` where absent. */
  readonly betas?: readonly [number, number];
}

/** The inputs of one step, by name. */
export function optimiserFeeds({
  betas = [adamwDefaults.beta1, adamwDefaults.beta2],
  microBatches = 1,
  holds = false,
  ...numbers
}: StepNumbers): Readonly<Record<string, readonly number[]>> {
  return {
    [optimiserInputs.groupRates]: [...numbers.learningRates, ...numbers.weightDecays],
    [optimiserInputs.biasCorrections]: betas.map((beta) => 1 - beta ** numbers.step),
    [optimiserInputs.gradientScale]: [1 / microBatches],
    [optimiserInputs.clipNorm]: [numbers.clipNorm > 0 ? numbers.clipNorm : NO_CLIPPING],
    [optimiserInputs.holds]: [holds ? 1 : 0],
  };
}

export interface StepValues {
  /** []: norm of the scaled gradient before clipping. */
  readonly gradientNorm: Value;
  /** [1]: 1 where the step is skipped, because its loss or norm is not finite, which leaves every state as it was; else 0. */
  readonly skipped: Value;
  /** [P], new. */
  readonly parameters: Value;
}

/** Adds one step to a graph. The gradient stays as it is: the next step's first micro-batch replaces it. */
export function addAdamwStep(b: Builder, { groupOf, groups, ...constants }: AdamwSettings): StepValues {
  const state = (name: keyof typeof optimiserStates): Value =>
    b.state(optimiserStates[name], name === "stepLoss" ? [] : [groupOf.length]);
  const [parameters, gradient, firstMoment, secondMoment] = [
    state("parameters"),
    state("gradient"),
    state("firstMoment"),
    state("secondMoment"),
  ];
  const loss = state("stepLoss");
  const { norm, verdict, nextLoss } = judgeStep(b, {
    squares: sumOfSquares(b, gradient),
    gradientScale: b.input(optimiserInputs.gradientScale, []),
    maxNorm: b.input(optimiserInputs.clipNorm, []),
    holds: b.input(optimiserInputs.holds, []),
    loss,
  });
  const groupRates = b.input(optimiserInputs.groupRates, [2, groups]);
  const biasCorrections = b.input(optimiserInputs.biasCorrections, [2]);
  const next = adamw(
    b,
    { parameters, gradient, firstMoment, secondMoment, groupRates, verdict, biasCorrections },
    { groupOf, groups, ...adamwDefaults, ...constants },
  );
  b.update(parameters, next.parameters);
  b.update(firstMoment, next.firstMoment);
  b.update(secondMoment, next.secondMoment);
  b.update(loss, nextLoss);
  return { gradientNorm: norm, skipped: b.slice(verdict, [0], [1]), parameters: next.parameters };
}
