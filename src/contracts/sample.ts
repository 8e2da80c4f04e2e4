/**
 * Images, labels and batches as plain data: everything that crosses from the data side to the training side.
 *
 * Letters: B batch, H and W the sides of one picture, S the side of a training image, C or c channels.
 */
import type { CustomTask } from "./customTask";
import type { DataOrigin } from "./dataOrigin";
import type { LabelFormat } from "./labelFormat";
import type { BuiltInTask } from "./tasks";

/**
 * In every label map and every label of a batch, this value marks a pixel that takes part in no loss and no metric. It is compared
 * exactly: a regression label that happens to be 255 is stored as the next larger float32 number, 6·10⁻⁸ of it away.
 */
export const IGNORE = 255;

/** Something for each task: the built-in ones by name, tasks of the user's own by their id. */
export type ByTask<T> = Readonly<Partial<Record<BuiltInTask, T>>> & { readonly [task: string]: T | undefined };

/** An 8-bit colour picture; data: [H,W,3], row by row from the top left. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * One task's truth for one picture; data: [H,W,C], `IGNORE` where unlabelled.
 * semseg, human_parts: C=1, class index. sal, edge: C=1, 0 or 1. depth: C=1, metres.
 * normals: C=3, unit vectors (x right, y down unless the format says up, z as the data set has it), all three `IGNORE` where unlabelled.
 * Tasks of the user's own: as their kind says (labelFormat.ts).
 */
export interface LabelMap {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

export interface Sample {
  readonly id: string;
  readonly image: RgbImage;
  readonly labels: ByTask<LabelMap>;
}

/** What a data set offers for one task. `classes` names the indices of a class map, `classCount` counts them. */
export interface TaskData {
  readonly task: string;
  /** Of a task of the user's own; a built-in task's is known by its id, unless the data set has it otherwise. */
  readonly format?: LabelFormat;
  readonly classes?: readonly string[];
  readonly classCount?: number;
}

/** A folder of label files that belongs to no built-in task, and what its first file looks like. */
export interface LabelFolder {
  readonly name: string;
  /** Label files that have an image. */
  readonly files: number;
  /** For people: "8-bit, one channel, 5 values up to 4". */
  readonly content: string;
  readonly kind: CustomTask["kind"];
  /** Where it may hold classes: one more than the highest index that was seen. */
  readonly classes?: number;
}

export type Split = "train" | "val";

/** A file that takes no part, and why. */
export interface FileNote {
  readonly path: string;
  readonly reason: string;
}

/** A data set: samples by split and index, loaded one at a time. `load` rejects with the file's name when it cannot be read. */
export interface DataSource {
  readonly name: string;
  readonly tasks: readonly TaskData[];
  readonly size: Readonly<Record<Split, number>>;
  load(split: Split, index: number): Promise<Sample>;
  /** The sample's id, as `load` gives it, without reading a file. */
  id(split: Split, index: number): string;
  /** Tasks that have a label for the sample, told without reading a file; absent: all. */
  labelled?(split: Split, index: number): readonly string[];
  /** Label folders that wait for a task of the user's own with their name as its id. */
  readonly folders?: readonly LabelFolder[];
  /** How another thread opens the same samples, which it finds by their ids; absent: it cannot. A part of the data set has the whole's. */
  readonly origin?: DataOrigin;
  /** The same samples in the same splits, with the labels of those of `tasks` that have a folder too. */
  withTasks?(tasks: readonly CustomTask[]): DataSource;
}

/** One batch, ready for the graph's inputs. */
export interface Batch {
  /** B: how many rows the arrays have, padding included. */
  readonly size: number;
  /** S. */
  readonly imageSize: number;
  /** [B,S,S,3], normalised as the run says (RunConfig.input.normalisation). */
  readonly image: Float32Array;
  /** Per task [B,S,S,c], `IGNORE` where unlabelled. */
  readonly labels: ByTask<Float32Array>;
  /** [B]: 1 for a sample, 0 for a row that only fills up the last batch of an evaluation. */
  readonly weight: Float32Array;
  /** The samples' ids, without the padding. */
  readonly ids: readonly string[];
}
