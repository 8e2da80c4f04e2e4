/** Which runs a comparison is made of, and the name that each run's result has on disk. */
import type { RunConfig } from "../../../contracts/runConfig";
import { sha256 } from "../../../core/math/hash";
import { resolveSettings } from "../../../core/methods/settings";
import { type Contestant, contestantConfig } from "../../products/catalogue/contestants";
import { methodOf } from "../../run/prepare/modelSpec";

/** How long every run trains. `seconds` are of training steps alone, measured before. */
export type Budget = { readonly steps: number } | { readonly seconds: number };

export interface Comparison {
  /** All that is equal for the contestants; its method, rates of backbone and adapter, seed and steps are replaced. */
  readonly base: RunConfig;
  readonly contestants: readonly Contestant[];
  /** Seeds 0 .. seeds-1; seed 0 also serves the sweep. */
  readonly seeds: number;
  /** What the rates are multiplied by in the sweep. */
  readonly factors: readonly number[];
  readonly budget: Budget;
  /** Images that the rates are chosen on: never trained on and apart from the reported ones. */
  readonly choosing: number;
  /** Hash of the backbone's file. */
  readonly backboneHash: string;
}

/** One model to train. */
export interface RunSpec {
  readonly contestant: Contestant;
  /** Absent: all tasks of the comparison. */
  readonly task?: string;
  readonly seed: number;
  readonly factor: number;
}

/** A model of a contestant: one for all tasks, or one for each. Each has its rate chosen on its own. */
export const modelsOf = ({ base }: Comparison, contestant: Contestant): readonly (string | undefined)[] =>
  contestant.perTask ? base.tasks : [undefined];

/** The factors that are worth trying: one where nothing but the decoders trains, since their rate is not swept. */
export const factorsOf = ({ factors }: Comparison, { method }: Contestant): readonly number[] =>
  method.id === "decoderOnly" && !Object.values(method.unfreeze).includes(true) ? [1] : factors;

export const sweepRuns = (comparison: Comparison, contestant: Contestant, task: string | undefined): RunSpec[] =>
  factorsOf(comparison, contestant).map((factor) => ({ contestant, seed: 0, factor, ...(task ? { task } : {}) }));

export const seedRuns = (
  { seeds }: Comparison,
  contestant: Contestant,
  task: string | undefined,
  factor: number,
): RunSpec[] => Array.from({ length: seeds }, (_, seed) => ({ contestant, seed, factor, ...(task ? { task } : {}) }));

/** How many runs a contestant takes: for each of its models seed 0 at every factor, and the other seeds at the chosen one. */
export const runCount = (comparison: Comparison, contestant: Contestant): number =>
  modelsOf(comparison, contestant).length * (factorsOf(comparison, contestant).length + comparison.seeds - 1);

/**
 * The contestants of one of several processes, index 1 to count: the dearest first, each to the process with the least work so far.
 * `cost`: of all runs of a contestant, in any unit.
 */
export function shard(
  all: readonly Contestant[],
  cost: (contestant: Contestant) => number,
  index: number,
  count: number,
): readonly Contestant[] {
  const load = new Array<number>(count).fill(0);
  const mine = new Set<Contestant>();
  for (const contestant of [...all].sort((a, b) => cost(b) - cost(a))) {
    const least = load.indexOf(Math.min(...load));
    load[least]! += cost(contestant);
    if (least === index - 1) mine.add(contestant);
  }
  return all.filter((contestant) => mine.has(contestant));
}

/** Everything that decides a run's numbers. Steps of a budget in seconds are 1 here: they are measured later. */
export function runConfig({ base, budget }: Comparison, { contestant, task, seed, factor }: RunSpec): RunConfig {
  const config = contestantConfig(base, contestant, factor);
  const tasks = task === undefined ? base.tasks : base.tasks.filter((id) => id === task);
  const steps = "steps" in budget ? budget.steps : 1;
  return { ...config, tasks, training: { ...config.training, steps, seed, evaluateEvery: 0 } };
}

/** Objects with their keys in order, so that equal values have equal texts. */
const canonical = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

const hashOf = (value: unknown): string =>
  sha256(new TextEncoder().encode(JSON.stringify(value, canonical))).slice(0, 16);

/**
 * The name of a run's result: 16 hexadecimal digits over its configuration with the method's settings in full, its budget and its data.
 * Threads are left out: they change the time and not, to speak of, the numbers.
 */
export function runName(comparison: Comparison, spec: RunSpec): string {
  const { budget, choosing, backboneHash } = comparison;
  const config = runConfig(comparison, spec);
  const { id, unfreeze } = config.method;
  const def = methodOf(config.method);
  const settings = resolveSettings(def, config.method.settings);
  return hashOf({
    format: 1,
    config: { ...config, method: { id, settings, unfreeze: def.unfreeze ? unfreeze : null } },
    budget,
    choosing,
    backboneHash,
  });
}
