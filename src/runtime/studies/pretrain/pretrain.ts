/**
 * npm run pretrain: trains a backbone of the catalogue on the attributes of Scenes with our own engine, from random numbers.
 * Resumable: a checkpoint holds parameters, moments and the step; scenes are rendered again from their seeds.
 */
import { chooseExecutor, type ExecutorHost, probeExecutors } from "../../../core/exec/registry";
import { applyGraph } from "../../../core/model/optimiser";
import { initialStates } from "../../../core/model/states";
import { initialWeights } from "../../../core/nn/weights";
import { buildPretrainModel, pretrainGraph } from "../../../core/train/pretrain";
import { attributeGroups } from "../../../data/scenes";
import type { WorkerPort } from "../../platform/workerPort";
import { ScenePool } from "../../workers/scenes/scenePool";
import type { PretrainOptions } from "./options";
import { Pretraining, VALIDATION_SCENES } from "./pretraining";

export interface PretrainProgress {
  readonly step: number;
  readonly loss: number;
  readonly validation?: Readonly<Record<string, number>>;
  readonly imagesPerSecond: number;
}

/** What a pretraining uses of its platform. */
export interface PretrainHost {
  readonly executorHost: ExecutorHost;
  startSceneWorker(): WorkerPort;
  /** Undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Whole or not at all. */
  write(path: string, bytes: Uint8Array): Promise<void>;
}

/** Seeds of the pretraining scenes: far from those of any run of fine-tuning. */
const SCENE_SEED = 2 ** 50;

/** `stopped` is asked between steps. Resolves to whether all steps are done; where not, the same options go on from the checkpoint. */
export async function pretrain(
  host: PretrainHost,
  options: PretrainOptions,
  onProgress: (progress: PretrainProgress) => void,
  stopped: () => boolean,
): Promise<boolean> {
  const { run, close } = await openPretraining(host, options);
  const save = async (): Promise<void> => host.write(options.checkpoint, await run.save());
  const checkpoint = await host.read(options.checkpoint);
  if (checkpoint) run.restore(checkpoint);
  let started = Date.now();
  let from = run.position;
  const imagesPerSecond = (): number => ((run.position - from) * options.batch * 1000) / (Date.now() - started);
  while (run.position < options.steps && !stopped()) {
    const loss = await run.trainStep();
    if (run.position % options.checkpointEvery === 0 || run.position === options.steps) {
      const speed = imagesPerSecond();
      const validation = await run.validate();
      onProgress({ step: run.position, loss, validation, imagesPerSecond: speed });
      await save();
      started = Date.now();
      from = run.position;
    } else if (run.position % 20 === 0) {
      onProgress({ step: run.position, loss, imagesPerSecond: imagesPerSecond() });
    }
  }
  await save();
  await host.write(options.out, await run.exportBackbone());
  await close();
  return run.position >= options.steps;
}

/** A run at its first step, and what ends its workers and its device. */
async function openPretraining({ executorHost, startSceneWorker }: PretrainHost, options: PretrainOptions) {
  const { backbone, grid, hidden, seed, batch, device, threads, scenes } = options;
  const groups = attributeGroups.map(({ name, names }) => ({ name, size: names.length }));
  const model = buildPretrainModel({ backbone, groups, grid, hidden });
  const weights = initialWeights(model.layout, seed);
  const hostWithThreads = { ...executorHost, threads };
  const executor = await chooseExecutor(await probeExecutors(hostWithThreads), device).entry.open(hostWithThreads);
  for (const [name, data] of initialStates(weights)) executor.writeState(name, data);
  const pool = (split: "train" | "val", count: number): ScenePool =>
    new ScenePool({ seed: SCENE_SEED, split, count, size: model.imageSize, grid }, startSceneWorker);
  const pools = { val: pool("val", VALIDATION_SCENES), train: pool("train", scenes) };
  const plans = {
    train: await executor.compile(pretrainGraph(model, weights, batch, true), "pretrain"),
    evaluate: await executor.compile(pretrainGraph(model, weights, batch, false), "validate"),
    apply: await executor.compile(applyGraph(model.layout), "apply"),
  };
  const close = async (): Promise<void> => {
    pools.train.close();
    pools.val.close();
    await executor.dispose();
  };
  return { run: new Pretraining(options, model, weights, executor, plans, pools), close };
}
