/** Trains one model of a comparison, as every run trains, from its configuration to its result. */
import type { ExecutorInfo } from "../../../contracts/catalogue";
import type { RunId } from "../../../contracts/run";
import type { RunConfig } from "../../../contracts/runConfig";
import type { EventOfRun } from "../../../contracts/runEvent";
import type { Executor } from "../../../core/exec/executor";
import { accounting } from "../../../core/model/accounting";
import { NO_AUGMENTATION } from "../../../data/augment/draw";
import { type Batches, createBatches } from "../../../data/batches";
import type { Platform } from "../../platform/platform";
import { predictionPictures } from "../../products/pictures/pictures";
import { RunRecord } from "../../run/artefacts";
import { constantScores, type MetricsByTask } from "../../run/evaluation";
import { Group } from "../../run/group";
import { LiveRun } from "../../run/liveRun";
import { prepareRun } from "../../run/prepare/prepare";
import type { PreparedRun } from "../../run/prepare/preparedRun";
import type { Recorder } from "../../run/record/recorder";
import type { StepEvent } from "../../run/record/stepColumns";
import type { Workers } from "../../workers/workers";
import type { RunResult } from "./result";
import { median } from "./stats";
import type { Views } from "./views";

/** What all runs of a comparison share. */
export interface Lab {
  readonly platform: Platform;
  readonly workers: Workers;
  readonly executor: Executor;
  readonly info: ExecutorInfo;
  readonly views: Views;
  /** Resident bytes of the process now. */
  memory(): number;
  /** Writes the record of a run; absent: no records are kept. */
  recorder?(run: RunId): Recorder;
  /** Baselines (metrics of constant predictions) by the tasks' ids: they depend on the data alone. */
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

const prepare = ({ views, executor, ...host }: Lab, config: RunConfig, signal: AbortSignal): Promise<PreparedRun> => {
  const request = { config: wholeView(config), source: views.reported, inputs: {}, executor };
  return prepareRun(request, host, () => {}, signal);
};

/** A run at work, which is recorded and told step by step. */
async function open(
  lab: Lab,
  run: RunId,
  config: RunConfig,
  onStep: (step: number) => void,
  signal: AbortSignal,
): Promise<LiveRun> {
  const prepared = await prepare(lab, config, signal);
  const [recorder, record] = [lab.recorder?.(run), new RunRecord()];
  const tell = (event: EventOfRun): void => {
    record.add(event);
    recorder?.add(event.type === "prepared" ? { ...event, config } : event);
    if (event.type === "step") onStep(event.step);
    if (event.type === "state" && event.state === "evaluating") signal.throwIfAborted();
  };
  tell({ type: "created", run, config, name: "", note: "", created: Date.now() });
  const live = new LiveRun({
    ...{ run, prepared, info: lab.info, record, tell },
    inputs: { data: null, weights: null },
    baseline: await constantOf(lab, prepared),
    keepEvery: () => null,
    draw: (shown) => predictionPictures(prepared.parts, shown),
    wantsWarps: (step) => recorder?.wantsWarps(step) ?? false,
    log: () => {},
    now: () => lab.platform.now(),
    onDispose: async () => recorder?.flush(true),
  });
  live.tellPrepared();
  return live;
}

/** Trains to the last step, or until `signal` fires; does not measure before the first. Returns why it failed. */
async function drive(live: LiveRun, signal: AbortSignal): Promise<Error | undefined> {
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure = error;
  };
  const group = new Group({ members: [live], from: { done: 0, evaluatedAt: 0 }, fail });
  const stop = (): void => void group.loop.pause();
  signal.addEventListener("abort", stop);
  if (!signal.aborted) await group.loop.start();
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  return failure;
}

const stepsOf = ({ parts }: LiveRun): readonly StepEvent[] =>
  parts.record.history().filter((event): event is StepEvent => event.type === "step");

/** @throws the signal's reason where it fires; no result is kept then. */
export async function trainRun(
  lab: Lab,
  run: RunId,
  { config, ...what }: Training,
  onStep: (step: number) => void,
  signal: AbortSignal,
): Promise<RunResult> {
  let peakBytes = 0;
  const heard = (step: number): void => {
    peakBytes = Math.max(peakBytes, lab.memory());
    onStep(step);
  };
  const live = await open(lab, run, config, heard, signal);
  try {
    const failure = await drive(live, signal);
    // Its last step trained nothing, for its loss was not a number.
    const diverged = failure !== undefined && stepsOf(live).at(-1)?.skipped === true;
    if (failure && !diverged) throw failure;
    const measured = diverged ? { reported: {}, choosing: {} } : await measuredOf(lab, live, signal);
    return { format: 1, ...what, config, diverged, ...measured, ...factsOf(live), peakBytes };
  } finally {
    await live.dispose();
  }
}

/** On the images that the tables report, after the last step, and on those that rates are chosen on. */
async function measuredOf({ views }: Lab, { prepared, parts }: LiveRun, signal: AbortSignal) {
  const { metrics } = await prepared.evaluate(() => signal.throwIfAborted(), choosingBatches(views, prepared));
  return { reported: parts.record.measured().at(-1)!.metrics, choosing: metrics };
}

function factsOf(live: LiveRun) {
  const { model, executor } = live.prepared.parts;
  const { trainedBackbone, trainedDecoders } = accounting(model.layout);
  const steps = stepsOf(live);
  return {
    tasks: model.tasks.map(({ id, task }) => ({ id, label: task.label, measure: task.metric.measures[0] })),
    constant: live.parts.baseline,
    parameters: live.prepared.parameterCounts(),
    trained: { backbone: trainedBackbone, decoders: trainedDecoders },
    totals: steps.flatMap(({ total }) => (Number.isFinite(total) ? [Number(total.toPrecision(6))] : [])),
    stepMs: warmMedian(steps.map(({ stepMs }) => stepMs)),
    device: executor.description,
  };
}

function constantOf({ constants }: Lab, { parts }: PreparedRun): Promise<MetricsByTask> {
  const key = parts.config.tasks.join(" ");
  const known = constants.get(key) ?? constantScores(parts.batches, parts.model.tasks);
  constants.set(key, known);
  return known;
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

/** Milliseconds of one training step of a configuration: what a budget in seconds is divided by. Nothing of it is recorded. */
export async function timeStep(lab: Lab, config: RunConfig, signal: AbortSignal): Promise<number> {
  const steps = COLD_STEPS + TIMED_STEPS;
  const run = await prepare(lab, { ...config, training: { ...config.training, steps } }, signal);
  try {
    const stepMs: number[] = [];
    for (let index = 0; index < steps; index++) {
      signal.throwIfAborted();
      const started = lab.platform.now();
      await run.step(index, false);
      stepMs.push(lab.platform.now() - started);
    }
    return warmMedian(stepMs);
  } finally {
    await run.dispose();
  }
}
