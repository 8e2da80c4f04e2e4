/**
 * Everything that is needed to repeat a run: the run file. Parsed once at the edge (files, URLs, messages); trusted inside.
 * Units are in the names; fractions are of the whole run.
 */
import * as v from "valibot";

export const taskIds = ["semseg", "human_parts", "sal", "normals", "depth", "edge"] as const;
export type TaskId = (typeof taskIds)[number];

export const deviceChoices = ["auto", "webgpu", "cpu", "wasm", "webgl", "tf"] as const;
export type DeviceChoice = (typeof deviceChoices)[number];

const count = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const between = (min: number, max: number) => v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max));

const DataSchema = v.strictObject({
  /** Catalogue id of a data source: "scenes", or "folder" for the user's own files. */
  source: v.string(),
  /** Number of training images used, chosen by seed; 0 uses all. */
  train: count(0, 1_000_000),
  /** Number of validation images used; 0 uses all. */
  val: count(0, 1_000_000),
  flip: v.boolean(),
});

const MethodSchema = v.strictObject({
  id: v.string(),
  /** value: sigma' = sigma_max phi(sigma / sigma_max), the paper. index: the sorted curve is resampled, the released code. */
  warp: v.picklist(["value", "index"]),
  /** Which streams have warps of their own. */
  streams: v.picklist(["both", "shared", "task"]),
  /** N_P, cells of the piecewise-affine velocity on [0,1]. */
  cellsShared: count(2, 256),
  cellsTask: count(2, 256),
  /** identity: theta = 0. reference: uniform in ±1/sqrt(N_P - 1), as the released code starts. */
  init: v.picklist(["identity", "reference"]),
  /** Parameter groups of the backbone that are trained beside the warps. */
  free: v.strictObject({
    norms: v.boolean(),
    patchMerging: v.boolean(),
    positionBias: v.boolean(),
    patchEmbed: v.boolean(),
  }),
});

const TrainingSchema = v.strictObject({
  /** Optimiser steps. */
  steps: count(1, 10_000_000),
  batchSize: count(1, 512),
  /** Micro-batches summed before one optimiser step. */
  accumulate: count(1, 64),
  learningRate: v.strictObject({
    theta: between(0, 10),
    /** Norms, patch merging, position bias, patch embedding; with full tuning the whole backbone. */
    backbone: between(0, 10),
    decoders: between(0, 10),
  }),
  warmupFraction: between(0, 0.9),
  /** Final learning rate as a fraction of the peak. */
  finalFraction: between(0, 1),
  weightDecay: between(0, 1),
  /** Global L2 norm that gradients are clipped to; 0 switches clipping off. */
  clipNorm: between(0, 1000),
  dropPath: between(0, 0.9),
  /** Steps between evaluations on the validation images; 0: only first and last. */
  evaluateEvery: count(0, 1_000_000),
  seed: count(0, 2 ** 31 - 1),
});

export const RunConfigSchema = v.strictObject({
  version: v.literal(1),
  backbone: v.string(),
  data: DataSchema,
  method: MethodSchema,
  tasks: v.pipe(
    v.array(v.picklist(taskIds)),
    v.minLength(1),
    v.check((ids) => new Set(ids).size === ids.length, "a task is named twice"),
  ),
  training: TrainingSchema,
  device: v.picklist(deviceChoices),
});

export type RunConfig = v.InferOutput<typeof RunConfigSchema>;

/** Parses a run file. Throws an Error that names every wrong field, what came, and what is allowed. */
export function parseRunConfig(value: unknown): RunConfig {
  const result = v.safeParse(RunConfigSchema, value);
  if (result.success) return result.output;
  const lines = result.issues.map((issue) => {
    const path = issue.path?.map((item) => String(item.key)).join(".") ?? "(whole file)";
    return `${path}: ${issue.message}`;
  });
  throw new Error(`The run configuration is not usable:\n  ${lines.join("\n  ")}`);
}
