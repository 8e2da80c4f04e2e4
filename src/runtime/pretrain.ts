/**
 * npm run pretrain: trains a backbone of the catalogue on the attributes of Scenes with our own engine, from random numbers.
 * Resumable: a checkpoint holds parameters, moments and the step; scenes are rendered again from their seeds.
 */

import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { normalisations } from "../contracts/normalisation";
import type { BackboneId } from "../core/backbones/registry";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../core/checkpoint/safetensors";
import type { Executor, Plan } from "../core/exec/executor";
import { chooseExecutor, type ExecutorChoice, probeExecutors } from "../core/exec/registry";
import { random } from "../core/math/random";
import { GRADIENT, inputs, outputs } from "../core/model/graphs";
import {
  applyGraph,
  applyInputs,
  FIRST_MOMENT,
  GRADIENT_NORM,
  optimiserGroups,
  SECOND_MOMENT,
} from "../core/model/optimiser";
import { PARAMETERS } from "../core/nn/forward";
import { initialWeights, type Weights } from "../core/nn/weights";
import { cosineSchedule } from "../core/optim/schedule";
import { ATTRIBUTES, buildPretrainModel, type PretrainModel, pretrainGraph } from "../core/train/pretrain";
import { attributeGroups } from "../data/scenes";
import { nodeSurroundings } from "./node/nodeSurroundings";
import { type PoolMemory, ScenePool } from "./node/scenePool";

export interface PretrainOptions {
  readonly backbone: BackboneId;
  readonly steps: number;
  readonly batch: number;
  readonly seed: number;
  /** Scenes in all; each is seen many times. */
  readonly scenes: number;
  /** Scenes ready before the first step, and more a step until all are there. */
  readonly firstScenes: number;
  readonly freshPerStep: number;
  readonly grid: number;
  readonly hidden: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly device: ExecutorChoice | "auto";
  readonly threads: number;
  /** File of the checkpoint; read where it exists. */
  readonly checkpoint: string;
  readonly checkpointEvery: number;
  readonly out: string;
}

export interface PretrainProgress {
  readonly step: number;
  readonly loss: number;
  readonly validation?: Readonly<Record<string, number>>;
  readonly imagesPerSecond: number;
}

/** Seeds of the pretraining scenes: far from those of any run of fine-tuning. */
const SCENE_SEED = 2 ** 50;
const VALIDATION_SCENES = 512;
const BETAS = [0.9, 0.999] as const;

const { mean: MEAN, deviation: DEVIATION } = normalisations.imagenet;

/** Writes scene `index`, mirrored or not, into row `row` of the feeds. */
function fillRow(
  memory: PoolMemory,
  attributes: number,
  feeds: Record<string, Float32Array>,
  row: number,
  index: number,
  mirror: boolean,
): void {
  const { size, grid } = memory.spec;
  const image = feeds[inputs.image]!;
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const from = ((index * size + y) * size + (mirror ? size - 1 - x : x)) * 3;
      const to = ((row * size + y) * size + x) * 3;
      for (let c = 0; c < 3; c++) image[to + c] = (memory.images[from + c]! / 255 - MEAN[c]!) / DEVIATION[c]!;
    }
  const target = feeds[ATTRIBUTES]!;
  for (let y = 0; y < grid; y++)
    for (let x = 0; x < grid; x++) {
      const from = ((index * grid + y) * grid + (mirror ? grid - 1 - x : x)) * attributes;
      const to = ((row * grid + y) * grid + x) * attributes;
      for (let a = 0; a < attributes; a++) target[to + a] = memory.attributes[from + a]! / 255;
    }
}

class Pretraining {
  private step = 0;
  private readonly schedule: (step: number) => number;
  private readonly feeds: Record<string, Float32Array>;

  constructor(
    private readonly options: PretrainOptions,
    private readonly model: PretrainModel,
    private readonly weights: Weights,
    private readonly executor: Executor,
    private readonly plans: { readonly train: Plan; readonly apply: Plan; readonly evaluate: Plan },
    private readonly pools: { readonly train: ScenePool; readonly val: ScenePool },
  ) {
    const { steps, batch } = options;
    this.schedule = cosineSchedule({ steps, warmupSteps: Math.min(500, Math.ceil(steps / 20)), finalFraction: 0.01 });
    this.feeds = {
      [inputs.image]: new Float32Array(batch * model.imageSize ** 2 * 3),
      [ATTRIBUTES]: new Float32Array(batch * options.grid ** 2 * model.attributes),
    };
  }

  get position(): number {
    return this.step;
  }

  async trainStep(): Promise<number> {
    const { batch, firstScenes, freshPerStep, scenes, seed } = this.options;
    const available = Math.min(scenes, firstScenes + freshPerStep * this.step);
    await this.pools.train.until(available);
    const draw = random(seed, "pretrain", this.step);
    for (let row = 0; row < batch; row++)
      fillRow(this.pools.train.memory, this.model.attributes, this.feeds, row, draw.int(available), draw.int(2) === 1);
    const loss = this.plans.train.run(this.feeds, [outputs.total]);
    const rate = this.options.learningRate * this.schedule(this.step);
    const count = this.step + 1;
    await this.plans.apply.run(
      {
        [applyInputs.learningRates]: new Float32Array(optimiserGroups(this.model.layout).groups.length).fill(rate),
        [applyInputs.biasCorrections]: Float32Array.of(1 - BETAS[0] ** count, 1 - BETAS[1] ** count),
        [applyInputs.gradientScale]: Float32Array.of(1),
        [applyInputs.clipNorm]: Float32Array.of(5),
      },
      [GRADIENT_NORM],
    );
    this.step = count;
    return (await loss)[outputs.total]![0]!;
  }

