/** From a configuration to a run that is ready: data, model, weights, decompositions, plans. Nothing is trained here. */
import type { RunConfig } from "../../../contracts/runConfig";
import type { DataSource } from "../../../contracts/sample";
import type { RunState as Checkpoint } from "../../../core/checkpoint/runState";
import type { Executor } from "../../../core/exec/executor";
import { sha256OfArray } from "../../../core/math/hash";
import { evaluateGraph, trainGraph } from "../../../core/model/graphs";
import { buildModel, type Model } from "../../../core/model/model";
import { applyGraph } from "../../../core/model/optimiser";
import { joinSpectrum, sitePartWeights } from "../../../core/model/spectra";
import type { ParameterLayout } from "../../../core/nn/parameters";
import type { Weights } from "../../../core/nn/weights";
import { type Batches, createBatches } from "../../../data/batches";
import type { Platform } from "../../platform/platform";
import type { Workers } from "../../workers/workers";
import { putCheckpoint } from "../branch";
import type { Inputs } from "../inputs";
import { modelSpec } from "./modelSpec";
import { PreparedRun } from "./preparedRun";
import { refusing } from "./refusal";
import type { RunParts } from "./runParts";
import { startFromAdapter } from "./startFromAdapter";
import { chosenBackbone } from "./startingPoints";
import { fileNames, type Progress, startingWeights } from "./startingWeights";

export interface RunRequest {
  readonly config: RunConfig;
  readonly source: DataSource;
  readonly inputs: Inputs;
  readonly executor: Executor;
  /** The numbers will be a checkpoint's, so an adapter that the run began with may be missing. */
  readonly resumes?: boolean;
  /** A checkpoint whose parameters take the place of fresh ones. */
  readonly startsFrom?: Checkpoint;
}

/** What preparing a run uses of a session. */
export interface Services {
  readonly platform: Pick<Platform, "readAsset">;
  readonly workers: Pick<Workers, "svd" | "samples">;
}

export async function prepareRun(
  { config, source, inputs, executor, resumes = false, startsFrom }: RunRequest,
  { platform, workers }: Services,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<PreparedRun> {
  const opened = inputs.weights;
  const model = buildModel(modelSpec(config, source, chosenBackbone(config.backbone, opened)));
  const batches = runBatches(config, source, model.imageSize, workers);
  onProgress("Loading the backbone", 0);
  const weights = await startingWeights(config, model, opened, platform, onProgress);
  signal.throwIfAborted();
  const baseHash = hashOf(weights);
  const adapted = startsFrom
    ? putCheckpoint(startsFrom, layoutOf(startsFrom.config, source, inputs), model, weights)
    : refusing(() => startFromAdapter(config, model, weights, inputs, resumes));
  await decompose(model, weights, workers, onProgress, signal);
  signal.throwIfAborted();
  onProgress("Compiling the training step", 0.6);
  const plans = await compilePlans(config.training, model, weights, executor);
  signal.throwIfAborted();
  const names = fileNames(config, model, opened);
  return new PreparedRun({
    config,
    source,
    batches,
    model,
    weights,
    baseHash,
    executor,
    plans,
    ...(names && { fileNames: names }),
    ...(adapted && { adapted }),
  });
}

/** Of the model that a configuration trains, where its data has the same classes. */
const layoutOf = (config: RunConfig, source: DataSource, { weights }: Inputs): ParameterLayout =>
  buildModel(modelSpec(config, source, chosenBackbone(config.backbone, weights))).layout;

/** The batches of a run, made by workers where there are some that can open the data set. */
export function runBatches(
  config: RunConfig,
  source: DataSource,
  imageSize: number,
  { samples }: Pick<Workers, "samples"> = {},
): Batches {
  const { train, val, augment } = config.data;
  const settings = {
    batchSize: config.training.batchSize,
    imageSize,
    seed: config.training.seed,
    tasks: config.tasks,
    augment,
    normalisation: config.input.normalisation,
    subset: { ...(train > 0 ? { train } : {}), ...(val > 0 ? { val } : {}) },
  };
  return createBatches(source, settings, source.origin && samples?.maker(source.origin));
}

async function compilePlans(
  { batchSize: batch }: RunConfig["training"],
  model: Model,
  weights: Weights,
  executor: Executor,
): Promise<RunParts["plans"]> {
  return {
    train: await executor.compile(trainGraph(model, weights, { batch }), "train"),
    apply: await executor.compile(applyGraph(model.layout), "apply"),
    evaluate: await executor.compile(evaluateGraph(model, weights, { batch }), "evaluate"),
  };
}

/** SHA-256 of the backbone's parameters, one after the other. */
function hashOf(weights: Weights): string {
  const parts = weights.layout.parameters
    .filter(({ name }) => name.startsWith("backbone."))
    .map(({ name }) => weights.get(name));
  const whole = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return sha256OfArray(whole);
}

async function decompose(
  model: Model,
  weights: Weights,
  { svd }: Pick<Workers, "svd">,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { spectrumSites } = model.method;
  if (spectrumSites.length === 0) return;
  const key = (site: string, part: number): string => `${site}#${part}`;
  const matrices = spectrumSites.flatMap((site) =>
    sitePartWeights(weights, site).map((weight, part) => ({
      name: key(site.site, part),
      weight,
      rows: site.rows,
      cols: site.cols,
    })),
  );
  const found = await svd.decompose(matrices, {
    signal,
    onProgress: ({ fraction, done, total }) =>
      onProgress(`Decomposing weights, ${done} of ${total}`, 0.1 + 0.5 * fraction),
  });
  for (const { site, parts } of spectrumSites) {
    weights.spectra.set(site, joinSpectrum(Array.from({ length: parts }, (_, part) => found.get(key(site, part))!)));
  }
}
