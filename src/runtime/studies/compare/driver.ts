/**
 * Runs a comparison: for each contestant the sweep with seed 0, then the other seeds at the rate that was chosen. Runs whose result is in
 * the store are not repeated, so a comparison that was stopped goes on where it was, one run at most being lost.
 */

import type { Contestant } from "../../products/catalogue/contestants";
import { chooseFactor } from "./choose";
import { type Comparison, modelsOf, type RunSpec, runConfig, runCount, runName, seedRuns, sweepRuns } from "./plan";
import type { ResultStore, RunResult, StepTime } from "./result";
import { type Lab, timeStep, trainRun } from "./trainRun";

/** A model of a contestant with its sweep and its seeds. */
export interface ModelRuns {
  /** Absent: all tasks. */
  readonly task?: string;
  /** undefined: every rate of the sweep diverged, or the sweep is not finished. */
  readonly factor: number | undefined;
  readonly sweep: readonly RunResult[];
  /** At the chosen rate, in the order of the seeds; some may be missing where the comparison was stopped. */
  readonly seeds: readonly RunResult[];
  /** Absent: the step was not timed on its own. */
  readonly time?: StepTime;
}

export interface Progress {
  /** A run is about to start, the `index`-th of `total` from 1. */
  onRun(spec: RunSpec, index: number, total: number): void;
  onStep(step: number, steps: number): void;
  onResult(result: RunResult, isNew: boolean): void;
}

/** Steps of each contestant's runs where the budget is in seconds: measured once, kept by contestant and task. */
export type StepCounts = Map<string, number>;

interface Work {
  readonly comparison: Comparison;
  readonly lab: Lab;
  readonly store: ResultStore;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly steps: StepCounts;
  readonly total: number;
  done: number;
}

/** `mine`: the contestants of the comparison that this process runs. @throws the signal's reason where it fires. */
export async function runComparison(
  comparison: Comparison,
  mine: readonly Contestant[],
  lab: Lab,
  store: ResultStore,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const total = mine.reduce((n, contestant) => n + runCount(comparison, contestant), 0);
  const work: Work = { comparison, lab, store, progress, signal, steps: new Map(), total, done: 0 };
  for (const contestant of mine)
    for (const task of modelsOf(comparison, contestant)) await runModel(work, contestant, task);
}

async function runModel(work: Work, contestant: Contestant, task: string | undefined): Promise<void> {
  const { comparison } = work;
  const sweep: RunResult[] = [];
  for (const spec of sweepRuns(comparison, contestant, task)) sweep.push(await runOnce(work, spec));
  const factor = chooseFactor(sweep);
  if (factor === undefined) {
    work.done += comparison.seeds - 1;
    return;
  }
  // Seed 0 at the chosen rate is one of the sweep's runs.
  for (const spec of seedRuns(comparison, contestant, task, factor).slice(1)) await runOnce(work, spec);
}

async function runOnce(work: Work, spec: RunSpec): Promise<RunResult> {
  const { comparison, lab, store, progress, signal } = work;
  signal.throwIfAborted();
  const name = runName(comparison, spec);
  const known = await store.read(name);
  work.done++;
  if (known) {
    progress.onResult(known, false);
    return known;
  }
  progress.onRun(spec, work.done, work.total);
  const config = runConfig(comparison, spec);
  const steps = await stepsOf(work, spec);
  const training = {
    config: { ...config, training: { ...config.training, steps } },
    contestant: spec.contestant.id,
    task: spec.task ?? null,
    factor: spec.factor,
  };
  const result = await trainRun(lab, name, training, (step) => progress.onStep(step, steps), signal);
  await store.write(name, result);
  progress.onResult(result, true);
  return result;
}

/** The budget's steps; of one in seconds, as many as fit by the step time of this contestant, the same for all its rates and seeds. */
async function stepsOf({ comparison, lab, steps, store, signal }: Work, spec: RunSpec): Promise<number> {
  const { budget } = comparison;
  if ("steps" in budget) return budget.steps;
  const key = `${spec.contestant.id} ${spec.task ?? ""}`;
  const first = await store.read(runName(comparison, sweepRuns(comparison, spec.contestant, spec.task)[0]!));
  const known = first?.config.training.steps ?? steps.get(key);
  if (known !== undefined) return known;
  const ms = await timeStep(lab, runConfig(comparison, spec), signal);
  const fitting = Math.max(1, Math.floor((1000 * budget.seconds) / ms));
  steps.set(key, fitting);
  return fitting;
}

/** The name under which the time of a model's step is kept. */
const timeName = (comparison: Comparison, contestant: Contestant, task: string | undefined): string =>
  runName(comparison, sweepRuns(comparison, contestant, task)[0]!);

/** Times a training step of every model whose time the store lacks, one after the other: meant for a machine that does nothing else. */
export async function timeComparison(
  comparison: Comparison,
  lab: Lab,
  store: ResultStore,
  onTime: (contestant: Contestant, stepMs: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const contestant of comparison.contestants)
    for (const task of modelsOf(comparison, contestant)) {
      const name = timeName(comparison, contestant, task);
      if (await store.readTime(name)) continue;
      const spec = sweepRuns(comparison, contestant, task)[0]!;
      const stepMs = await timeStep(lab, runConfig(comparison, spec), signal);
      await store.writeTime(name, { format: 1, stepMs, device: lab.executor.description });
      onTime(contestant, stepMs);
    }
}

/** What the store holds of a contestant, without running anything. */
export async function gather(
  comparison: Comparison,
  contestant: Contestant,
  store: ResultStore,
): Promise<readonly ModelRuns[]> {
  const readAll = async (specs: readonly RunSpec[]): Promise<RunResult[]> => {
    const found = await Promise.all(specs.map((spec) => store.read(runName(comparison, spec))));
    return found.filter((result) => result !== undefined);
  };
  return Promise.all(
    modelsOf(comparison, contestant).map(async (task) => {
      const specs = sweepRuns(comparison, contestant, task);
      const sweep = await readAll(specs);
      const factor = sweep.length === specs.length ? chooseFactor(sweep) : undefined;
      const seeds = factor === undefined ? [] : await readAll(seedRuns(comparison, contestant, task, factor));
      const time = await store.readTime(timeName(comparison, contestant, task));
      return { ...(task === undefined ? {} : { task }), ...(time ? { time } : {}), factor, sweep, seeds };
    }),
  );
}
