/** Results and comparisons for tests, made without training anything. */

import { type Contestant, findContestants } from "../../src/runtime/products/catalogue/contestants";
import { presets } from "../../src/runtime/products/catalogue/presets";
import type { ModelRuns } from "../../src/runtime/studies/compare/driver";
import type { Comparison } from "../../src/runtime/studies/compare/plan";
import type { RunResult } from "../../src/runtime/studies/compare/result";

const base = presets.find(({ id }) => id === "micro")!.config;

export const comparisonOf = (ids: readonly string[], changes: Partial<Comparison> = {}): Comparison => ({
  base,
  contestants: findContestants(ids),
  seeds: 2,
  factors: [0.3, 1, 3],
  budget: { steps: 10 },
  choosing: 8,
  backboneHash: "random micro",
  ...changes,
});

const measured = [
  {
    id: "semseg",
    label: "Semantic segmentation",
    measure: { key: "mIoU", label: "mean IoU", unit: "", largerIsBetter: true },
  },
  {
    id: "normals",
    label: "Surface normals",
    measure: { key: "mean", label: "mean angle", unit: "degrees", largerIsBetter: false },
  },
] as const;

interface Scores {
  readonly semseg?: number;
  readonly normals?: number;
}

const metricsOf = ({ semseg, normals }: Scores): RunResult["reported"] => ({
  ...(semseg === undefined ? {} : { semseg: { mIoU: semseg } }),
  ...(normals === undefined ? {} : { normals: { mean: normals } }),
});

export const resultOf = (
  contestant: Contestant,
  scores: Scores,
  {
    factor = 1,
    seed = 0,
    choosing = scores,
    ...rest
  }: Partial<Omit<RunResult, "choosing">> & {
    readonly seed?: number;
    readonly choosing?: Scores;
  } = {},
): RunResult => ({
  format: 1,
  contestant: contestant.id,
  task: null,
  factor,
  config: { ...base, training: { ...base.training, seed, steps: 10 } },
  tasks: measured.filter(({ id }) => id in scores),
  diverged: false,
  reported: metricsOf(scores),
  choosing: metricsOf(choosing),
  constant: metricsOf({ semseg: 0.03, normals: 50 }),
  parameters: [],
  trained: { backbone: 100, decoders: 10 },
  totals: [2, 1],
  stepMs: 5,
  peakBytes: 1,
  device: "a test",
  ...rest,
});

/** One model for all tasks with a result a seed; seed 0's is its whole sweep. */
export const modelRuns = (contestant: Contestant, seeds: readonly Scores[], task?: string): ModelRuns => {
  const results = seeds.map((scores, seed) => resultOf(contestant, scores, { seed, task: task ?? null }));
  return { ...(task === undefined ? {} : { task }), factor: 1, sweep: results.slice(0, 1), seeds: results };
};
