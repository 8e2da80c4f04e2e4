/**
 * A run that is ready to train: model, weights, plans, data. It takes steps, measures, shows, saves and starts over; when to do which
 * is the session's to say.
 */
import type { Evidence } from "../../contracts/evidence";
import { normalisations } from "../../contracts/normalisation";
import type { RunConfig, TaskId } from "../../contracts/runConfig";
import type { ParameterGroup as GroupCount, RunEvent, SiteInfo } from "../../contracts/runEvent";
import type { Batch, DataSource } from "../../contracts/sample";
import { FLOW_TIME } from "../../core/adapters/ditask";
import type { NamePlan } from "../../core/checkpoint/importPlan";
import type { RunState } from "../../core/checkpoint/runState";
import type { Executor, Feeds, Plan } from "../../core/exec/executor";
import { sizeOf } from "../../core/graph/node";
import { random } from "../../core/math/random";
import { groupEntries } from "../../core/model/accounting";
import { gradientCosines } from "../../core/model/gradientCosines";
import { GRADIENT, inputs, outputs } from "../../core/model/graphs";
import type { Model } from "../../core/model/model";
import {
  applyInputs,
  FIRST_MOMENT,
  GRADIENT_NORM,
  optimiserGroups,
  rateGroups,
  SECOND_MOMENT,
  THETA,
} from "../../core/model/optimiser";
import { DROP_PATH, dropPathMasks } from "../../core/nn/dropPath";
import { PARAMETERS } from "../../core/nn/forward";
import type { Weights } from "../../core/nn/weights";
import { cosineSchedule } from "../../core/optim/schedule";
import type { Batches } from "../../data/batches";
import { evaluateAll, type MetricsByTask } from "../evaluation";
import { measureUpdates } from "../evidence";
import { samplePictures } from "../pictures/pictures";
import type { SvdPool } from "../svd/svdPool";

export interface RunParts {
  readonly config: RunConfig;
  readonly source: DataSource;
  readonly batches: Batches;
  readonly model: Model;
  readonly weights: Weights;
  /** Hash of the frozen and starting weights: what an adapter belongs to. */
  readonly baseHash: string;
  readonly executor: Executor;
  readonly plans: { readonly train: Plan; readonly apply: Plan; readonly evaluate: Plan };
  /** Where the user's own file has the backbone's parameters; absent: the backbone is built in. */
  readonly fileNames?: NamePlan;
  /** Of a run that starts from an adapter: [P], the trainable numbers as they were without it, and what is to be said of it. */
  readonly adapted?: { readonly before: Float32Array; readonly notes: readonly string[] };
}

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

const BETAS = [0.9, 0.999] as const;
const SHOWN_SAMPLES = 6;
const NO_CLIPPING = 3e38;

const inputNames = (plan: Plan): ReadonlySet<string> =>
  new Set(plan.graph.nodes.filter((node) => node.op.name === "input").map((node) => String(node.attrs["name"])));

export class PreparedRun {
  readonly stepsPerEpoch: number;
  private readonly schedule: (step: number) => number;
  private readonly groups;
  private readonly trainInputs: ReadonlySet<string>;
  private readonly start: ReadonlyMap<string, Float32Array>;
  /** The tail of what was issued: steps are issued one after the other though their results come back later. */
  private issued: Promise<unknown> = Promise.resolve();

  constructor(readonly parts: RunParts) {
    const { config, model, weights, batches, plans } = parts;
    const { steps, warmupFraction, finalFraction, accumulate } = config.training;
    this.schedule = cosineSchedule({
      steps: Math.max(1, steps),
      warmupSteps: Math.floor(steps * warmupFraction),
      finalFraction,
    });
    this.groups = optimiserGroups(model.layout).groups;
    this.trainInputs = inputNames(plans.train);
    this.stepsPerEpoch = batches.stepsPerEpoch / accumulate;
    const zeros = (): Float32Array => new Float32Array(model.layout.size);
    this.start = new Map([
      [PARAMETERS, weights.trainable.slice()],
      [GRADIENT, zeros()],
      [FIRST_MOMENT, zeros()],
      [SECOND_MOMENT, zeros()],
      ...[...weights.statistics].map(([name, data]) => [name, data.slice()] as const),
    ]);
    this.reset();
  }

