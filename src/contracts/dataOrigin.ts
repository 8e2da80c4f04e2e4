/** What it takes to open a data set once more in another thread; can be posted there. */
import type { CustomTask } from "./customTask";
import type { LabelEncoding } from "./labelEncoding";

/** A user's files, as plain data: paths relative to the dropped folder, with bytes readable on demand. */
export interface FolderFile {
  readonly path: string;
  readonly file: Blob;
}

export type DataOrigin =
  | { readonly kind: "scenes"; readonly options: SceneSeries }
  | {
      readonly kind: "files";
      /** Chosen or dropped files; in Node the path of a folder or a zip archive. */
      readonly place: readonly FolderFile[] | string;
      /** An object of each opening's own: the same one means that nothing was opened anew since. */
      readonly options: FileOptions;
      /** Tasks of the user's own whose labels are read too. */
      readonly own: readonly CustomTask[];
    };

/** Which scenes: data/scenes says what each field means. */
export interface SceneSeries {
  readonly size: number;
  readonly train: number;
  readonly val: number;
  readonly seed: number;
  readonly samples?: number;
  readonly partsIgnoreEmpty?: boolean;
}

/** How the files are read. */
export interface FileOptions {
  /** What the data set is called, for example the folder's name. */
  readonly name: string;
  /** Decides the split where the files do not. */
  readonly seed: number;
  /** Part of the images that is held out by a draw, whatever lists the files have; 0 or absent: by the lists, or a fifth where there are none. */
  readonly valShare?: number;
  /** Id of a layout; absent or "auto": the first that fits. */
  readonly layout?: string;
  /** By task: what a person says about its values, before what the layout says. */
  readonly labelEncodings?: Readonly<Record<string, LabelEncoding | undefined>>;
  /** Classes by task where an earlier opening has counted them; absent: labels are read for it. */
  readonly classCounts?: Readonly<Record<string, number>>;
}
