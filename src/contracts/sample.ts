/**
 * Images, labels and batches as plain data: everything that crosses from the data side to the training side.
 *
 * Letters: B batch, H and W the sides of one picture, S the side of a training image, C or c channels.
 */

/** The tasks a data set may label. */
export type LabelTask = "semseg" | "human_parts" | "sal" | "normals" | "depth" | "edge";

/** In every label map and every label of a batch, this value marks a pixel that takes part in no loss and no metric. */
export const IGNORE = 255;

/** An 8-bit colour picture; data: [H,W,3], row by row from the top left. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * One task's truth for one picture; data: [H,W,C], `IGNORE` where unlabelled.
 * semseg, human_parts: C=1, class index. sal, edge: C=1, 0 or 1. depth: C=1, metres.
 * normals: C=3, unit vectors (x right, y and z as the data set has them), all three channels `IGNORE` where unlabelled.
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
  readonly labels: Readonly<Partial<Record<LabelTask, LabelMap>>>;
}

/** What a data set offers for one task. `classes` names the indices of a class map, `classCount` counts them. */
export interface TaskData {
  readonly task: LabelTask;
  readonly classes?: readonly string[];
  readonly classCount?: number;
}

export type Split = "train" | "val";

/** A data set: samples by split and index, loaded one at a time. `load` rejects with the file's name when it cannot be read. */
export interface DataSource {
  readonly name: string;
  readonly tasks: readonly TaskData[];
  readonly size: Readonly<Record<Split, number>>;
  load(split: Split, index: number): Promise<Sample>;
}

/** One batch, ready for the graph's inputs. */
export interface Batch {
  /** B: how many rows the arrays have, padding included. */
  readonly size: number;
  /** S. */
  readonly imageSize: number;
  /** [B,S,S,3], normalised by ImageNet's mean and standard deviation. */
  readonly image: Float32Array;
  /** Per task [B,S,S,c], `IGNORE` where unlabelled. */
  readonly labels: Readonly<Partial<Record<LabelTask, Float32Array>>>;
  /** [B]: 1 for a sample, 0 for a row that only fills up the last batch of an evaluation. */
  readonly weight: Float32Array;
  /** The samples' ids, without the padding. */
  readonly ids: readonly string[];
}
