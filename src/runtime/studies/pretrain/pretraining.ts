/** A pretraining run: it takes steps, measures on scenes of its own, and is kept in a file. */
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../../core/checkpoint/safetensors";
import type { Executor, Feeds, Plan } from "../../../core/exec/executor";
import { random } from "../../../core/math/random";
import { inputs, outputs } from "../../../core/model/graphs";
import { decaysOf, FIRST_MOMENT, optimiserGroups, SECOND_MOMENT, SKIPPED } from "../../../core/model/optimiser";
import { PARAMETERS } from "../../../core/nn/forward";
import type { Weights } from "../../../core/nn/weights";
import { optimiserFeeds } from "../../../core/optim/adamw";
import { cosineSchedule } from "../../../core/optim/schedule";
import { ATTRIBUTES, type PretrainModel } from "../../../core/train/pretrain";
import type { ScenePool } from "../../workers/scenes/scenePool";
import { type PretrainOptions, settingsKey } from "./options";
import { fillRow } from "./sceneRow";

/** Enough scenes to measure on; none of them is trained on. */
export const VALIDATION_SCENES = 512;

export class Pretraining {
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
    const applied = this.plans.apply.run(this.applyFeeds(), [SKIPPED]);
    const [[total], [skipped]] = [(await loss)[outputs.total]!, (await applied)[SKIPPED]!];
    if (skipped === 1)
      throw new Error(
        `The loss of pretraining step ${this.step + 1} is ${total}, or its gradient is not finite; nothing was trained by it. Lower --rate and go on from ${this.options.checkpoint}.`,
      );
    this.step++;
    return total!;
  }

  private applyFeeds(): Feeds {
    const { learningRate, weightDecay } = this.options;
    const groups = optimiserGroups(this.model.layout);
    const rate = learningRate * this.schedule(this.step);
    const feeds = optimiserFeeds({
      step: this.step + 1,
      learningRates: groups.groups.map(() => rate),
      weightDecays: decaysOf(groups, weightDecay),
      clipNorm: 5,
    });
    return Object.fromEntries(Object.entries(feeds).map(([name, numbers]) => [name, Float32Array.from(numbers)]));
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

  /** The checkpoint from which a run with the same settings goes on. */
  async save(): Promise<Uint8Array> {
    const tensors = new Map<string, StoredTensor>();
    for (const name of [PARAMETERS, FIRST_MOMENT, SECOND_MOMENT]) {
      const data = await this.executor.readState(name);
      tensors.set(name, { dtype: "F32", shape: [data.length], data });
    }
    return writeSafetensors(tensors, { step: String(this.step), settings: settingsKey(this.options) });
  }

  /** @throws where the checkpoint belongs to a run with other settings. */
  restore(checkpoint: Uint8Array): void {
    const { tensors, metadata } = readSafetensors(checkpoint);
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
