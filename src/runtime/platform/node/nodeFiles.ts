/** A folder or a zip archive on disk as a `FileTree`, for Node. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FileTree } from "../../../data/fileTree";
import { isZip, zipTree } from "../../../data/zipTree";
import { nodeSource, type OpenFile } from "./nodeSource";

export interface OpenTree extends FileTree {
  close(): Promise<void>;
}

/**
 * An archive stays open until the tree is closed; nothing of it is unpacked but what is read.
 * @throws where `root` is neither a folder nor a zip archive. Links to files and folders are followed, each folder once.
 */
export async function nodeFiles(root: string): Promise<OpenTree> {
  const info = await stat(root).catch(() => undefined);
  if (info?.isFile() && isZip(root)) return archiveTree(await nodeSource(root));
  if (!info?.isDirectory()) throw new Error(`${root} is not a folder or a zip archive.`);
  const list = async (): Promise<readonly string[]> => {
    const paths: string[] = [];
    await walk(root, "", paths, new Set());
    return paths;
  };
  const size = async (path: string): Promise<number> => (await stat(join(root, path))).size;
  const read = async (path: string): Promise<Uint8Array> => new Uint8Array(await readFile(join(root, path)));
  return { list, size, read, close: async () => {} };
}

async function archiveTree(archive: OpenFile): Promise<OpenTree> {
  try {
    return { ...(await zipTree(archive)), close: () => archive.close() };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

async function walk(root: string, folder: string, paths: string[], visited: Set<string>): Promise<void> {
  const { dev, ino } = await stat(join(root, folder));
  const identity = `${dev}:${ino}`;
  if (visited.has(identity)) return;
  visited.add(identity);
  for (const name of await readdir(join(root, folder))) {
    const path = folder + name;
    const info = await stat(join(root, path)).catch(() => undefined);
    if (info?.isDirectory()) await walk(root, `${path}/`, paths, visited);
    else if (info?.isFile()) paths.push(path);
  }
}
