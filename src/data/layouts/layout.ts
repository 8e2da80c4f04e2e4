/** What every way of laying out a data set in files answers. A new layout is one file of this shape and one line in `index.ts`. */
import type { CustomTask } from "../../contracts/customTask";
import type { FileOptions } from "../../contracts/dataOrigin";
import type { DataSource, FileNote, Split } from "../../contracts/sample";
import type { FileTree } from "../fileTree";
import type { Watch } from "../watch";
import type { LabelSet } from "./labelSet";

export type { FileNote } from "../../contracts/sample";

/** What an opened data set is made of, for those who look into its files. */
export interface Contents {
  readonly tree: FileTree;
  /** Paths by sample id. */
  readonly images: ReadonlyMap<string, string>;
  readonly labels: readonly LabelSet[];
  /** Ids of the samples in their order. */
  readonly split: Readonly<Record<Split, readonly string[]>>;
  /** The labels of those tasks of the user's own that have a folder. */
  ownLabels(tasks: readonly CustomTask[]): readonly LabelSet[];
  /** Labels of another size are brought to their image's, and photographs are as they are stored; absent: refused, and upright. */
  readonly asPublished?: true;
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

export interface Layout {
  readonly id: string;
  /** One line for people: the folders and files that make this layout. */
  readonly description: string;
  /** What makes these paths, seen from the data set's own folder, this layout: one sentence; undefined where they do not follow it. */
  recognise(paths: readonly string[]): string | undefined;
  /** @throws where the files cannot make a data set; the message says what is missing. */
  open(tree: FileTree, options: FileOptions, watch: Watch): Promise<Omit<OpenedData, "layout" | "seen">>;
}
