/** A folder or a zip archive on disk as a `FileTree`, for Node. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FileTree } from "../../data/fileTree";
import { isZip, zipTree } from "../../data/zipTree";
import { nodeSource } from "./nodeSource";

/**
 * An archive stays open as long as the program runs; nothing of it is unpacked but what is read.
 * @throws where `root` is neither a folder nor a zip archive. Links to files and folders are followed, each folder once.
 */
export async function nodeFiles(root: string): Promise<FileTree> {
  const info = await stat(root).catch(() => undefined);
  if (info?.isFile() && isZip(root)) return zipTree(await nodeSource(root));
  if (!info?.isDirectory()) throw new Error(`${root} is not a folder or a zip archive.`);
  const list = async (): Promise<readonly string[]> => {
    const paths: string[] = [];
    await walk(root, "", paths, new Set());
    return paths;
  };
  const size = async (path: string): Promise<number> => (await stat(join(root, path))).size;
  return { list, size, read: async (path) => new Uint8Array(await readFile(join(root, path))) };
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
