/** Who trains what: numbers of a model by group, frozen and trained. Honest and split (DESIGN §3). */
import { sizeOf } from "../graph/node";
import { type ParameterGroup, type ParameterLayout, parameterGroups } from "../nn/parameters";

export interface GroupCount {
  readonly group: ParameterGroup;
  readonly total: number;
  readonly trained: number;
}

export interface Accounting {
  readonly groups: readonly GroupCount[];
  readonly total: number;
  readonly trained: number;
  /** Trained numbers of the backbone, thetas included. */
  readonly trainedBackbone: number;
  /** Trained numbers of downsamplers and heads. */
  readonly trainedDecoders: number;
  readonly trainedTheta: number;
}

const isDecoder = (group: ParameterGroup): boolean => group === "downsampler" || group === "head";

export function accounting({ parameters }: ParameterLayout): Accounting {
  const groups = parameterGroups.map((group): GroupCount => {
    const own = parameters.filter((p) => p.group === group);
    const count = (list: typeof own): number => list.reduce((n, p) => n + sizeOf(p.shape), 0);
    return { group, total: count(own), trained: count(own.filter((p) => p.trainable)) };
  });
  const sum = (pick: (g: GroupCount) => number, keep: (g: GroupCount) => boolean = () => true): number =>
    groups.filter(keep).reduce((n, g) => n + pick(g), 0);
  return {
    groups,
    total: sum((g) => g.total),
    trained: sum((g) => g.trained),
    trainedBackbone: sum(
      (g) => g.trained,
      (g) => !isDecoder(g.group),
    ),
    trainedDecoders: sum(
      (g) => g.trained,
      (g) => isDecoder(g.group),
    ),
    trainedTheta: sum(
      (g) => g.trained,
      (g) => g.group === "theta",
    ),
  };
}