  /** Mean loss of every group on the validation scenes. */
  async validate(): Promise<Record<string, number>> {
    const { batch } = this.options;
    await this.pools.val.until(VALIDATION_SCENES);
    const sums: Record<string, number> = {};
    const rounds = Math.floor(VALIDATION_SCENES / batch);
    for (let round = 0; round < rounds; round++) {
      for (let row = 0; row < batch; row++)
        fillRow(this.pools.val.memory, this.model.attributes, this.feeds, row, round * batch + row, false);
      const found = await this.plans.evaluate.run(this.feeds);
      for (const [name, value] of Object.entries(found))
        sums[name.replace("loss.", "")] = (sums[name.replace("loss.", "")] ?? 0) + value[0]! / rounds;
    }
    return sums;
  }

  async save(): Promise<void> {
    const tensors = new Map<string, StoredTensor>();
    for (const name of [PARAMETERS, FIRST_MOMENT, SECOND_MOMENT]) {
      const data = await this.executor.readState(name);
      tensors.set(name, { dtype: "F32", shape: [data.length], data });
    }
    await writeWhole(
      this.options.checkpoint,
      writeSafetensors(tensors, { step: String(this.step), settings: settingsKey(this.options) }),
    );
  }

  async restore(): Promise<void> {
    if (!existsSync(this.options.checkpoint)) return;
    const { tensors, metadata } = readSafetensors(await readFile(this.options.checkpoint));
    if (metadata["settings"] !== settingsKey(this.options)) {
      throw new Error(
        `${this.options.checkpoint} belongs to a run with other settings. Delete it to start over, or repeat that run's options.`,
      );
    }
    for (const [name, tensor] of tensors) this.executor.writeState(name, tensor.data as Float32Array);
    this.step = Number(metadata["step"]);
  }

  /** The backbone's parameters as float16 safetensors under their names; the attribute head stays behind. */
  async exportBackbone(): Promise<Uint8Array> {
    this.weights.trainable.set(await this.executor.readState(PARAMETERS));
    const names = this.weights.names.filter((name) => name.startsWith("backbone."));
    const tensors = new Map<string, StoredTensor>(
      names.map((name) => [
        name.slice("backbone.".length),
        { dtype: "F16", shape: [...this.weights.shape(name)], data: this.weights.get(name) },
      ]),
    );
    return writeSafetensors(tensors, {
      format: "pt",
      backbone: this.options.backbone,
      steps: String(this.step),
      seed: String(this.options.seed),
    });
  }
}

/** What must agree for a checkpoint to be continued. */
const settingsKey = ({
  backbone,
  steps,
  batch,
  seed,
  scenes,
  firstScenes,
  freshPerStep,
  grid,
  hidden,
  learningRate,
  weightDecay,
}: PretrainOptions): string =>
  JSON.stringify({
    backbone,
    steps,
    batch,
    seed,
    scenes,
    firstScenes,
    freshPerStep,
    grid,
    hidden,
    learningRate,
    weightDecay,
  });

/** Writes a file so that a reader sees the old one or the new one, never a part. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}

export async function pretrain(
  options: PretrainOptions,
  onProgress: (progress: PretrainProgress) => void,
  stopped: () => boolean,
): Promise<boolean> {
  const groups = attributeGroups.map(({ name, names }) => ({ name, size: names.length }));
  const model = buildPretrainModel({ backbone: options.backbone, groups, grid: options.grid, hidden: options.hidden });
  const weights = initialWeights(model.layout, options.seed);
  const probed = await probeExecutors({ ...(await nodeSurroundings()), threads: options.threads });
  const executor = await chooseExecutor(probed, options.device).entry.open({
    ...(await nodeSurroundings()),
    threads: options.threads,
  });
  const size = model.layout.size;
  executor.writeState(PARAMETERS, weights.trainable);
  for (const name of [GRADIENT, FIRST_MOMENT, SECOND_MOMENT]) executor.writeState(name, new Float32Array(size));
  const pool = (split: "train" | "val", count: number): ScenePool =>
    new ScenePool({ seed: SCENE_SEED, split, count, size: model.imageSize, grid: options.grid });
  const pools = { val: pool("val", VALIDATION_SCENES), train: pool("train", options.scenes) };
  const plans = {
    train: await executor.compile(pretrainGraph(model, weights, options.batch, true), "pretrain"),
    evaluate: await executor.compile(pretrainGraph(model, weights, options.batch, false), "validate"),
    apply: await executor.compile(applyGraph(model.layout, { decay: options.weightDecay }), "apply"),
  };
  const run = new Pretraining(options, model, weights, executor, plans, pools);
  await run.restore();
  let started = Date.now();
  let from = run.position;
  let loss = 0;
  while (run.position < options.steps && !stopped()) {
    loss = await run.trainStep();
    if (run.position % options.checkpointEvery === 0 || run.position === options.steps) {
      const imagesPerSecond = ((run.position - from) * options.batch * 1000) / (Date.now() - started);
      const validation = await run.validate();
      onProgress({ step: run.position, loss, validation, imagesPerSecond });
      await run.save();
      started = Date.now();
      from = run.position;
    } else if (run.position % 20 === 0) {
      onProgress({
        step: run.position,
        loss,
        imagesPerSecond: ((run.position - from) * options.batch * 1000) / (Date.now() - started),
      });
    }
  }
  await run.save();
  await writeWhole(options.out, await run.exportBackbone());
  const finished = run.position >= options.steps;
  await Promise.all([pools.train.dispose(), pools.val.dispose()]);
  await executor.dispose();
  return finished;
}
