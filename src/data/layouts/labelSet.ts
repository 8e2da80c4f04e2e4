/** The labels of one task in the files of a data set: where they lie and how one is read. */

import type { FileOptions } from "../../contracts/dataOrigin";
import type { LabelEncoding } from "../../contracts/labelEncoding";
import type { LabelFormat } from "../../contracts/labelFormat";
import { IGNORE, type LabelMap, type TaskData } from "../../contracts/sample";
import type { FileTree } from "../fileTree";
import { decodeLabel } from "../formats/labels";
import type { Raster } from "../io/raster";
import { readRaster } from "../io/readRaster";
import { forEachWatched, type Watch } from "../watch";

export interface LabelSet {
  readonly data: TaskData;
  readonly format: LabelFormat;
  /** The file of each sample that is labelled, by the sample's id. */
  readonly paths: ReadonlyMap<string, string>;
  /** How the values are understood: what a person says of them, before what the layout says. */
  readonly reading: LabelEncoding;
  /** Labels are computed from files of another meaning, so that no reading of their values applies. */
  readonly derived?: true;
  /** The values of a labelled sample as its file has them. @throws with the file's name. */
  raw(id: string): Promise<Raster>;
  /** From these values to the label. @throws with the file's name. */
  decode(file: Raster, id: string): Promise<LabelMap>;
  /** The label of a labelled sample. @throws with the file's name. */
  read(id: string): Promise<LabelMap>;
}

export interface FileLabels {
  readonly data: TaskData;
  readonly format: LabelFormat;
  readonly paths: ReadonlyMap<string, string>;
  readonly reading?: LabelEncoding | undefined;
  /** Names that a MAT file's variable may have. */
  readonly variables?: readonly string[];
  /** From a file's bytes to its values, where the formats of readRaster.ts do not say it. */
  readonly decode?: (bytes: Uint8Array) => Raster;
  /** Changes a decoded label by other files of its sample. */
  readonly refine?: (label: LabelMap, id: string) => Promise<LabelMap>;
}

/** Labels of one file each. */
export function fileLabels(tree: FileTree, files: FileLabels): LabelSet {
  const { data, format, paths, reading = {}, refine } = files;
  const decodeBytes = files.decode ?? ((bytes) => readRaster(bytes, files.variables));
  const raw = (id: string): Promise<Raster> => readFile(tree, paths.get(id)!, decodeBytes);
  const decode = async (file: Raster, id: string): Promise<LabelMap> => {
    const label = naming(paths.get(id)!, () => decodeLabel(file, format, reading));
    return refine ? refine(label, id) : label;
  };
  return { data, format, paths, reading, raw, decode, read: async (id) => decode(await raw(id), id) };
}

/**
 * One more than the highest class of all labels, each of which is read for it: `watch` is told how far that is. Those that cannot be read are
 * passed over: loading names them.
 */
export async function countClasses(
  set: LabelSet,
  { classCounts }: Pick<FileOptions, "classCounts">,
  watch: Watch,
): Promise<number> {
  const known = classCounts?.[set.data.task];
  if (known !== undefined) return known;
  let highest = 0;
  await forEachWatched([...set.paths.keys()], watch, async (id) => {
    try {
      const { data } = await set.read(id);
      for (const index of data) if (index !== IGNORE && index > highest) highest = index;
    } catch {
      // One broken file must not keep the others from being opened.
    }
  });
  return highest + 1;
}

/** Reads and decodes a file. @throws with its name in the message. */
export async function readFile<T>(tree: FileTree, path: string, decode: (bytes: Uint8Array) => T): Promise<T> {
  const bytes = await tree.read(path);
  return naming(path, () => decode(bytes));
}

const prefixOf = (path: string): string => `Cannot use ${path}: `;

/** What `use` gives. @throws with the file's name in the message. */
function naming<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (cause) {
    throw new Error(prefixOf(path) + (cause instanceof Error ? cause.message : cause), { cause });
  }
}

/** Why a file cannot be used, without its name. */
export function reasonFor(path: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const named = [prefixOf(path), `${path} `].find((start) => message.startsWith(start)) ?? "";
  return message.slice(named.length);
}