  /** Parameters, moments and statistics as they were before the first step. */
  reset(): void {
    for (const [name, data] of this.start) this.parts.executor.writeState(name, data);
  }

  /** What the next step depends on; no step may be in flight. The gradient is not part of it: every step begins it anew. */
  async states(): Promise<ReadonlyMap<string, Float32Array>> {
    const states = new Map<string, Float32Array>();
    for (const name of this.start.keys())
      if (name !== GRADIENT) states.set(name, await this.parts.executor.readState(name));
    return states;
  }

  /** @throws where a checkpoint belongs to another base, to other data, or to another model. */
  restore({ states, baseHash, images }: Pick<RunState, "states" | "baseHash" | "images">): void {
    const { batches, executor, baseHash: own } = this.parts;
    const { train, val } = batches.size;
    if (baseHash !== own)
      throw new Error(`The checkpoint belongs to the starting weights ${baseHash}, but these are ${own}.`);
    if (images.train !== train || images.val !== val)
      throw new Error(
        `The checkpoint was made with ${images.train} training and ${images.val} validation images, but the data has ${train} and ${val}. Open the same data.`,
      );
    for (const [name, data] of this.start) {
      const found = name === GRADIENT ? data : states.get(name);
      if (found?.length !== data.length)
        throw new Error(
          `The checkpoint has ${found?.length ?? 0} numbers of "${name}"; this model needs ${data.length}.`,
        );
    }
    this.reset();
    for (const [name, data] of states) if (this.start.has(name)) executor.writeState(name, data);
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
      pending.push(plans.train.run(this.trainFeeds(batch, position, micro)));
    }
    const hasTheta = model.layout.slots.some((slot) => slot.name === THETA && slot.trainable);
    const applied = plans.apply.run(this.applyFeeds(index), [GRADIENT_NORM, ...(withTheta && hasTheta ? [THETA] : [])]);
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
        learningRates: this.rates(index),
        ...(theta ? { theta } : {}),
      };
    };
  }

  private trainFeeds(batch: Batch, position: number, micro: number): Feeds {
    const { config, model } = this.parts;
    const feeds: Record<string, Float32Array> = {
      [inputs.image]: batch.image,
      [inputs.taskWeights]: Float32Array.from(model.tasks, ({ task }) => task.objective.weight),
      [inputs.accumulate]: Float32Array.of(micro === 0 ? 0 : 1),
    };
    for (const { id } of model.tasks) feeds[inputs.label(id)] = batch.labels[id]!;
    if (this.trainInputs.has(FLOW_TIME)) feeds[FLOW_TIME] = Float32Array.of(1);
    if (this.trainInputs.has(DROP_PATH))
      feeds[DROP_PATH] = dropPathMasks(model.dropPaths, batch.size, random(config.training.seed, "dropPath", position));
    return feeds;
  }

  private rates(index: number): Record<string, number> {
    const peak = this.parts.config.training.learningRate;
    return Object.fromEntries(rateGroups.map((rate) => [rate, peak[rate] * this.schedule(index)]));
  }

  private applyFeeds(index: number): Feeds {
    const { training } = this.parts.config;
    const rates = this.rates(index);
    return {
      [applyInputs.learningRates]: Float32Array.from(this.groups, ({ rate }) => rates[rate]!),
      [applyInputs.biasCorrections]: Float32Array.from(BETAS, (beta) => 1 - beta ** (index + 1)),
      [applyInputs.gradientScale]: Float32Array.of(1 / training.accumulate),
      [applyInputs.clipNorm]: Float32Array.of(training.clipNorm > 0 ? training.clipNorm : NO_CLIPPING),
    };
  }

  /** [B,S,S,c] a task. */
  readonly predict = async (batch: Batch): Promise<Readonly<Record<string, Float32Array>>> => {
    const { plans, model } = this.parts;
    const feeds: Record<string, Float32Array> = { [inputs.image]: batch.image };
    if (inputNames(plans.evaluate).has(FLOW_TIME)) feeds[FLOW_TIME] = Float32Array.of(1);
    const found = await plans.evaluate.run(feeds);
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
    const slot = this.parts.model.layout.slots.find((s) => s.name === THETA);
    if (!slot) return new Float32Array(0);
    const parameters = await this.parts.executor.readState(PARAMETERS);
    return parameters.slice(slot.offset, slot.offset + sizeOf(slot.shape));
  }

  sites(): readonly SiteInfo[] {
    const { model, weights } = this.parts;
    const slot = model.layout.slots.find((s) => s.name === THETA);
    if (!slot || model.adapter.curves.length === 0) return [];
    const thetaAt = new Map(model.layout.parameters.map((p) => [p.name, p.offset - slot.offset]));
    return model.adapter.spectrumSites.flatMap(({ site, parts, rows, cols }) => {
      const { s } = weights.spectra.get(site)!;
      const count = Math.min(rows, cols);
      return Array.from({ length: parts }, (_, part) => ({
        name: site.replace(/^backbone\./, ""),
        part: parts === 3 ? "qkv"[part]! : "",
        shape: [rows, cols] as const,
        sigma: s.slice(part * count, (part + 1) * count),
        reading: model.adapter.curves[0]!.reading,
        boundary: model.adapter.curves[0]!.boundary,
        rows: model.adapter.curves
          .filter((curve) => curve.site.name === site && curve.part === part)
          .map(({ stream, theta, cells }) => ({
            stream: stream as "shared" | TaskId,
            thetaOffset: thetaAt.get(theta)!,
            cells,
            trained: slot.trainable,
          })),
      }));
    });
  }

  parameterCounts(): readonly GroupCount[] {
    return groupEntries(this.parts.model.layout);
  }

  /** Brings `parts.weights` to what the executor has: parameters and running statistics. No step may be in flight. */
  async readBack(): Promise<void> {
    const { executor, weights } = this.parts;
    weights.trainable.set(await executor.readState(PARAMETERS));
    for (const [name, data] of weights.statistics) data.set(await executor.readState(name));
  }

  /** What the steps so far did to the weights, and how the tasks' gradients lie to each other on the first training batch. */
  async evidence(step: number, pool: SvdPool): Promise<Evidence> {
    const { executor, model, weights } = this.parts;
    weights.trainable.set(await executor.readState(PARAMETERS));
    const updates = await measureUpdates(model, weights, (site) => this.startingWeight(`${site.name}.weight`), pool);
    const cosines = gradientCosines(model, await this.taskGradients());
    return { step, tasks: model.tasks.map(({ id }) => id), ...updates, cosines };
  }

  /** A parameter as it was before anything was trained: before the first step, and before the adapter that the run starts from. */
  startingWeight(name: string): Float32Array {
    const { model, weights, adapted } = this.parts;
    const { trainable, offset, shape } = model.layout.parameters.find((p) => p.name === name)!;
    const before = adapted?.before ?? this.start.get(PARAMETERS)!;
    return trainable ? before.subarray(offset, offset + sizeOf(shape)) : weights.get(name);
  }

  /** [P] a task: the gradient of its weighted loss alone. Running statistics are put back; every step starts its gradient anew. */
  private async taskGradients(): Promise<readonly Float32Array[]> {
    const { executor, plans, model, batches, weights } = this.parts;
    const read = async (name: string) => (await executor.readState(name)).slice();
    const kept: (readonly [string, Float32Array])[] = [];
    for (const name of weights.statistics.keys()) kept.push([name, await read(name)]);
    const feeds = this.trainFeeds(await batches.trainBatch(0), 0, 0);
    const lambdas = Float32Array.from(model.tasks, ({ task }) => task.objective.weight);
    const gradients: Float32Array[] = [];
    for (const t of model.tasks.keys()) {
      await plans.train.run({ ...feeds, [inputs.taskWeights]: lambdas.map((lambda, i) => (i === t ? lambda : 0)) });
      gradients.push(await read(GRADIENT));
    }
    for (const [name, data] of kept) executor.writeState(name, data);
    return gradients;
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
