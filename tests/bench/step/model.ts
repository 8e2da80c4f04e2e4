/** A preset's whole training step on one of our executors: train plan and apply plan, on a batch of Scenes that is drawn once. */
import type { RunConfig } from "../../../src/contracts/runConfig";
import type { Feeds, Plan } from "../../../src/core/exec/executor";
import type { Graph } from "../../../src/core/graph/node";
import { random } from "../../../src/core/math/random";
import { inputs, outputs, trainGraph } from "../../../src/core/model/graphs";
import { buildModel, type Model, type ModelSpec } from "../../../src/core/model/model";
import { applyGraph, decaysOf, GRADIENT_NORM, optimiserGroups } from "../../../src/core/model/optimiser";
import { initialStates } from "../../../src/core/model/states";
import { initialWeights, type Weights } from "../../../src/core/nn/weights";
import { optimiserInputs } from "../../../src/core/optim/adamw";
import { NO_AUGMENTATION } from "../../../src/data/augment/draw";
import { createBatches } from "../../../src/data/batches";
import { scenesSource } from "../../../src/data/scenes";
import { presets } from "../../../src/runtime/products/catalogue/presets";
import { modelSpec } from "../../../src/runtime/run/prepare/modelSpec";
import type { Contestant, StepDevice, StepPreset } from "../contestant";
import { openExecutor } from "../executors";
import { median } from "../median";
import { inputFeeds } from "./feeds";

export interface Setting {
  readonly spec: ModelSpec;
  readonly batch: number;
  readonly config: RunConfig;
}

/** "swin-t" is the default preset's method and tasks on Swin-T at 224 pixels, batch 8. */
export function settingOf(preset: StepPreset): Setting {
  const { config } = presets.find((p) => p.id === (preset === "swin-t" ? "default" : preset))!;
  const source = scenesSource({ size: 32, train: 1, val: 1, seed: 0 });
  const spec = modelSpec(config, source);
  return preset === "swin-t"
    ? { config, batch: 8, spec: { ...spec, backbone: "swin-t" } }
    : { config, batch: config.training.batchSize, spec };
}

/**
 * Fresh weights with made-up factors instead of decompositions, which would take minutes for Swin-T: the time of a step does not depend
 * on the numbers. Columns have about unit length, singular values fall.
 */
export function benchWeights(model: Model): Weights {
  const weights = initialWeights(model.layout, 0);
  for (const { site, parts, rows, cols } of model.method.spectrumSites) {
    const p = Math.min(rows, cols);
    const factor = (name: string, length: number): Float32Array => {
      const draw = random(0, "factor", site, name);
      return Float32Array.from({ length: parts * length * p }, () => (2 * draw.uniform() - 1) / Math.sqrt(length / 3));
    };
    const s = Float32Array.from({ length: parts * p }, (_, i) => 2 * (1 - (i % p) / (p + 1)));
    weights.spectra.set(site, { u: factor("u", rows), s, v: factor("v", cols) });
  }
  return weights;
}

async function batchFeeds(graph: Graph, model: Model, { batch, config }: Setting): Promise<Feeds> {
  const source = scenesSource({ size: model.imageSize, train: batch, val: 1, seed: 0 });
  const batches = createBatches(source, {
    batchSize: batch,
    imageSize: model.imageSize,
    seed: 0,
    tasks: config.tasks,
    augment: NO_AUGMENTATION,
    subset: {},
  });
  const { image, labels } = await batches.trainBatch(0);
  const known: Record<string, Float32Array> = {
    [inputs.image]: image,
    [inputs.taskWeights]: Float32Array.from(model.tasks, ({ task }) => task.objective.weight),
    [inputs.accumulate]: Float32Array.of(0),
  };
  for (const { id } of model.tasks) known[inputs.label(id)] = labels[id]!;
  return inputFeeds(graph, known);
}

export async function openStep(device: StepDevice, preset: StepPreset, threads: number): Promise<Contestant> {
  const setting = settingOf(preset);
  const model = buildModel(setting.spec);
  const weights = benchWeights(model);
  const executor = await openExecutor(device, threads);
  const graphs = {
    train: trainGraph(model, weights, { batch: setting.batch }),
    apply: applyGraph(model.layout),
  };
  const train: Plan & { readonly replayMs?: number } = await executor.compile(graphs.train, "train");
  const apply: Plan & { readonly replayMs?: number } = await executor.compile(graphs.apply, "apply");
  for (const [name, data] of initialStates(weights)) executor.writeState(name, data);
  const groups = optimiserGroups(model.layout);
  const decays = decaysOf(groups, setting.config.training.weightDecay);
  const rates = Float32Array.from([...groups.groups.map(() => 1e-4), ...decays]);
  const feeds = {
    train: await batchFeeds(graphs.train, model, setting),
    apply: inputFeeds(graphs.apply, { [optimiserInputs.groupRates]: rates }),
  };
  const replays: number[] = [];
  return {
    engine: executor.description,
    step: async () => {
      const pending = train.run(feeds.train, [outputs.total]);
      const applied = apply.run(feeds.apply, [GRADIENT_NORM]);
      const [found] = await Promise.all([pending, applied]);
      if (train.replayMs !== undefined) replays.push(train.replayMs + (apply.replayMs ?? 0));
      return found[outputs.total]![0]!;
    },
    figures: () => ({
      dispatches: train.cost.dispatches + apply.cost.dispatches,
      flops: train.cost.flops + apply.cost.flops,
      ...(replays.length > 0 ? { replayMs: median(replays) } : {}),
    }),
  };
}
