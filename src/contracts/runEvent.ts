/** What a session tells: plain data, structured-cloneable, in order. The store is a fold over these. */
import type { AdapterReport } from "./adapterReport";
import type { BackboneEntry, Catalogue, DataEntry, ExecutorInfo } from "./catalogue";
import type { Command } from "./command";
import type { CaseReport } from "./conformance";
import type { ImportReport, RecognisedWeights } from "./importReport";
import type { Picture } from "./picture";
import type { CheckpointKind, RunId, RunParent, StepColumns, StudyKind, StudyPlace } from "./run";
import type { RunConfig, TaskId } from "./runConfig";
import type { Split } from "./sample";
import type { StepComparison } from "./stepComparison";
import type { SubsetCounts, Survey, Thumbnail } from "./survey";
import type { UpdateAnalysis } from "./updateAnalysis";

/** What the user brought to a run. */
export interface OwnInput {
  /** For people: the name of the folder or file. */
  readonly label: string;
  /** Of a data set the fingerprint, of weights the SHA-256. */
  readonly identity: string;
}

/** null: built in. */
export interface RunInputs {
  readonly data: OwnInput | null;
  readonly weights: OwnInput | null;
}

/** What a list of runs shows. */
export interface RunSummary {
  readonly run: RunId;
  readonly config: RunConfig;
  readonly name: string;
  readonly note: string;
  /** Milliseconds since 1970; 0: not known. */
  readonly created: number;
  readonly parent?: RunParent;
  readonly place?: StudyPlace;
  readonly state: RunState;
  /** Steps done. */
  readonly step: number;
  /** Of the last evaluation. */
  readonly metrics: Readonly<Partial<Record<TaskId, TaskMetrics>>>;
  /** Whether it has a checkpoint to go on from. */
  readonly resumable: boolean;
  /** It is at work in another tab. */
  readonly busy?: true;
  /** What of the user's own it goes on with; absent: an old checkpoint does not say. */
  readonly needs?: RunInputs;
}

/** One thing that is kept from visit to visit. */
export interface LibraryEntry {
  /** Names it in "library-open" and "library-remove"; of a run "runs/" and its id. */
  readonly id: string;
  readonly kind: "run" | "svd" | "backbone" | "adapter" | "data";
  /** For people: the name of the data set or file; of a run, empty. */
  readonly label: string;
  /** False: its writing was cut short. It cannot be opened, only deleted or kept anew. */
  readonly whole: boolean;
  readonly bytes: number;
  readonly files: number;
  /** Milliseconds since 1970. */
  readonly changed: number;
  /** Of a run whose record or newest checkpoint can be read. */
  readonly run?: RunSummary;
}

export type RunState = "idle" | "preparing" | "ready" | "running" | "paused" | "evaluating" | "finished" | "failed";

/** One warp: a stream ("shared" or a task) of a site's part; theta lies at [thetaOffset, thetaOffset + cells - 1) of the flat theta. */
export interface WarpRowInfo {
  readonly stream: "shared" | TaskId;
  readonly thetaOffset: number;
  readonly cells: number;
  /** False: this warp exists but the run does not train it. */
  readonly trained: boolean;
}

export interface SiteInfo {
  /** "layers.0.blocks.1.attn.qkv" */
  readonly name: string;
  /** "q", "k", "v", or "" for a site of one part. Parts share theta and have singular values of their own. */
  readonly part: string;
  readonly shape: readonly [number, number];
  /** Singular values, descending. */
  readonly sigma: Float32Array;
  /** What a warp of this site acts on. */
  readonly reading: "value" | "index";
  /** Whether the velocity vanishes at 0 and 1. */
  readonly boundary: "zero" | "free";
  readonly rows: readonly WarpRowInfo[];
}

export interface ParameterGroup {
  readonly id: string;
  readonly label: string;
  readonly trained: number;
  readonly total: number;
}

export interface SamplePictures {
  readonly id: string;
  readonly image: Picture;
  readonly tasks: readonly { readonly task: TaskId; readonly truth: Picture | null; readonly prediction: Picture }[];
}

