/**
 * What exists: tasks, methods, backbones, data sources, presets and settings with ranges, units and help. The page and the
 * command line learn it from here, so a new plug-in appears in both without page work.
 */

import type { CustomTask, TaskKind } from "./customTask";
import type { Control, Entry, PerTask } from "./fields/control";
import type { Effect } from "./fields/field";
import type { DataConfig, DeviceChoice, LearningRates, RunConfig, SettingValue, TaskId, Unfreeze } from "./runConfig";
import type { LabelFolder } from "./sample";

export type { Control, Entry } from "./fields/control";

/** One number of a task's metric. */
export interface MeasureEntry {
  readonly key: string;
  readonly label: string;
  readonly unit: string;
  readonly largerIsBetter: boolean;
  /** Shown as percent (value times 100). */
  readonly percent: boolean;
}

export interface TaskEntry extends Entry<TaskId> {
  /** Name of the primary metric inside the task's metrics. */
  readonly metric: string;
  readonly metricLabel: string;
  readonly unit: string;
  readonly largerIsBetter: boolean;
  /** Shown as percent (value times 100). */
  readonly percent: boolean;
  /** Loss weight of the reference. */
  readonly weight: number;
  /** Every number of the task's metric; the first is the primary one. */
  readonly measures: readonly MeasureEntry[];
}

export interface BackboneEntry extends Entry {
  readonly imageSize: number;
  readonly parameters: number;
  /** Whether weights are built in; otherwise the user brings a file. */
  readonly embedded: boolean;
}

/** Class names and colours, in index order. */
export type Legend = readonly { readonly name: string; readonly color: readonly [number, number, number] }[];

export interface DataEntry extends Entry {
  readonly tasks: readonly TaskId[];
  /** Of the tasks whose maps hold classes with names. */
  readonly legends: Readonly<Partial<Record<TaskId, Legend>>>;
  readonly train: number;
  readonly val: number;
  /** Label folders that wait for a task of the user's own; absent: none. */
  readonly folders?: readonly LabelFolder[];
  /** Of the user's own data: what it is and how its files are read now, which was remembered where it was opened before. */
  readonly opened?: Pick<DataConfig, "layout" | "valShare" | "labelEncodings"> & {
    readonly fingerprint: string;
    /** By what the layout was recognised. */
    readonly seen: string;
    /** The library's copy, or memory since that was deleted; absent: the files where they lie. */
    readonly readFrom?: "copy" | "memory";
  };
}

/** What a task of the user's own may be made of, for one kind of label. */
export interface TaskKindEntry extends Entry<TaskKind> {
  readonly losses: readonly Entry[];
  readonly metrics: readonly (Entry & { readonly measures: readonly MeasureEntry[] })[];
  readonly colours: readonly Entry[];
  /** A definition to begin with; its id and label are the user's to choose. */
  readonly example: CustomTask;
}

/** One control. `path` is the dotted place in RunConfig, e.g. "training.learningRate.method". */
export type Setting = {
  readonly path: string;
  readonly label: string;
  readonly help: string;
  readonly group: "data" | "method" | "training";
  readonly advanced: boolean;
  /** What a change of it needs. */
  readonly effect: Effect;
  /** A number of images: that of the data ends its slider. */
  readonly images?: "train" | "val";
  /** The value may also be a number by task, or always is: {"semseg": 4, "normals": 8}. */
  readonly perTask?: PerTask;
} & Control;

export const methodFamilies = ["Singular values", "Low rank", "Modules and tokens", "Parts of the backbone"] as const;
export type MethodFamily = (typeof methodFamilies)[number];

/** A method of fine-tuning with its own controls; `path` of each is "method.settings.<key>". */
export interface MethodEntry extends Entry {
  /** What kind of change the method makes; methods are offered under these names. */
  readonly family: MethodFamily;
  /** The publication, in short. */
  readonly source: string;
  readonly settings: readonly Setting[];
  /** The value of every key of its settings where a run names none. */
  readonly defaults: Readonly<Record<string, SettingValue>>;
  /** What a run of this method unfreezes beside it by default; null: the method alone says what trains. */
  readonly unfreeze: Unfreeze | null;
  /** Peak learning rates of a run of this method by default. */
  readonly rates: LearningRates;
}

/** A method as a race takes it into a configuration. */
export interface ContestantEntry extends Entry {
  readonly method: RunConfig["method"];
  /** Peak rates that suit it; absent: the configuration's. */
  readonly rates?: Partial<Readonly<Record<"method" | "backbone", number>>>;
}

export interface Preset extends Entry {
  readonly config: RunConfig;
}

/** A way to compute, and whether it can be had here. */
export interface ExecutorInfo {
  readonly choice: Exclude<DeviceChoice, "auto">;
  /** For people: "WebGPU on NVIDIA RTX 4070". */
  readonly description: string;
  /** Why this one runs, or why it cannot. */
  readonly reason: string;
  readonly available: boolean;
  readonly active: boolean;
}

export interface Catalogue {
  readonly tasks: readonly TaskEntry[];
  /** What tasks of the user's own are made of. */
  readonly taskKinds: readonly TaskKindEntry[];
  readonly methods: readonly MethodEntry[];
  /** What a race may set side by side: methods with settings of their own, one model for all tasks each. */
  readonly contestants: readonly ContestantEntry[];
  readonly decoders: readonly Entry[];
  readonly backbones: readonly BackboneEntry[];
  readonly data: readonly DataEntry[];
  readonly presets: readonly Preset[];
  /** What a run can be written as. */
  readonly exports: readonly Entry[];
  readonly settings: readonly Setting[];
  readonly devices: readonly ExecutorInfo[];
}
