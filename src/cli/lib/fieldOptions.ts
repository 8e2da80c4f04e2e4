/**
 * Options that set fields of the run file: what their value may be, their help, how they set the field, and which commands take them. An option
 * of a field that the page offers has its help and range from there.
 */
import { fieldOf } from "../../contracts/fields";
import { deviceChoices } from "../../contracts/runConfig";
import { knownIds } from "../../runtime/products/describe";
import { FILE_BACKBONE } from "../../runtime/run/prepare/openedBackbone";
import { isWeightsPath } from "../../runtime/session/node/nodeWeights";
import { numeric, type Option, oneOf, text, type Value, whole } from "./commandLine";
import { cutSetting, setPath } from "./setPath";

export type CommandName = "finetune" | "inspect" | "plan" | "compare" | "sweep" | "runs" | "conformance";

type Fields = Record<string, unknown>;

export interface Declaration {
  readonly value?: Value;
  readonly help: string;
  readonly repeated?: true;
  readonly formerly?: string;
  /** The field of the run file that it sets. */
  readonly path?: string;
  /** Sets it in another way than as a text, or more than one field. */
  readonly assign?: (config: Fields, given: string) => void;
  /** A run that goes on may still be told it; all else is its own configuration's to say. */
  readonly besideResume?: true;
  /** The commands that take it, with what differs there. */
  readonly commands: Readonly<Partial<Record<CommandName, Partial<Pick<Option, "value" | "help" | "default">>>>>;
}

/** An option of a field: its help, its range or its choices. */
function field(path: string) {
  const known = fieldOf(path);
  if (!known) throw new Error(`${path} is no field of the run file.`);
  if (known.kind === "number") {
    const { min, max, integer, help } = known;
    const expected = `expected a ${integer ? "whole " : ""}number from ${min} to ${max}.`;
    const value: Value = { shown: "N", problem: (given) => numeric.problem?.(given) && expected };
    return { path, help: `${help} From ${min} to ${max}.`, value };
  }
  const choices = "choices" in known ? known.choices.map(({ id }) => id) : undefined;
  return { path, help: known.help, value: choices ? oneOf(choices) : text("ID") };
}

const images = { ...field("data.train"), help: "Training images used, chosen by the seed; 0 uses all." };
const file = text("FILE");

/** Whether --data names files of the user's own. */
export const isOwnData = (data: string | undefined): data is string => data !== undefined && data !== "scenes";

export const fieldOptions = {
  data: {
    value: text("SOURCE"),
    help: "scenes, or a folder or zip archive with images/ and one folder of labels per task.",
    path: "data.source",
    assign: (config, given) => setPath(config, "data.source", isOwnData(given) ? "folder" : given),
    besideResume: true,
    commands: { finetune: {}, compare: {}, conformance: {} },
  },
  layout: {
    ...field("data.layout"),
    value: oneOf(["auto", ...knownIds.layouts]),
    commands: { finetune: {}, inspect: { default: "auto" } },
  },
  method: {
    value: oneOf(knownIds.methods),
    help: "How weights are adapted; another method than the configuration's starts from its own settings.",
    path: "method.id",
    commands: { finetune: {}, plan: {}, conformance: {} },
  },
  backbone: {
    value: { shown: "ID|FILE", known: knownIds.startingPoints },
    help: "The pretrained model, or a file of weights (.safetensors, .pth, .pt, .bin, or the .json index of several).",
    path: "backbone",
    assign: (config, given) => {
      config["backbone"] = isWeightsPath(given) ? FILE_BACKBONE : given;
    },
    besideResume: true,
    commands: {
      finetune: {},
      conformance: {},
      plan: { value: oneOf(knownIds.architectures), help: "The model, whether weights are built in or not." },
      inspect: {
        value: file,
        help: "Weights that an adapter is compared with; without it the built-in backbone that it names.",
      },
    },
  },
  decoder: {
    value: oneOf(knownIds.decoders),
    help: "The decoder of every task.",
    path: "decoder",
    formerly: "head",
    commands: { finetune: {}, plan: {} },
  },
  tasks: {
    value: { shown: "A,B", known: knownIds.tasks },
    help: "Tasks that are trained, or those of customTasks; without it those of the configuration that the data has labels for.",
    path: "tasks",
    commands: { finetune: {}, plan: { help: "Tasks that are trained." } },
  },
  image: {
    value: whole(0),
    help: "Side of the images in pixels; 0 is the backbone's own.",
    path: "input.imageSize",
    commands: { finetune: {}, plan: {} },
  },
  subset: { ...images, commands: { finetune: {} } },
  train: { ...images, commands: { compare: {} } },
  val: {
    ...field("data.val"),
    help: "Validation images that the table reports.",
    commands: { compare: { default: "256" } },
  },
  steps: {
    ...field("training.steps"),
    value: whole(0),
    help: "Optimiser steps of the whole run; 0 only evaluates.",
    commands: { finetune: {}, compare: { value: whole(), help: "Optimiser steps of every run." } },
  },
  batch: { ...field("training.batchSize"), commands: { finetune: {}, plan: { default: "8" } } },
  seed: { ...field("training.seed"), commands: { finetune: {} } },
  device: {
    value: oneOf(deviceChoices),
    help: "What the run is computed on; cpu is ONNX Runtime, native.",
    path: "device",
    commands: { finetune: {}, compare: { default: "cpu" }, conformance: {} },
  },
  set: {
    value: text("PATH=VALUE"),
    help: "Any field of the run file, such as --set training.learningRate.method=0.02. Can be given several times.",
    assign: (config, given) => setPath(config, ...cutSetting("--set", given)),
    repeated: true,
    commands: { finetune: {}, compare: {}, sweep: {}, conformance: {} },
  },
} as const satisfies Record<string, Declaration>;
