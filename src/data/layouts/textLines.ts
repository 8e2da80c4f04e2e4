/** Lists in text files, one entry per line. */
import type { Split } from "../../contracts/sample";
import { decodeUtf8 } from "../../core/math/text";
import type { FileTree } from "../fileTree";
import { readFile } from "./labelSet";

/** Lines without the spaces around them, empty ones left out. @throws where the file is no UTF-8 text. */
export const readLines = (tree: FileTree, path: string): Promise<string[]> =>
  readFile(tree, path, (bytes) =>
    textOf(bytes)
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== ""),
  );

function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw new Error("it is no UTF-8 text. Save it as UTF-8.", { cause });
  }
}

/** The names of each split whose list is among the paths. */
export async function readSplitLists(
  tree: FileTree,
  paths: Iterable<string>,
  files: Readonly<Record<Split, string>>,
): Promise<Partial<Record<Split, readonly string[]>>> {
  const there = new Set(paths);
  const lists: Partial<Record<Split, readonly string[]>> = {};
  for (const split of ["train", "val"] as const)
    if (there.has(files[split])) lists[split] = await readLines(tree, files[split]);
  return lists;
}
