/** The step that follows the gradients: scaling, clipping by the global norm, AdamW over the flat parameters with groups. */
import { Builder } from "../graph/builder";
import type { Graph } from "../graph/node";
import { sizeOf } from "../graph/node";
import { PARAMETERS } from "../nn/forward";
import type { Parameter, ParameterGroup, ParameterLayout } from "../nn/parameters";
import { adamw } from "../ops/adamw";
import { sumOfSquares } from "../ops/sumOfSquares";
import { GRADIENT } from "./graphs";

export const FIRST_MOMENT = "firstMoment";
export const SECOND_MOMENT = "secondMoment";

/** Parameters that share a learning rate. */
export const rateGroups = ["theta", "backbone", "decoders"] as const;
export type RateGroup = (typeof rateGroups)[number];

const rateOf = {
  theta: "theta",
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

export interface ApplyOptions {
  readonly decay: number;
  readonly decayRule?: DecayRule;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
}

/** Names of the apply graph's inputs. */
export const applyInputs = {
  /** [G], in the order of `optimiserGroups`. */
  learningRates: "learningRates",
  /** [2]: 1 - β1^t, 1 - β2^t. */
  biasCorrections: "biasCorrections",
  /** []: 1 / number of micro-batches that "gradient" sums. */
  gradientScale: "gradientScale",
  /** []: the largest global L2 norm; a huge number switches clipping off. */
  clipNorm: "clipNorm",
} as const;

/** []: L2 norm of the scaled gradient before clipping. */
export const GRADIENT_NORM = "gradientNorm";

/** The slot that holds all warps, and the output with its new values: what the curves of a page are drawn from. */
export const THETA = "theta";

/** As PyTorch clips: scale · min(1, clipNorm / (norm + 1e-6)). */
export function applyGraph(layout: ParameterLayout, options: ApplyOptions): Graph {
  const b = new Builder();
  const flat = [layout.size];
  const gradient = b.state(GRADIENT, flat);
  const scale = b.input(applyInputs.gradientScale, []);
  const norm = b.mul(b.sqrt(sumOfSquares(b, gradient)), scale);
  const clip = b.minimum(b.div(b.input(applyInputs.clipNorm, []), b.add(norm, 1e-6)), 1);
  const { groupOf, groups } = optimiserGroups(layout, options.decayRule);
  const states = {
    parameters: b.state(PARAMETERS, flat),
    firstMoment: b.state(FIRST_MOMENT, flat),
    secondMoment: b.state(SECOND_MOMENT, flat),
  };
  const next = adamw(
    b,
    {
      ...states,
      gradient,
      learningRates: b.input(applyInputs.learningRates, [groups.length]),
      clipScale: b.mul(scale, clip),
      biasCorrections: b.input(applyInputs.biasCorrections, [2]),
    },
    {
      groupOf,
      decay: groups.map((group) => (group.decays ? options.decay : 0)),
      beta1: options.beta1 ?? 0.9,
      beta2: options.beta2 ?? 0.999,
      eps: options.eps ?? 1e-8,
    },
  );
  b.output(GRADIENT_NORM, norm);
  const theta = layout.slots.find((slot) => slot.name === THETA && slot.trainable);
  if (theta) b.output(THETA, b.sliceAxis(next.parameters, 0, theta.offset, sizeOf(theta.shape)));
  b.update(states.parameters, next.parameters);
  b.update(states.firstMoment, next.firstMoment);
  b.update(states.secondMoment, next.secondMoment);
  return b.build();
}
