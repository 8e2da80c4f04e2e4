/**
 * Everything that is needed to repeat a run: the run file. Parsed once at the edge (files, URLs, messages); trusted inside.
 * Units are in the names; fractions are of the whole run.
 */

import * as v from "valibot";
import { CustomTasksSchema } from "./customTask";
import { LabelEncodingSchema } from "./labelEncoding";
import { normalisationIds } from "./normalisation";
import { taskIds } from "./taskIds";

/** Id of a built-in task or of one that the run defines. */
export type TaskId = string;

export const deviceChoices = ["auto", "webgpu", "cpu", "wasm", "tf-webgpu", "webgl", "tf"] as const;
export type DeviceChoice = (typeof deviceChoices)[number];

const count = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const between = (min: number, max: number) => v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max));

/** Which images of the data are taken, before `train` and `val` say how many of them. */
const SelectionSchema = v.strictObject({
  /** By task: an image is taken where it shows a pixel of one of these classes, for one of the tasks at least. In both splits. */
  classes: v.exactOptional(v.record(v.string(), v.array(count(0, 254)))),
  /** Ids of the training images that are taken, of those that pass `classes`; absent: all. */
  only: v.exactOptional(v.array(v.string())),
  /** Ids of images of either split that are left out. */
  without: v.exactOptional(v.array(v.string())),
});
export type Selection = v.InferOutput<typeof SelectionSchema>;

/** Random changes of training images. Nothing is drawn for validation images. */
const AugmentFields = v.strictObject({
  /** Mirrors every second image; the x of normals changes its sign with it. */
  horizontalFlip: v.boolean(),
  /** The zoom about the centre is drawn between these two, or from `scales` where that lists any. */
  scaleMin: v.optional(between(0.1, 10), 1),
  scaleMax: v.optional(between(0.1, 10), 1),
  scales: v.optional(v.array(between(0.1, 10)), []),
  /** Largest angle by which an image is turned about its centre, to either side, in degrees. */
  rotationDegrees: v.optional(between(0, 180), 0),
  /** How far the window may lie beside the centre, as a part of the room that the zoom leaves: 0 keeps the centre, 1 is a random crop. */
  cropShift: v.optional(between(0, 1), 0),
  /** Brightness, contrast and saturation are each multiplied by a number in 1 ± this. */
  colourJitter: v.optional(between(0, 1), 0),
});
const AugmentSchema = v.pipe(
  AugmentFields,
  v.check(
    ({ scaleMin, scaleMax, scales }) => scales.length > 0 || scaleMin <= scaleMax,
    ({ input: { scaleMin, scaleMax } }) =>
      `scaleMin is ${scaleMin}, but scaleMax is ${scaleMax}; the smallest zoom must not exceed the largest.`,
  ),
);
export type AugmentConfig = v.InferOutput<typeof AugmentSchema>;

const DataSchema = v.strictObject({
  /** Catalogue id of a data source: "scenes", or "folder" for the user's own files. */
  source: v.string(),
  /** Number of training images used, chosen by seed; 0 uses all. */
  train: count(0, 1_000_000),
  /** Number of validation images used; 0 uses all. */
  val: count(0, 1_000_000),
  /** Id of a layout of folders and files; "auto": the first that fits. Of the user's own files, as the next three. */
  layout: v.optional(v.string(), "auto"),
  /** Part of the images that is held out, drawn by name; 0: the data set's own lists, or a fifth where it has none. */
  valShare: v.optional(between(0, 0.9), 0),
  select: v.optional(SelectionSchema, {}),
  /** By task: what a person says of its files' values, before what the layout says. */
  labelEncodings: v.optional(v.record(v.string(), LabelEncodingSchema), {}),
  augment: AugmentSchema,
});
export type DataConfig = v.InferOutput<typeof DataSchema>;

const SettingValueSchema = v.union([
  v.pipe(v.number(), v.finite()),
  v.string(),
  v.boolean(),
  v.array(v.string()),
  v.record(v.string(), v.pipe(v.number(), v.finite())),
]);
/** A number, an id, a switch, a list of ids, or a number by task. */
export type SettingValue = v.InferOutput<typeof SettingValueSchema>;

/** Parameter groups of the backbone that may be trained beside what a method adds. */
const UnfreezeSchema = v.strictObject({
  norms: v.boolean(),
  patchMerging: v.boolean(),
  positionBias: v.boolean(),
  patchEmbed: v.boolean(),
});
export type Unfreeze = v.InferOutput<typeof UnfreezeSchema>;

const MethodSchema = v.strictObject({
  id: v.string(),
  /** What differs from the method's defaults; which keys there are is the method's to say (Catalogue.methods). */
  settings: v.record(v.string(), SettingValueSchema),
  unfreeze: UnfreezeSchema,
});

const InputSchema = v.strictObject({
  /** Side of the square images in pixels; 0: the backbone's own. */
  imageSize: count(0, 4096),
  /** Side of Swin's windows in tokens; 0: the backbone's own. */
  window: count(0, 256),
  /** What colours are normalised by; run files from before it was a choice have the first. */
  normalisation: v.optional(v.picklist(normalisationIds), "imagenet"),
});