/** Metrics of one task, by name; NaN is never sent (an undefined metric is absent). */
export type TaskMetrics = Readonly<Record<string, number>>;

export type RunEvent =
  | { readonly type: "catalogue"; readonly catalogue: Catalogue }
  | {
      readonly type: "data";
      readonly entry: DataEntry;
      readonly report: readonly { readonly path: string; readonly reason: string }[];
    }
  /** While the labels of a data set that is being opened are read to count their classes. */
  | { readonly type: "opening"; readonly label: string; readonly done: number; readonly total: number }
  /** While "survey" reads files. */
  | { readonly type: "surveying"; readonly done: number; readonly total: number }
  /** Answers "survey". */
  | { readonly type: "survey"; readonly survey: Survey }
  /** Answers "thumbnails", in portions. */
  | {
      readonly type: "thumbnails";
      readonly split: Split;
      readonly samples: readonly (Thumbnail & { readonly index: number })[];
    }
  /** Answers "augment-preview": the image as it is, then as a run would change it. */
  | { readonly type: "augmented"; readonly plain: Thumbnail; readonly changed: readonly Thumbnail[] }
  /** Answers "count-subset". */
  | { readonly type: "subset"; readonly config: RunConfig; readonly counts: SubsetCounts }
  /** While "library-keep" copies; told at the start and the end too. */
  | {
      readonly type: "keeping";
      readonly what: "data" | "weights" | "adapter";
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  /** While weights are decomposed beside whatever runs; `done` is `total` at the end. */
  | { readonly type: "decomposing"; readonly fraction: number; readonly done: number; readonly total: number }
  /** Answers "open-weights": what the files hold, and what of it a run takes. */
  | {
      readonly type: "weights";
      readonly entry: BackboneEntry;
      readonly recognised: RecognisedWeights;
      readonly report: ImportReport;
    }
  /** Answers "open-weights" where the files are an exported adapter; told again when other weights are opened beside it. */
  | { readonly type: "adapter"; readonly report: AdapterReport }
  /** Answers "count". */
  | {
      readonly type: "counted";
      readonly config: RunConfig;
      readonly parameters: readonly ParameterGroup[];
      /** Why the configuration cannot run; empty where it can. */
      readonly problem: string;
    }
  /** A run exists: the first event of its record. */
  | {
      readonly type: "created";
      readonly run: RunId;
      readonly config: RunConfig;
      /** For people; empty: named by what differs from other runs. */
      readonly name: string;
      readonly note: string;
      /** Milliseconds since 1970. */
      readonly created: number;
      readonly parent?: RunParent;
      readonly place?: StudyPlace;
    }
  | {
      readonly type: "state";
      readonly run: RunId;
      readonly state: RunState;
      readonly message: string;
      /** 0 to 1 while preparing or evaluating. */
      readonly progress?: number;
    }
  | {
      readonly type: "prepared";
      readonly run: RunId;
      /** With all changes so far. */
      readonly config: RunConfig;
      readonly executor: ExecutorInfo;
      readonly sites: readonly SiteInfo[];
      readonly parameters: readonly ParameterGroup[];
      readonly stepsPerEpoch: number;
      readonly dispatches: number;
      readonly memoryBytes: number;
      /** The baseline: the metric of a constant prediction (majority class, mean depth, ...) on the validation images, by task. */
      readonly baseline: Readonly<Partial<Record<TaskId, TaskMetrics>>>;
      /** The configuration says no more of them than that they are the user's own. */
      readonly inputs?: RunInputs;
    }
  | {
      readonly type: "step";
      readonly run: RunId;
      /** Number of optimiser steps done, 1 after the first. */
      readonly step: number;
      readonly epoch: number;
      readonly losses: Readonly<Partial<Record<TaskId, number>>>;
      /** Weighted sum. */
      readonly total: number;
      readonly gradientNorm: number;
      /** The loss of a micro-batch or the gradient's norm is not finite: nothing was trained. */
      readonly skipped?: true;
      /** The tasks whose loss is not finite. */
      readonly notFinite?: readonly TaskId[];
      readonly learningRates: Readonly<Record<string, number>>;
      readonly stepMs: number;
    }
  /** Many steps at once, of a record that is opened. They take the place of what was told from their first step on. */
  | { readonly type: "steps"; readonly run: RunId; readonly columns: StepColumns }
  /** Flat theta of all warps, layout in "prepared". */
  | { readonly type: "warps"; readonly run: RunId; readonly step: number; readonly theta: Float32Array }
  | {
      readonly type: "evaluation";
      readonly run: RunId;
      readonly step: number;
      readonly metrics: Readonly<Partial<Record<TaskId, TaskMetrics>>>;
      readonly images: number;
      readonly ms: number;
    }
  | {
      readonly type: "predictions";
      readonly run: RunId;
      readonly step: number;
      readonly samples: readonly SamplePictures[];
    }
  /** A live field changed: from optimiser step `step` on (0-based: the first that it feeds). */
  | {
      readonly type: "changed";
      readonly run: RunId;
      readonly step: number;
      readonly field: string;
      readonly value: unknown;
    }
  | {
      readonly type: "artefact";
      readonly run: RunId;
      readonly name: string;
      readonly mime: string;
      readonly bytes: Uint8Array<ArrayBuffer>;
    }
  /** Follows the last "artefact" of an export. */
  | { readonly type: "exported"; readonly run: RunId; readonly what: string; readonly files: number }
  /** Answers "update-analysis". */
  | { readonly type: "update-analysis"; readonly run: RunId; readonly updateAnalysis: UpdateAnalysis }
  /** A checkpoint was written, read back and compared. */
  | {
      readonly type: "checkpoint";
      readonly run: RunId;
      readonly kind: CheckpointKind;
      readonly step: number;
      readonly bytes: number;
    }
  /** The run goes on from its checkpoint after this step: what it told of later steps does not count. */
  | { readonly type: "resumed"; readonly run: RunId; readonly step: number }
  | { readonly type: "renamed"; readonly run: RunId; readonly name: string; readonly note: string }
  | { readonly type: "removed"; readonly run: RunId }
  /** How far a study is. */
  | {
      readonly type: "study";
      readonly study: string;
      readonly kind: StudyKind;
      readonly groups: readonly (readonly RunId[])[];
      /** The group that is prepared or works; as many as there are groups: the study has ended. */
      readonly group: number;
      /** What all steps of all groups take, by a step that was timed; absent where nothing was. */
      readonly estimateMs?: number;
    }
  /** Answers "library" and "library-remove". The two numbers are absent where the platform does not say. */
  | {
      readonly type: "library";
      readonly entries: readonly LibraryEntry[];
      /** Whether the browser promised to delete nothing by itself. */
      readonly persisted: boolean;
      readonly usedBytes?: number;
      readonly quotaBytes?: number;
    }
  /** Answers "diagnose": told at the start and after every case, with all reports so far; `cases` is complete when it has `total` entries. */
  | {
      readonly type: "diagnosis";
      /** The executor that computes, for people. */
      readonly device: string;
      readonly total: number;
      readonly cases: readonly CaseReport[];
      /** What kept the device from being checked at all: it could not be opened, or the golden files could not be read. */
      readonly problem?: string;
    }
  /** Answers "compare-step": told a few times a second with all that was found so far; the last one is finished. */
  | { readonly type: "step-comparison"; readonly comparison: StepComparison }
  | { readonly type: "log"; readonly level: "info" | "warning"; readonly message: string }
  | {
      readonly type: "failed";
      readonly message: string;
      readonly detail: string;
      /** Whether the run can go on by "prepare" or "start". */
      readonly recoverable: boolean;
      /** The run that it concerns; absent: none, or the session as a whole. */
      readonly run?: RunId;
      /** The configuration cannot run; nothing was allocated for it. */
      readonly refused?: true;
      /** The command that could not be carried out; absent: what was going on failed by itself. */
      readonly of?: Command["type"];
    };

/** What is told of one run; a record is made of these. */
export type EventOfRun = Extract<RunEvent, { readonly run: RunId }>;
