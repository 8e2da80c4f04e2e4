/**
 * What a look through a data set's files found, told before anything of it is used: which images have which labels, what values the files
 * hold, what is probably meant by them, and what is wrong with them.
 */
import type { LabelEncoding } from "./labelEncoding";
import type { Picture } from "./picture";
import type { TaskId } from "./runConfig";
import type { FileNote, Split } from "./sample";

export interface Survey {
  readonly name: string;
  /** Of the files' paths and of the bytes of their first ones: the same data set opened again has it again. */
  readonly fingerprint: string;
  /** Id of the layout, and by what it was recognised. */
  readonly layout: string;
  readonly seen: string;
  readonly tasks: readonly TaskSurvey[];
  /** Every sample of both splits, in the order of the data set: training first. */
  readonly samples: readonly SampleSurvey[];
  /** Samples whose files were read; the others are known by their names alone. */
  readonly read: number;
  /** Every file that takes no part or is not as it must be, with the reason. */
  readonly problems: readonly FileNote[];
}

export interface SampleSurvey {
  readonly id: string;
  readonly split: Split;
  /** Width and height of the image; absent where its file was not read, or cannot be. */
  readonly size?: readonly [number, number];
  /** Tasks that have a label file for it. */
  readonly labels: readonly TaskId[];
  /** By task of class labels: the classes that it shows, ascending. Absent where not read. */
  readonly classes?: Readonly<Record<TaskId, readonly number[]>>;
  /** What is wrong with its files, in sentences; such a sample cannot be trained on. */
  readonly problem?: string;
}

export interface TaskSurvey {
  readonly task: TaskId;
  /** Images with a label, by split. */
  readonly files: Readonly<Record<Split, number>>;
  /** "8-bit PNG with a palette", "16-bit PNG", "float32 array": each kind of file that was seen, with how many. */
  readonly content: readonly { readonly what: string; readonly files: number }[];
  readonly histogram: Histogram;
  /** Of the pixels read, the part that has no label under the reading in force. */
  readonly unlabelled: number;
  /** What is probably meant, with what it would change. */
  readonly guesses: readonly Guess[];
  /** Names of the classes, where the data set has them. */
  readonly classes?: readonly string[];
}

/** Raw values as the files have them, over all files read and all channels. */
export type Histogram =
  /** Few whole numbers, ascending. `files`: how many show the value. */
  | {
      readonly kind: "values";
      readonly values: readonly { readonly value: number; readonly pixels: number; readonly files: number }[];
    }
  /** Equal bins from `min` to `max`. `notNumbers`: NaN and infinities, which are in no bin. */
  | {
      readonly kind: "bins";
      readonly min: number;
      readonly max: number;
      readonly bins: readonly number[];
      readonly notNumbers: number;
    };

/** "0 looks like background", "255 looks like unlabelled", "depth looks like millimetres". */
export interface Guess {
  /** Names the guess within its task, for example "ignore-255". */
  readonly id: string;
  /** One sentence with the numbers that speak for it. */
  readonly text: string;
  /** What to set in the task's reading to follow it. Empty: nothing, it is so already. */
  readonly reading: LabelEncoding;
  /** It is what happens with the reading in force. */
  readonly inForce: boolean;
  /** Something is probably wrong unless the person says otherwise. */
  readonly doubtful?: true;
}

/** One sample as a small picture, and the colours of its labels at the same size. */
export interface Thumbnail {
  readonly id: string;
  readonly image: Picture;
  readonly labels: readonly { readonly task: TaskId; readonly picture: Picture }[];
  /** Instead of pictures, where the files cannot be read. */
  readonly problem?: string;
}

/** How large the parts of a subset are: what a run with this configuration would train and be measured on. */
export interface SubsetCounts {
  readonly train: number;
  readonly val: number;
  /** Images of each split that it would not take, by the selection or by their number. */
  readonly leftOut: Readonly<Record<Split, number>>;
  /** Images of the training part that have a label, by task. */
  readonly labelled: Readonly<Record<TaskId, number>>;
}