const TrainingSchema = v.strictObject({
  /** Optimiser steps; 0: the run only evaluates what it starts from. */
  steps: count(0, 10_000_000),
  batchSize: count(1, 512),
  /** Micro-batches summed before one optimiser step. */
  accumulate: count(1, 64),
  learningRate: v.strictObject({
    /** What the method adds: warps, low-rank factors, prompts. */
    method: between(0, 10),
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

/** An exported adapter, by the name of its file and by content. */
const AdapterRefSchema = v.strictObject({
  name: v.string(),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "expected a SHA-256 of 64 hexadecimal digits.")),
});
export type AdapterRef = v.InferOutput<typeof AdapterRefSchema>;

const RunConfigSchema = v.strictObject({
  version: v.literal(4),
  backbone: v.string(),
  /** What the run starts from beside its backbone: what another run trained. Absent: nothing is trained yet. */
  adapter: v.exactOptional(AdapterRefSchema),
  input: InputSchema,
  data: DataSchema,
  method: MethodSchema,
  /** Id of the decoder, one of each kind a task. */
  decoder: v.string(),
  /** Ids of built-in tasks and of tasks defined in `customTasks`. */
  tasks: v.pipe(
    v.array(v.string()),
    v.minLength(1),
    v.check(
      (ids) => new Set(ids).size === ids.length,
      ({ input }) => `"${input.find((id, i) => input.indexOf(id) < i)}" is named twice; name each task once.`,
    ),
  ),
  /** Tasks of the user's own; absent: none. */
  customTasks: v.optional(CustomTasksSchema, []),
  training: TrainingSchema,
  device: v.picklist(deviceChoices),
});

export type RunConfig = v.InferOutput<typeof RunConfigSchema>;

/** Parses a run file of any version. Throws an Error that names every wrong field, what came, and what is allowed. */
export function parseRunConfig(value: unknown): RunConfig {
  const result = v.safeParse(RunConfigSchema, migrate(value));
  if (result.success) return knownTasks(result.output);
  const lines = result.issues.map((issue) => {
    const path = issue.path?.map((item) => String(item.key)).join(".") ?? "(whole file)";
    return issue.type === "strict_object" && issue.expected === "never"
      ? `${path}: unknown field; known here: ${Object.keys(entriesOf(issue.path?.slice(0, -1).map(({ key }) => String(key)) ?? [])).join(", ")}.`
      : `${path}: ${issue.message}`;
  });
  throw new Error(`The run configuration is not usable:\n  ${lines.join("\n  ")}`);
}

/** @throws where a task is neither built in nor defined by the run itself. */
function knownTasks(config: RunConfig): RunConfig {
  const known = [...taskIds, ...config.customTasks.map(({ id }) => id)];
  const unknown = config.tasks.find((id) => !known.includes(id));
  if (unknown === undefined) return config;
  throw new Error(
    `The run configuration is not usable:\n  tasks: "${unknown}" is unknown; known: ${known.join(", ")}. ` +
      "Define tasks of your own in customTasks.",
  );
}

/** The fields that the object at `path` of a run file may have. */
function entriesOf(path: readonly string[]): object {
  let entries: Record<string, unknown> = RunConfigSchema.entries;
  for (const key of path) entries = (entries[key] as { entries?: Record<string, unknown> } | undefined)?.entries ?? {};
  return entries;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** Each brings a run file of one version to the next. */
const migrations: readonly ((file: Fields) => Fields)[] = [fromVersion1, fromVersion2, fromVersion3];

/** Fields that were renamed, by their dotted paths: today's name stands for the old one in run files, links and `--set`. */
const renamedPaths: Readonly<Record<string, string>> = {
  head: "decoder",
  "method.free": "method.unfreeze",
  "training.learningRate.adapter": "training.learningRate.method",
  "data.readings": "data.labelEncodings",
  "data.augment.flip": "data.augment.horizontalFlip",
  "data.augment.shift": "data.augment.cropShift",
  "data.augment.jitter": "data.augment.colourJitter",
  "data.augment.rotateDegrees": "data.augment.rotationDegrees",
};

/** The path of today of a field, or of a part of one, that may go by an old name. */
export function currentPath(path: string): string {
  const old = Object.keys(renamedPaths).find((from) => path === from || path.startsWith(`${from}.`));
  return old === undefined ? path : renamedPaths[old] + path.slice(old.length);
}

const lastKey = (path: string): string => path.slice(path.lastIndexOf(".") + 1);

/** A copy in which the field at `path` is called `name`. */
function renamedField(file: Fields, path: readonly string[], name: string): Fields {
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(file, key)) return file;
  const value = file[key];
  if (rest.length > 0) return isFields(value) ? { ...file, [key]: renamedField(value, rest, name) } : file;
  const { [key]: _, ...others } = file;
  return { ...others, [name]: value };
}

const migrate = (value: unknown): unknown =>
  isFields(value) ? migrations.reduce((file, step) => step(file), value) : value;

/** The fields of DiTASK became settings of the method, "theta" the adapter's rate. */
function fromVersion1(file: Fields): Fields {
  const { method, training } = file;
  if (file["version"] !== 1 || !isFields(method) || !isFields(training)) return file;
  if (!isFields(training["learningRate"])) return file;
  const { id, free, warp, streams, cellsShared, cellsTask, init } = method;
  const { theta, ...rates } = training["learningRate"];
  return {
    ...file,
    version: 2,
    input: { imageSize: 0, window: 0 },
    head: "hrnet",
    method: {
      id,
      settings:
        id === "ditask" ? { reading: warp, streams, sharedCells: cellsShared, taskCells: cellsTask, start: init } : {},
      free,
    },
    training: { ...training, learningRate: { method: theta, ...rates } },
  };
}

/** The random changes of images became a group. */
function fromVersion2(file: Fields): Fields {
  if (file["version"] !== 2 || !isFields(file["data"])) return file;
  const { flip, ...data } = file["data"];
  return { ...file, version: 3, data: { ...data, augment: { flip } } };
}

/** Fields got the field's words. */
function fromVersion3(file: Fields): Fields {
  if (file["version"] !== 3) return file;
  const renames = Object.entries(renamedPaths);
  const renamed = renames.reduce((done, [from, to]) => renamedField(done, from.split("."), lastKey(to)), file);
  return { ...renamed, version: 4 };
}
