/** Trains one model of a comparison from its configuration to its result. */
import type { RunConfig } from "../../../contracts/runConfig";
import type { Executor } from "../../../core/exec/executor";
import { accounting } from "../../../core/model/accounting";
import { NO_AUGMENTATION } from "../../../data/augment/draw";
import { type Batches, createBatches } from "../../../data/batches";
import { nextTask } from "../../platform/nextTask";
import type { Platform } from "../../platform/platform";
import { constantScores, type MetricsByTask } from "../../run/evaluation";
import { prepareRun } from "../../run/prepare/prepare";
import type { PreparedRun } from "../../run/prepare/preparedRun";
import type { Workers } from "../../workers/workers";
import type { RunResult } from "./result";
import { median } from "./stats";
import type { Views } from "./views";

/** What all runs of a comparison share. */
export interface Lab {
  readonly platform: Platform;
  readonly workers: Workers;
  readonly executor: Executor;
  readonly views: Views;
  /** Resident bytes of the process now. */
  memory(): number;
  /** What constant answers score, by the tasks' ids: it depends on the data alone. */
  readonly constants: Map<string, Promise<MetricsByTask>>;
}

export interface Training {
  readonly config: RunConfig;
  readonly contestant: string;
  readonly task: string | null;
  readonly factor: number;
}

/** The first steps find caches cold. */
const COLD_STEPS = 5;

const warmMedian = (stepMs: readonly number[]): number =>
  median(stepMs.length > COLD_STEPS ? stepMs.slice(COLD_STEPS) : stepMs);

/** The views hold just the images that count, so no subset is drawn from them. */
const wholeView = (config: RunConfig): RunConfig => ({ ...config, data: { ...config.data, train: 0, val: 0 } });

const prepare = (lab: Lab, config: RunConfig, signal: AbortSignal): Promise<PreparedRun> => {
  const { views, executor } = lab;
  const request = { config: wholeView(config), source: views.reported, inputs: {}, executor };
  return prepareRun(request, lab, () => {}, signal);
};

/** @throws the signal's reason where it fires; nothing of the run is kept then. */
export async function trainRun(
  lab: Lab,
  { config, ...what }: Training,
  onStep: (step: number) => void,
  signal: AbortSignal,
): Promise<RunResult> {
  const run = await prepare(lab, config, signal);
  try {
    const { totals, diverged, stepMs, peakBytes } = await takeSteps(lab, run, onStep, signal);
    const measure = async (batches: Batches) =>
      diverged ? {} : (await run.evaluate(() => signal.throwIfAborted(), batches)).metrics;
    const { batches, model } = run.parts;
    const { trainedBackbone, trainedDecoders } = accounting(model.layout);
    return {
      format: 1,
      ...what,
      config,
      tasks: model.tasks.map(({ id, task }) => ({ id, label: task.label, measure: task.metric.measures[0] })),
      diverged,
      reported: await measure(batches),
      choosing: await measure(choosingBatches(lab.views, run)),
      constant: await constantOf(lab, run),
      parameters: run.parameterCounts(),
      trained: { backbone: trainedBackbone, decoders: trainedDecoders },
      totals: totals.filter(Number.isFinite).map((total) => Number(total.toPrecision(6))),
      stepMs: warmMedian(stepMs),
      peakBytes,
      device: lab.executor.description,
    };
  } finally {
    await run.dispose();
  }
}

function constantOf({ constants }: Lab, { parts }: PreparedRun): Promise<MetricsByTask> {
  const key = parts.config.tasks.join(" ");
  const known = constants.get(key) ?? constantScores(parts.batches, parts.model.tasks);
  constants.set(key, known);
  return known;
}

async function takeSteps(lab: Lab, run: PreparedRun, onStep: (step: number) => void, signal: AbortSignal) {
  const totals: number[] = [];
  const stepMs: number[] = [];
  let [peakBytes, diverged] = [0, false];
  for (let index = 0; !diverged && index < run.parts.config.training.steps; index++) {
    signal.throwIfAborted();
    const started = lab.platform.now();
    const { total, skipped } = await run.step(index, false);
    stepMs.push(lab.platform.now() - started);
    totals.push(total);
    peakBytes = Math.max(peakBytes, lab.memory());
    onStep(index + 1);
    diverged = skipped === true;
    await nextTask();
  }
  return { totals, diverged, stepMs, peakBytes };
}

function choosingBatches({ choosing }: Views, { parts }: PreparedRun): Batches {
  const { config, model } = parts;
  return createBatches(choosing, {
    batchSize: config.training.batchSize,
    imageSize: model.imageSize,
    seed: config.training.seed,
    tasks: config.tasks,
    augment: NO_AUGMENTATION,
    normalisation: config.input.normalisation,
  });
}

const TIMED_STEPS = 12;

/** Milliseconds of one training step of a configuration: what a budget in seconds is divided by. */
export async function timeStep(lab: Lab, config: RunConfig, signal: AbortSignal): Promise<number> {
  const steps = COLD_STEPS + TIMED_STEPS;
  const run = await prepare(lab, { ...config, training: { ...config.training, steps } }, signal);
  try {
    return warmMedian((await takeSteps(lab, run, () => {}, signal)).stepMs);
  } finally {
    await run.dispose();
  }
}
