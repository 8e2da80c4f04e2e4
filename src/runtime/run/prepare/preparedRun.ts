/**
 * A run that is ready to train: model, weights, plans, data. It takes steps, measures, shows, saves and starts over; when to do which
 * is the session's to say.
 */

import { type Change, withChange } from "../../../contracts/changes";
import { parseRunConfig, type RunConfig } from "../../../contracts/runConfig";
import type { ParameterGroup as GroupCount, RunEvent, SiteInfo } from "../../../contracts/runEvent";
import type { Batch } from "../../../contracts/sample";
import type { UpdateAnalysis } from "../../../contracts/updateAnalysis";
import type { RunState } from "../../../core/checkpoint/runState";
import { DeviceError } from "../../../core/exec/executor";
import { sizeOf } from "../../../core/graph/node";
import { groupEntries } from "../../../core/model/accounting";
import { gradientCosines } from "../../../core/model/gradientCosines";
import { outputs } from "../../../core/model/graphs";
import { GRADIENT_NORM, SKIPPED, THETA } from "../../../core/model/optimiser";
import { PARAMETERS } from "../../../core/nn/forward";
import type { Batches } from "../../../data/batches";
import type { SvdPool } from "../../workers/svd/svdPool";
import { evaluateAll, type MetricsByTask } from "../evaluation";
import { measureUpdates } from "../updateAnalysis";
import type { RunParts } from "./runParts";
import { RunStates } from "./runStates";
import { StepFeeds } from "./stepFeeds";
import { taskGradients } from "./taskGradients";
import { thetaSlot, warpSites } from "./warps";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

/** Predictions on the first `rows` samples of a batch; logits: [rows,S,S,c] a task. */
export interface Shown {
  readonly batch: Batch;
  readonly rows: number;
  readonly logits: Logits;
}

type Logits = Readonly<Record<string, Float32Array>>;

const SHOWN_SAMPLES = 6;

/** Holds copies of what is shown, not whole batches of logits. */
class FirstSamples {
  readonly found: Shown[] = [];
  wanted = SHOWN_SAMPLES;

  add(batch: Batch, logits: Logits): void {
    const rows = Math.min(this.wanted, batch.ids.length);
    if (rows === 0) return;
    this.wanted -= rows;
    const first = (data: Float32Array): Float32Array => data.slice(0, (data.length / batch.size) * rows);
    const entries = Object.entries(logits).map(([task, data]) => [task, first(data)] as const);
    this.found.push({ batch, rows, logits: Object.fromEntries(entries) });
  }
}

export class PreparedRun {
  readonly stepsPerEpoch: number;
  private current: RunConfig;
  private readonly feeds: StepFeeds;
  private readonly kept: RunStates;
  /** The tail of what was issued: steps are issued one after the other though their results come back later. */
  private issued: Promise<unknown> = Promise.resolve();
  /** A step was skipped, and the device skips every other until it is told not to. */
  private held = false;

  constructor(readonly parts: RunParts) {
    this.current = parts.config;
    this.feeds = new StepFeeds(parts, () => this.current);
    this.kept = new RunStates(parts);
    this.stepsPerEpoch = parts.batches.stepsPerEpoch / parts.config.training.accumulate;
  }

  /** With all changes so far. */
  get config(): RunConfig {
    return this.current;
  }

  /** A field feeds the steps from `change.step` on. @throws where the field cannot change in mid-run, or its value is none of its. */
  change(change: Change): void {
    this.current = parseRunConfig(withChange(this.current, change));
  }

  /** Parameters, moments and statistics as they were before the first step; `config` differs in live fields alone. */
  reset(config = this.current): void {
    this.current = config;
    this.kept.reset();
  }

  /** What the next step depends on; no step may be in flight. The gradient is not part of it: every step begins it anew. */
  states(): Promise<ReadonlyMap<string, Float32Array>> {
    return this.kept.read();
  }

  /** @throws where a checkpoint belongs to another base, to other data, or to another model. */
  restore(state: Pick<RunState, "states" | "baseHash" | "images">): void {
    this.kept.restore(state);
  }

  /**
   * One optimiser step, 0-based. Calls take effect in order; each resolves when its numbers are back. Where one cannot be issued, those that
   * were called behind it fail too, so that none is left out.
   */
  step(
    index: number,
    withTheta: boolean,
  ): Promise<Omit<EventOf<"step">, "type" | "run" | "stepMs"> & { readonly theta?: Float32Array }> {
    const issue = this.issued.then(() => this.issueStep(index, withTheta));
    this.issued = issue;
    issue.catch(() => {
      if (this.issued === issue) this.issued = Promise.resolve();
    });
    return issue.then((results) => results());
  }

