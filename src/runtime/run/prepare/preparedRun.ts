/**
 * A run that is ready to train: model, weights, plans, data. It takes steps, measures, shows, saves and starts over; when to do which
 * is the session's to say.
 */

import { normalisations } from "../../../contracts/normalisation";
import type { ParameterGroup as GroupCount, RunEvent, SiteInfo } from "../../../contracts/runEvent";
import type { Batch } from "../../../contracts/sample";
import type { UpdateAnalysis } from "../../../contracts/updateAnalysis";
import type { RunState } from "../../../core/checkpoint/runState";
import { sizeOf } from "../../../core/graph/node";
import { groupEntries } from "../../../core/model/accounting";
import { gradientCosines } from "../../../core/model/gradientCosines";
import { outputs } from "../../../core/model/graphs";
import { GRADIENT_NORM, THETA } from "../../../core/model/optimiser";
import { PARAMETERS } from "../../../core/nn/forward";
import type { Batches } from "../../../data/batches";
import { samplePictures } from "../../products/pictures/pictures";
import type { SvdPool } from "../../workers/svd/svdPool";
import { evaluateAll, type MetricsByTask } from "../evaluation";
import { measureUpdates } from "../updateAnalysis";
import type { RunParts } from "./runParts";
import { RunStates } from "./runStates";
import { StepFeeds } from "./stepFeeds";
import { taskGradients } from "./taskGradients";
import { thetaSlot, warpSites } from "./warps";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

const SHOWN_SAMPLES = 6;

export class PreparedRun {
  readonly stepsPerEpoch: number;
  private readonly feeds: StepFeeds;
  private readonly kept: RunStates;
  /** The tail of what was issued: steps are issued one after the other though their results come back later. */
  private issued: Promise<unknown> = Promise.resolve();

  constructor(readonly parts: RunParts) {
    this.feeds = new StepFeeds(parts);
    this.kept = new RunStates(parts);
    this.stepsPerEpoch = parts.batches.stepsPerEpoch / parts.config.training.accumulate;
  }

  /** Parameters, moments and statistics as they were before the first step. */
  reset(): void {
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

  /** One optimiser step, 0-based. Calls take effect in order; each resolves when its numbers are back. */
  step(
    index: number,
    withTheta: boolean,
  ): Promise<Omit<EventOf<"step">, "type" | "stepMs"> & { readonly theta?: Float32Array }> {
    const issue = this.issued.then(() => this.issueStep(index, withTheta));
    this.issued = issue.catch(() => {});
    return issue.then((results) => results());
  }

  private async issueStep(index: number, withTheta: boolean) {
    const { config, plans, batches, model } = this.parts;
    const { accumulate } = config.training;
    const pending: Promise<Readonly<Record<string, Float32Array>>>[] = [];
    for (let micro = 0; micro < accumulate; micro++) {
      const position = index * accumulate + micro;
      const batch = await batches.trainBatch(position);
      pending.push(plans.train.run(this.feeds.train(batch, position, micro)));
    }
    const hasTheta = thetaSlot(model)?.trainable === true;
    const applied = plans.apply.run(this.feeds.apply(index), [
      GRADIENT_NORM,
      ...(withTheta && hasTheta ? [THETA] : []),
    ]);
    return async () => {
      const [found, apply] = await Promise.all([Promise.all(pending), applied]);
      const mean = (name: string): number => found.reduce((sum, f) => sum + f[name]![0]!, 0) / found.length;
      const theta = apply[THETA];
      return {
        step: index + 1,
        epoch: (index + 1) / this.stepsPerEpoch,
        losses: Object.fromEntries(model.tasks.map(({ id }) => [id, mean(outputs.loss(id))])),
        total: mean(outputs.total),
        gradientNorm: apply[GRADIENT_NORM]![0]!,
        learningRates: this.feeds.rates(index),
        ...(theta ? { theta } : {}),
      };
    };
  }

  /** [B,S,S,c] a task. */
  readonly predict = async (batch: Batch): Promise<Readonly<Record<string, Float32Array>>> => {
    const { plans, model } = this.parts;
    const found = await plans.evaluate.run(this.feeds.evaluate(batch));
    return Object.fromEntries(model.tasks.map(({ id }) => [id, found[outputs.logits(id)]!]));
  };

  /** Metrics over all validation images, of other data where given, and pictures of the first ones. */
  async evaluate(
    onProgress: (fraction: number) => void,
    batches: Batches = this.parts.batches,
  ): Promise<{ metrics: MetricsByTask; images: number; samples: EventOf<"predictions">["samples"] }> {
    const { config, model, source } = this.parts;
    const colours = normalisations[config.input.normalisation];
    let samples: EventOf<"predictions">["samples"] = [];
    const count = batches.evalSteps("val");
    const metrics = await evaluateAll(batches, model.tasks, this.predict, (batch, logits, index) => {
      const wanted = SHOWN_SAMPLES - samples.length;
      if (wanted > 0) samples = [...samples, ...samplePictures(batch, logits, model.tasks, source, wanted, colours)];
      onProgress((index + 1) / count);
    });
    return { metrics, images: batches.size.val, samples };
  }

  /** Predictions on the first validation images, for looking at while training goes on: the same ones that an evaluation shows. */
  async predictions(): Promise<EventOf<"predictions">["samples"]> {
    const { config, batches, model, source } = this.parts;
    const colours = normalisations[config.input.normalisation];
    let samples: EventOf<"predictions">["samples"] = [];
    for (let step = 0; samples.length < SHOWN_SAMPLES && step < batches.evalSteps("val"); step++) {
      const batch = await batches.evalBatch("val", step);
      const shown = SHOWN_SAMPLES - samples.length;
      samples = [...samples, ...samplePictures(batch, await this.predict(batch), model.tasks, source, shown, colours)];
    }
    return samples;
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
    await this.issued;
    for (const plan of Object.values(this.parts.plans)) plan.dispose();
  }
}
