/** What every way of laying out a data set in files answers. A new layout is one file of this shape and one line in `index.ts`. */
import type { LabelReading } from "../../contracts/labelReading";
import type { ByTask, DataSource, FileNote } from "../../contracts/sample";
import type { FileTree } from "../fileTree";
import type { LabelSet } from "./labelSet";

export type { FileNote } from "../../contracts/sample";

/** What an opened data set is made of, for those who look into its files. */
export interface Contents {
  readonly tree: FileTree;
  /** Paths by sample id. */
  readonly images: ReadonlyMap<string, string>;
  readonly labels: readonly LabelSet[];
}

export interface OpenedData {
  readonly source: DataSource;
  /** Files that were left out, for the person to look at. */
  readonly report: readonly FileNote[];
  /** Id of the layout. */
  readonly layout: string;
  /** One sentence: by what the layout was recognised. */
  readonly seen: string;
  readonly contents: Contents;
}

export interface OpenOptions {
  /** What the data set is called, for example the folder's name. */
  readonly name: string;
  /** Decides the split where the files do not. */
  readonly seed: number;
  /** Id of a layout; absent or "auto": the first that fits. */
  readonly layout?: string;
  /** By task: what a person says about its values, before what the layout says. */
  readonly readings?: ByTask<LabelReading>;
}

export interface Layout {
  readonly id: string;
  /** One line for people: the folders and files that make this layout. */
  readonly description: string;
  /** What makes these paths, seen from the data set's own folder, this layout: one sentence; undefined where they do not follow it. */
  recognise(paths: readonly string[]): string | undefined;
  /** @throws where the files cannot make a data set; the message says what is missing. */
  open(tree: FileTree, options: OpenOptions): Promise<Omit<OpenedData, "layout" | "seen">>;
}