  private async issueStep(index: number, withTheta: boolean) {
    const { config, plans, batches, model } = this.parts;
    const { accumulate } = config.training;
    if (this.held) this.kept.release();
    this.held = false;
    const pending: Promise<Readonly<Record<string, Float32Array>>>[] = [];
    for (let micro = 0; micro < accumulate; micro++) {
      const position = index * accumulate + micro;
      const batch = await batches.trainBatch(position);
      pending.push(onDevice(plans.train.run(this.feeds.train(batch, position, micro))));
    }
    const hasTheta = thetaSlot(model)?.trainable === true;
    const wanted = [GRADIENT_NORM, SKIPPED, ...(withTheta && hasTheta ? [THETA] : [])];
    const applied = onDevice(plans.apply.run(this.feeds.apply(index), wanted));
    return async () => {
      const [found, apply] = await Promise.all([Promise.all(pending), applied]);
      const mean = (name: string): number => found.reduce((sum, f) => sum + f[name]![0]!, 0) / found.length;
      const losses = model.tasks.map(({ id }) => [id, mean(outputs.loss(id))] as const);
      const notFinite = losses.flatMap(([id, loss]) => (Number.isFinite(loss) ? [] : [id]));
      const skipped = apply[SKIPPED]![0] === 1;
      this.held ||= skipped && config.training.onNonFinite === "stop";
      const theta = apply[THETA];
      return {
        step: index + 1,
        epoch: (index + 1) / this.stepsPerEpoch,
        losses: Object.fromEntries(losses),
        total: mean(outputs.total),
        gradientNorm: apply[GRADIENT_NORM]![0]!,
        ...(skipped ? { skipped, notFinite } : {}),
        learningRates: this.feeds.rates(index),
        ...(theta ? { theta } : {}),
      };
    };
  }

  /** [B,S,S,c] a task. */
  readonly predict = async (batch: Batch): Promise<Logits> => {
    const { plans, model } = this.parts;
    const found = await plans.evaluate.run(this.feeds.evaluate(batch));
    return Object.fromEntries(model.tasks.map(({ id }) => [id, found[outputs.logits(id)]!]));
  };

  /** Metrics over all validation images, of other data where given, and predictions on the first ones. */
  async evaluate(
    onProgress: (fraction: number) => void,
    batches: Batches = this.parts.batches,
  ): Promise<{ metrics: MetricsByTask; images: number; shown: readonly Shown[] }> {
    const shown = new FirstSamples();
    const count = batches.evalSteps("val");
    const metrics = await evaluateAll(batches, this.parts.model.tasks, this.predict, (batch, logits, index) => {
      shown.add(batch, logits);
      onProgress((index + 1) / count);
    });
    return { metrics, images: batches.size.val, shown: shown.found };
  }

  /** Predictions on the first validation images, for looking at while training goes on: the same ones that an evaluation shows. */
  async predictions(): Promise<readonly Shown[]> {
    const { batches } = this.parts;
    const shown = new FirstSamples();
    for (let step = 0; shown.wanted > 0 && step < batches.evalSteps("val"); step++) {
      const batch = await batches.evalBatch("val", step);
      shown.add(batch, await this.predict(batch));
    }
    return shown.found;
  }

  /** Flat theta of all warps; empty where the method has none. */
  async theta(): Promise<Float32Array> {
    const slot = thetaSlot(this.parts.model);
    if (!slot) return new Float32Array(0);
    const parameters = await this.parts.executor.readState(PARAMETERS);
    return parameters.slice(slot.offset, slot.offset + sizeOf(slot.shape));
  }

  sites(): readonly SiteInfo[] {
    return warpSites(this.parts.model, this.parts.weights);
  }

  parameterCounts(): readonly GroupCount[] {
    return groupEntries(this.parts.model.layout);
  }

  /** Brings `parts.weights` to what the executor has: parameters and running statistics. No step may be in flight. */
  readBack(): Promise<void> {
    return this.kept.readBack();
  }

  /** What the steps so far did to the weights, and how the tasks' gradients lie to each other on the first training batch. */
  async updateAnalysis(step: number, pool: SvdPool): Promise<UpdateAnalysis> {
    const { executor, model, weights, batches } = this.parts;
    weights.trainable.set(await executor.readState(PARAMETERS));
    const updates = await measureUpdates(model, weights, (site) => this.startingWeight(`${site.name}.weight`), pool);
    const feeds = this.feeds.train(await batches.trainBatch(0), 0, 0);
    const cosines = gradientCosines(model, await taskGradients(this.parts, feeds));
    return { step, tasks: model.tasks.map(({ id }) => id), ...updates, cosines };
  }

  /** A parameter as it was before anything was trained: before the first step, and before the adapter that the run starts from. */
  startingWeight(name: string): Float32Array {
    return this.kept.startingWeight(name);
  }

  memoryBytes(): number {
    return this.parts.executor.memory().bytes;
  }

  dispatches(): number {
    return this.parts.plans.train.cost.dispatches + this.parts.plans.apply.cost.dispatches;
  }

  async dispose(): Promise<void> {
    await this.issued.catch(() => {});
    for (const plan of Object.values(this.parts.plans)) plan.dispose();
  }
}

/**
 * A plan that fails within a step leaves states that belong to no step, whatever the executor. Whoever asks hears it; that nobody has asked
 * yet must not end the program.
 */
function onDevice<T>(work: Promise<T>): Promise<T> {
  const told = work.catch((error: Error) => {
    throw error instanceof DeviceError ? error : new DeviceError(error.message, { cause: error });
  });
  told.catch(() => {});
  return told;
}
