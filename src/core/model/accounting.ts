/** Who trains what: parameters of a model by group, frozen and trained. The one place that counts them (DESIGN §3: honest and split). */
import type { ParameterGroup as GroupEntry } from "../../contracts/runEvent";
import { sizeOf } from "../graph/node";
import { type Parameter, type ParameterGroup, type ParameterLayout, parameterGroups } from "../nn/parameters";

/** The groups of parameters, with the biases of linear layers apart from their weights. */
export type CountGroup = ParameterGroup | "bias";

export interface GroupCount {
  readonly group: CountGroup;
  readonly total: number;
  readonly trained: number;
}

export interface Accounting {
  /** Every group, those without parameters too, in a fixed order. */
  readonly groups: readonly GroupCount[];
  readonly total: number;
  readonly trained: number;
  /** Trained parameters of the backbone, and of what a method adds to it. */
  readonly trainedBackbone: number;
  /** Trained parameters of downsamplers and decoders. */
  readonly trainedDecoders: number;
  readonly trainedTheta: number;
}

const labels: Readonly<Record<CountGroup, string>> = {
  theta: "warps (theta)",
  method: "method",
  norm: "layer norms",
  patch_embed: "patch embedding",
  patch_merging: "patch merging",
  position_bias: "position bias",
  linear: "linear weights",
  bias: "linear biases",
  downsampler: "decoders: 1×1 maps",
  head: "decoders: heads",
};

const countGroups: readonly CountGroup[] = parameterGroups.flatMap((group) =>
  group === "linear" ? [group, "bias"] : [group],
);

const groupOf = ({ group, shape }: Parameter): CountGroup =>
  group === "linear" && shape.length === 1 ? "bias" : group;
const isDecoder = (group: CountGroup): boolean => group === "downsampler" || group === "head";

export function accounting({ parameters }: ParameterLayout): Accounting {
  const groups = countGroups.map((group): GroupCount => {
    const own = parameters.filter((p) => groupOf(p) === group);
    const count = (list: typeof own): number => list.reduce((n, p) => n + sizeOf(p.shape), 0);
    return { group, total: count(own), trained: count(own.filter((p) => p.trainable)) };
  });
  const trainedOf = (keep: (group: CountGroup) => boolean): number =>
    groups.reduce((n, { group, trained }) => n + (keep(group) ? trained : 0), 0);
  return {
    groups,
    total: groups.reduce((n, { total }) => n + total, 0),
    trained: trainedOf(() => true),
    trainedBackbone: trainedOf((group) => !isDecoder(group)),
    trainedDecoders: trainedOf(isDecoder),
    trainedTheta: trainedOf((group) => group === "theta"),
  };
}

/** The groups that a model has, with labels: what runs tell, pages and terminals show. */
export const groupEntries = (layout: ParameterLayout): readonly GroupEntry[] =>
  accounting(layout)
    .groups.filter(({ total }) => total > 0)
    .map(({ group, total, trained }) => ({ id: group, label: labels[group], trained, total }));
