/** The step that follows the gradients: judging, scaling, clipping by the global norm, AdamW over the flat parameters with groups. */
import { Builder } from "../graph/builder";
import type { Graph } from "../graph/node";
import { sizeOf } from "../graph/node";
import { pendingStatistic } from "../nn/forward";
import type { Parameter, ParameterGroup, ParameterLayout } from "../nn/parameters";
import { addAdamwStep, optimiserStates } from "../optim/adamw";

export const FIRST_MOMENT = optimiserStates.firstMoment;
export const SECOND_MOMENT = optimiserStates.secondMoment;

/** Parameters that share a learning rate. */
export const rateGroups = ["method", "backbone", "decoders"] as const;
export type RateGroup = (typeof rateGroups)[number];

const rateOf = {
  theta: "method",
  method: "method",
  norm: "backbone",
  patch_embed: "backbone",
  patch_merging: "backbone",
  position_bias: "backbone",
  linear: "backbone",
  downsampler: "decoders",
  head: "decoders",
} as const satisfies Record<ParameterGroup, RateGroup>;

/** "ours": matrices decay, theta and position bias do not. "reference": everything that is not a vector decays. */
export type DecayRule = "ours" | "reference";

const decays = ({ group, shape }: Parameter, rule: DecayRule): boolean =>
  shape.length > 1 && (rule === "reference" || (group !== "theta" && group !== "position_bias"));

export interface OptimiserGroups {
  /** [P]: the group of each number; padding belongs to group 0, its gradient is 0. */
  readonly groupOf: Int32Array;
  readonly groups: readonly { readonly rate: RateGroup; readonly decays: boolean }[];
}

/** G = 6 groups always, in a fixed order: each rate group without decay, then with it. */
export function optimiserGroups(layout: ParameterLayout, rule: DecayRule = "ours"): OptimiserGroups {
  const groups = rateGroups.flatMap((rate) => [
    { rate, decays: false },
    { rate, decays: true },
  ]);
  const groupOf = new Int32Array(layout.size);
  for (const p of layout.parameters) {
    if (!p.trainable) continue;
    const index = 2 * rateGroups.indexOf(rateOf[p.group]) + (decays(p, rule) ? 1 : 0);
    groupOf.fill(index, p.offset, p.offset + sizeOf(p.shape));
  }
  return { groupOf, groups };
}

/** Learning rates of the groups at these rates, or their weight decays where `decay` is what decaying groups have. */
export const ratesOf = ({ groups }: OptimiserGroups, rates: Readonly<Record<RateGroup, number>>): readonly number[] =>
  groups.map(({ rate }) => rates[rate]);
export const decaysOf = ({ groups }: OptimiserGroups, decay: number): readonly number[] =>
  groups.map((group) => (group.decays ? decay : 0));

export interface ApplyOptions {
  readonly decayRule?: DecayRule;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
}

/** []: L2 norm of the scaled gradient before clipping. */
export const GRADIENT_NORM = "gradientNorm";

/** [1]: 1 where the step was skipped, because its loss or norm is not finite, and every state is as it was; else 0. */
export const SKIPPED = "skipped";

/** The slot that holds all warps, and the output with its new values: what the curves of a page are drawn from. */
export const THETA = "theta";

/**
 * Judges the step, scales and clips the gradient, moves the parameters: see core/optim. A step that is not skipped makes the pending
 * running statistics of its micro-batches valid. Outputs the norm, the verdict and, where warps are trained, theta.
 */
export function applyGraph(layout: ParameterLayout, { decayRule, ...constants }: ApplyOptions = {}): Graph {
  const b = new Builder();
  const { groupOf, groups } = optimiserGroups(layout, decayRule);
  const { gradientNorm, skipped, parameters } = addAdamwStep(b, { groupOf, groups: groups.length, ...constants });
  for (const { name, shape } of layout.statistics) {
    const statistic = b.state(name, shape);
    b.update(statistic, b.select(skipped, statistic, b.state(pendingStatistic(name), shape)));
  }
  b.output(GRADIENT_NORM, gradientNorm);
  b.output(SKIPPED, skipped);
  const theta = layout.slots.find((slot) => slot.name === THETA && slot.trainable);
  if (theta) b.output(THETA, b.sliceAxis(parameters, 0, theta.offset, sizeOf(theta.shape)));
  return b.build();
}
