/** Chosen or dropped files as a `FileTree`, for the page and its worker; a `File` can be posted to a worker as it is. */
import type { FolderFile } from "../../contracts/dataOrigin";
import type { FileTree } from "../../data/fileTree";
import { isZip, zipTree } from "../../data/zipTree";
import { blobSource } from "./blobSource";

/** One zip archive is read as the folder that it holds. @throws where the archive is damaged. */
export async function chosenTree(files: readonly FolderFile[]): Promise<FileTree> {
  const [first, second] = files;
  return first && !second && isZip(first.path) ? zipTree(blobSource(first.path, first.file)) : browserFiles(files);
}

/** @throws (when reading) where a path is unknown or the file has changed or gone since it was chosen. */
export function browserFiles(files: readonly FolderFile[]): FileTree {
  const byPath = new Map(files.map(({ path, file }) => [path.replaceAll("\\", "/").replace(/^\/+/, ""), file]));
  const fileAt = (path: string): Blob => {
    const file = byPath.get(path);
    if (!file) throw new Error(`${path} is not among the chosen files.`);
    return file;
  };
  return {
    list: async () => [...byPath.keys()],
    size: async (path) => fileAt(path).size,
    read: async (path) => {
      const file = fileAt(path);
      try {
        return new Uint8Array(await file.arrayBuffer());
      } catch (cause) {
        throw new Error(`${path} cannot be read. It may have been changed or moved since it was chosen.`, { cause });
      }
    },
  };
}
