/** Chosen or dropped files as a `FileTree`, for the page and its worker; a `File` can be posted to a worker as it is. */
import type { FileTree } from "../data/fileTree";

/** A file with the path it had below the chosen or dropped folder. */
export interface NamedFile {
  readonly path: string;
  readonly file: Blob;
}

/** @throws (when reading) where a path is unknown or the file has changed or gone since it was chosen. */
export function browserFiles(files: readonly NamedFile[]): FileTree {
  const byPath = new Map(files.map(({ path, file }) => [path.replaceAll("\\", "/").replace(/^\/+/, ""), file]));
  return {
    list: async () => [...byPath.keys()],
    read: async (path) => {
      const file = byPath.get(path);
      if (!file) throw new Error(`${path} is not among the chosen files.`);
      try {
        return new Uint8Array(await file.arrayBuffer());
      } catch (cause) {
        throw new Error(`${path} cannot be read. It may have been changed or moved since it was chosen.`, { cause });
      }
    },
  };
}

/** The files of `<input type="file" webkitdirectory>`, or single files without folders. */
export function filesOfInput(list: Iterable<File>): NamedFile[] {
  return Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/**
 * The files of a drop, folders included. Call it inside the event: the browser empties the drop's items when the event has ended.
 */
export async function filesOfDrop(items: Iterable<DataTransferItem>): Promise<NamedFile[]> {
  const entries = Array.from(items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files: NamedFile[] = [];
  for (const entry of entries) await collectEntry(entry, files);
  return files;
}

async function collectEntry(entry: FileSystemEntry, files: NamedFile[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    files.push({ path: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader hands out its entries in portions and an empty one at the end.
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (portion.length === 0) return;
    for (const child of portion) await collectEntry(child, files);
  }
}
