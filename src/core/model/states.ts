/** The states that the graphs of a run share, as they are before the first step. */
import { PARAMETERS, pendingStatistic } from "../nn/forward";
import type { Weights } from "../nn/weights";
import { optimiserStates } from "../optim/adamw";

/** By name; the arrays are copies. */
export function initialStates({ layout, trainable, statistics }: Weights): Map<string, Float32Array> {
  const { gradient, firstMoment, secondMoment, stepLoss } = optimiserStates;
  return new Map([
    [PARAMETERS, trainable.slice()],
    ...[gradient, firstMoment, secondMoment].map((name) => [name, new Float32Array(layout.size)] as const),
    [stepLoss, new Float32Array(1)],
    ...[...statistics].map(([name, data]) => [name, data.slice()] as const),
    ...[...statistics].map(([name, data]) => [pendingStatistic(name), data.slice()] as const),
  ]);
}

/** The states that every step begins anew: they are in no checkpoint. */
export function transientStates({ layout }: Pick<Weights, "layout">): ReadonlySet<string> {
  const pending = layout.statistics.map(({ name }) => pendingStatistic(name));
  return new Set([optimiserStates.gradient, optimiserStates.stepLoss, ...pending]);
}
