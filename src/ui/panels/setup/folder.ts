/** Chosen and dropped folders as plain files with paths. */
import type { FolderFile } from "../../../contracts/dataOrigin";

export interface Folder {
  readonly name: string;
  readonly files: readonly FolderFile[];
}

const nameOf = (files: readonly FolderFile[]): string => files[0]?.path.split("/")[0] ?? "folder";

/** The files of `<input type="file" webkitdirectory>`. */
export function folderOfInput(list: Iterable<File>): Folder {
  const files = Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, file }));
  return { name: nameOf(files), files };
}

/** The files of a drop, folders included. To be called inside the event: the drop's items are gone when it has ended. */
export async function folderOfDrop(items: Iterable<DataTransferItem>): Promise<Folder> {
  const entries = Array.from(items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files: FolderFile[] = [];
  for (const entry of entries) await collect(entry, files);
  return { name: nameOf(files), files };
}

async function collect(entry: FileSystemEntry, files: FolderFile[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    files.push({ path: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader hands its entries out in portions; an empty one is the end.
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (portion.length === 0) return;
    for (const child of portion) await collect(child, files);
  }
}
