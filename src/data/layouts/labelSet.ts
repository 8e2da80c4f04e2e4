/** The labels of one task in the files of a data set: where they lie and how one is read. */
import type { LabelFormat } from "../../contracts/labelFormat";
import type { LabelReading } from "../../contracts/labelReading";
import { type FileNote, IGNORE, type LabelMap, type TaskData } from "../../contracts/sample";
import type { FileTree } from "../fileTree";
import { decodeLabel } from "../formats/labels";
import type { Raster } from "../io/raster";
import { readRaster } from "../io/readRaster";

export interface LabelSet {
  readonly data: TaskData;
  readonly format: LabelFormat;
  /** The file of each sample that is labelled, by the sample's id. */
  readonly paths: ReadonlyMap<string, string>;
  /** The values of a labelled sample as its file has them. @throws with the file's name. */
  raw(id: string): Promise<Raster>;
  /** The label of a labelled sample. @throws with the file's name. */
  read(id: string): Promise<LabelMap>;
}

export interface FileLabels {
  readonly data: TaskData;
  readonly format: LabelFormat;
  readonly paths: ReadonlyMap<string, string>;
  readonly reading?: LabelReading | undefined;
  /** Names that a MAT file's variable may have. */
  readonly variables?: readonly string[];
  /** From a file's bytes to its values, where the formats of readRaster.ts do not say it. */
  readonly decode?: (bytes: Uint8Array) => Raster;
  /** Changes a decoded label by other files of its sample. */
  readonly refine?: (label: LabelMap, id: string) => Promise<LabelMap>;
}

/** Labels of one file each. */
export function fileLabels(tree: FileTree, files: FileLabels): LabelSet {
  const { data, format, paths, reading, refine } = files;
  const decode = files.decode ?? ((bytes) => readRaster(bytes, files.variables));
  const raw = (id: string): Promise<Raster> => readFile(tree, paths.get(id)!, decode);
  return {
    data,
    format,
    paths,
    raw,
    read: async (id) => {
      const label = await readFile(tree, paths.get(id)!, (bytes) => decodeLabel(decode(bytes), format, reading));
      return refine ? refine(label, id) : label;
    },
  };
}

/**
 * One more than the highest class of all labels, each of which is read for it. Files that cannot be read are reported.
 * @throws the first's error where none can be read.
 */
export async function countClasses(set: LabelSet, report: FileNote[]): Promise<number> {
  let highest = -1;
  const failed: { path: string; error: Error }[] = [];
  for (const [id, path] of set.paths) {
    try {
      for (const index of (await set.read(id)).data) if (index !== IGNORE && index > highest) highest = index;
    } catch (error) {
      failed.push({ path, error: error as Error });
    }
  }
  if (failed.length === set.paths.size) throw failed[0]!.error;
  for (const { path, error } of failed) report.push({ path, reason: `counts for no class: ${error.message}` });
  return Math.max(highest, 0) + 1;
}

/** Reads and decodes a file. @throws with its name in the message. */
export async function readFile<T>(tree: FileTree, path: string, decode: (bytes: Uint8Array) => T): Promise<T> {
  const bytes = await tree.read(path);
  try {
    return decode(bytes);
  } catch (cause) {
    throw new Error(`Cannot use ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
