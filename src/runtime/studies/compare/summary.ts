/**
 * From the results of a comparison to its rows: each task's primary number and Δm over the seeds, what trains, time and memory. A row is
 * there only where all its seeds are; a function of the results alone.
 */

import { type Contestant, REFERENCE } from "../../products/catalogue/contestants";
import { gain, primary } from "./choose";
import type { ModelRuns } from "./driver";
import { type Pair, pairs } from "./pairs";
import type { Comparison } from "./plan";
import type { MeasuredTask, RunResult } from "./result";
import { mean, median, type Spread, spread } from "./stats";

export interface Row {
  readonly id: string;
  readonly label: string;
  readonly note: string;
  /** The chosen factor of each model, by task where there are several, and the peak rates that it made. */
  readonly models: readonly {
    readonly task: string | null;
    readonly factor: number;
    /** Whether it is the smallest or largest of several that were tried: a better one may lie beyond. */
    readonly atEdge: boolean;
    readonly adapterRate: number;
    readonly backboneRate: number;
    readonly steps: number;
  }[];
  readonly tasks: readonly { readonly id: string; readonly score: Spread }[];
  /** Percent, against the reference's means; null where that is not there. */
  readonly deltaM: Spread | null;
  readonly trainedBackbone: number;
  readonly trainedDecoders: number;
  /** Of one step; of all models one after the other where there are several. */
  readonly stepMs: number;
  /** Whether each was timed on its own; otherwise it is the median of the runs, which may have shared the machine. */
  readonly timed: boolean;
  /** Planned memory of a step on WebGPU, of the largest model. */
  readonly stepBytes: number;
}

export interface PairRow extends Pair {
  /** Δm of the first less Δm of the second, seed by seed. */
  readonly difference: Spread;
}

export interface Summary {
  readonly tasks: readonly MeasuredTask[];
  /** Baselines: the metric of a constant prediction, by task. */
  readonly constant: Readonly<Record<string, number>>;
  readonly rows: readonly Row[];
  readonly pairs: readonly PairRow[];
  /** Contestants without a row, and why. */
  readonly missing: readonly { readonly id: string; readonly label: string; readonly reason: string }[];
  readonly device: string;
}

/** A contestant's models with their results. */
export interface Gathered {
  readonly contestant: Contestant;
  readonly models: readonly ModelRuns[];
  /** Planned bytes of one step of its largest model. */
  readonly stepBytes: number;
}

/** Why a contestant has no row yet; undefined where it has all its runs. */
function lacking({ seeds }: Comparison, { models }: Gathered): string | undefined {
  if (models.some(({ sweep }) => sweep.length === 0)) return "no run yet";
  if (models.some(({ sweep }) => sweep.every(({ diverged }) => diverged))) return "every rate of a sweep diverged";
  if (models.some(({ factor, seeds: own }) => factor === undefined || own.length < seeds)) return "runs are missing";
  const diverged = models.flatMap((model) => model.seeds).filter((result) => result.diverged).length;
  return diverged > 0 ? `${diverged} of its runs diverged at the chosen rate` : undefined;
}

/** A task's numbers, one a seed. */
const scoresOf = (models: readonly ModelRuns[], task: MeasuredTask): number[] =>
  models
    .filter((model) => model.task === undefined || model.task === task.id)
    .flatMap(({ seeds }) => seeds.flatMap(({ reported }) => primary(reported, task) ?? []));

function rowOf(gathered: Gathered, tasks: readonly MeasuredTask[], reference: ReadonlyMap<string, number> | null): Row {
  const { contestant, models, stepBytes } = gathered;
  const seeds = models[0]!.seeds.length;
  const scores = new Map(tasks.map((task) => [task.id, scoresOf(models, task)]));
  const gains = Array.from({ length: seeds }, (_, seed) => {
    const metrics = Object.fromEntries(tasks.map(({ id, measure }) => [id, { [measure.key]: scores.get(id)![seed]! }]));
    return reference ? gain(tasks, metrics, ({ id }) => reference.get(id)) : undefined;
  });
  const known = gains.filter((value) => value !== undefined);
  const trained = (part: "backbone" | "decoders"): number =>
    models.reduce((sum, model) => sum + model.seeds[0]!.trained[part], 0);
  return {
    id: contestant.id,
    label: contestant.label,
    note: contestant.note,
    models: models.map(modelOf),
    tasks: tasks.map(({ id }) => ({ id, score: spread(scores.get(id)!) })),
    deltaM: known.length === seeds ? spread(known) : null,
    trainedBackbone: trained("backbone"),
    trainedDecoders: trained("decoders"),
    stepMs: models.reduce((sum, { seeds: own, time }) => sum + (time?.stepMs ?? median(own.map((r) => r.stepMs))), 0),
    timed: models.every(({ time }) => time !== undefined),
    stepBytes,
  };
}

function modelOf({ task, factor, sweep, seeds }: ModelRuns): Row["models"][number] {
  const tried = sweep.map((result) => result.factor);
  const { learningRate, steps } = seeds[0]!.config.training;
  return {
    task: task ?? null,
    factor: factor!,
    atEdge: tried.length > 1 && (factor === Math.min(...tried) || factor === Math.max(...tried)),
    adapterRate: learningRate.method,
    backboneRate: learningRate.backbone,
    steps,
  };
}

/** Means of the reference's scores by task; null where it has no row or lacks a task. */
function referenceMeans(reference: Gathered | undefined, tasks: readonly MeasuredTask[]) {
  if (!reference) return null;
  return new Map(tasks.map((task) => [task.id, mean(scoresOf(reference.models, task))]));
}

export function summarise(comparison: Comparison, all: readonly Gathered[]): Summary {
  const complete = all.filter((gathered) => lacking(comparison, gathered) === undefined);
  const results: readonly RunResult[] = complete.flatMap(({ models }) => models.flatMap(({ seeds }) => seeds));
  const tasks = comparison.base.tasks.flatMap((id) => {
    const found = results.flatMap((result) => result.tasks).find((task) => task.id === id);
    return found ? [found] : [];
  });
  const reference = referenceMeans(
    complete.find(({ contestant }) => contestant.id === REFERENCE),
    tasks,
  );
  const rows = complete.map((gathered) => rowOf(gathered, tasks, reference));
  const constant = tasks.flatMap((task) => {
    const value = results.map((result) => primary(result.constant, task)).find((v) => v !== undefined);
    return value === undefined ? [] : [[task.id, value] as const];
  });
  return {
    tasks,
    constant: Object.fromEntries(constant),
    rows,
    pairs: pairRows(rows),
    missing: all.flatMap((gathered) => {
      const reason = lacking(comparison, gathered);
      const { id, label } = gathered.contestant;
      return reason === undefined ? [] : [{ id, label, reason }];
    }),
    device: [...new Set(results.map(({ device }) => device))].join("; "),
  };
}

function pairRows(rows: readonly Row[]): readonly PairRow[] {
  const gains = new Map(rows.flatMap(({ id, deltaM }) => (deltaM ? [[id, deltaM.values] as const] : [])));
  return pairs.flatMap((pair) => {
    const [a, b] = [gains.get(pair.first), gains.get(pair.second)];
    if (!a || !b) return [];
    return [{ ...pair, difference: spread(a.map((value, seed) => value - b[seed]!)) }];
  });
}
