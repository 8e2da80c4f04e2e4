/** What every way of laying out a data set in files answers. A new layout is one file of this shape and one line in `index.ts`. */
import type { DataSource } from "../../contracts/sample";
import type { FileTree } from "../fileTree";

/** A file that takes no part, and why. */
export interface FileNote {
  readonly path: string;
  readonly reason: string;
}

export interface OpenedData {
  readonly source: DataSource;
  /** Files that were left out, for the person to look at. */
  readonly report: readonly FileNote[];
}

export interface OpenOptions {
  /** What the data set is called, for example the folder's name. */
  readonly name: string;
  /** Decides the split where the files do not. */
  readonly seed: number;
}

export interface Layout {
  readonly id: string;
  /** One line for people: the folders and files that make this layout. */
  readonly description: string;
  /** Whether these paths, seen from the data set's own folder, follow the layout. */
  matches(paths: readonly string[]): boolean;
  /** @throws where the files cannot make a data set; the message says what is missing. */
  open(tree: FileTree, options: OpenOptions): Promise<OpenedData>;
}
