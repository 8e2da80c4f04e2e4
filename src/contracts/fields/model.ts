/** Fields of the configuration that say what is trained: backbone, method, decoder, tasks. */
import * as v from "valibot";
import { type CustomTask, CustomTasksSchema } from "../customTask";
import { normalisations } from "../normalisation";
import { choice, flag, listed, object, taskList, whole } from "./field";

const finite = v.pipe(v.number(), v.finite());
const SettingValueSchema = v.union([
  finite,
  v.string(),
  v.boolean(),
  v.array(v.string()),
  v.record(v.string(), finite),
]);
/** A number, an id, a switch, a list of ids, or a number by task. */
export type SettingValue = v.InferOutput<typeof SettingValueSchema>;

export const deviceChoices = ["auto", "webgpu", "cpu", "wasm", "tf-webgpu", "webgl", "tf"] as const;

const group = { group: "method", effect: "graph", default: true } as const;

/** Parameter groups of the backbone that may be trained beside what a method adds. */
const unfreeze = {
  norms: flag({
    ...group,
    label: "Layer norms",
    help: "The backbone's normalization layers are trained too, as in the published runs. These are the scale and shift of each layer norm.",
  }),
  patchMerging: flag({
    ...group,
    label: "Patch merging",
    help: "The layers between two stages are trained too. They are most of what the published count calls the method's parameters.",
  }),
  positionBias: flag({
    ...group,
    label: "Position bias",
    help: "How strongly a patch attends to one at a given distance is trained too. These are the tables of relative position bias.",
  }),
  patchEmbed: flag({
    ...group,
    label: "Patch embedding",
    help: "The first layer, from pixels to tokens, is trained too.",
  }),
};

export const method = {
  id: listed("methods", {
    label: "Method",
    help: "How the pretrained weights are adapted.",
    effect: "graph",
    default: "ditask",
  }),
  /** What differs from the method's defaults; which keys there are is the method's to say (Catalogue.methods). */
  settings: object(v.record(v.string(), SettingValueSchema), {
    label: "Method settings",
    help: "What differs from the method's own defaults.",
    effect: "graph",
    unlinked: true,
    default: { sharedCells: 32, taskCells: 16 },
  }),
  unfreeze,
};

export const input = {
  imageSize: whole({
    label: "Image size",
    help: "Side of the square images in pixels. 0: the backbone's own.",
    effect: "graph",
    min: 0,
    max: 4096,
    step: 32,
    unit: "pixels",
    zero: "own",
    default: 0,
  }),
  window: whole({
    label: "Window",
    help: "Side of Swin's windows in tokens. 0: the backbone's own.",
    effect: "graph",
    min: 0,
    max: 256,
    step: 1,
    unit: "tokens",
    zero: "own",
    default: 0,
  }),
  normalisation: choice(
    Object.entries(normalisations).map(([id, { label, help }]) => ({
      id: id as keyof typeof normalisations,
      label,
      help,
    })),
    {
      label: "Input normalization",
      help: "Mean and standard deviation of colours that the backbone was trained with. Weights do not tell.",
      group: "data",
      effect: "data",
      advanced: true,
      optional: true,
      default: "imagenet",
    },
  ),
};

const TaskListSchema = v.pipe(
  v.array(v.string()),
  v.minLength(1),
  v.check(
    (ids) => new Set(ids).size === ids.length,
    ({ input: ids }) => `"${ids.find((id, i) => ids.indexOf(id) < i)}" is named twice; name each task once.`,
  ),
);

export const backbone = listed("backbones", {
  label: "Backbone",
  help: "The pretrained vision transformer that is adapted.",
  effect: "graph",
  default: "embedded",
});

export const decoder = listed("decoders", {
  label: "Decoder",
  help: "What computes a task's map from the backbone's features. Every task has its own.",
  effect: "graph",
  default: "hrnet",
});

export const tasks = taskList(TaskListSchema, {
  label: "Tasks",
  help: "What the model learns to predict. Ids of built-in tasks and of tasks of your own.",
  effect: "graph",
  default: ["semseg", "human_parts", "sal", "normals"],
});

export const customTasks = object<CustomTask[]>(CustomTasksSchema, {
  label: "Own tasks",
  help: "Definitions of tasks beside the built-in ones.",
  effect: "graph",
  optional: true,
  default: [],
});

export const device = choice(
  deviceChoices.map((id) => ({ id, label: id, help: "" })),
  {
    label: "Device",
    help: "What computes the run. auto: the fastest that is there.",
    effect: "graph",
    default: "auto",
  },
);
