/**
 * The page's origin-private file system as a store (WHATWG File System standard), for use in a worker. A synchronous handle is quicker and
 * the only way to write in some browsers, but it writes in place; the other way replaces the file when it is closed.
 */
import { byName, checkName, type Parts, type Store, type StoredFile } from "../storage";

/** Not in every version of TypeScript's library for pages, since only workers have it. */
interface SyncHandle {
  truncate(size: number): void;
  write(bytes: Uint8Array, at: { at: number }): number;
  flush(): void;
  close(): void;
}
type OpfsFile = FileSystemFileHandle & { createSyncAccessHandle?(): Promise<SyncHandle> };

const isMissing = (error: unknown): boolean => (error as DOMException).name === "NotFoundError";

const orMissing = <T>(found: Promise<T>): Promise<T | undefined> =>
  found.catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });

/** `root` is asked for when it is first needed: `navigator.storage.getDirectory()`. */
export function opfsStore(root: () => Promise<FileSystemDirectoryHandle>): Store {
  const place = async (name: string, create: boolean): Promise<[FileSystemDirectoryHandle, string]> => {
    const segments = checkName(name).split("/");
    const file = segments.pop()!;
    let folder = await root();
    for (const segment of segments) folder = await folder.getDirectoryHandle(segment, { create });
    return [folder, file];
  };
  const fileAt = async (name: string, create: boolean): Promise<OpfsFile> => {
    const [folder, file] = await place(name, create);
    return folder.getFileHandle(file, { create });
  };
  return {
    list: async () => byName(await filesBelow(await root(), "")),
    async read(name, from, to) {
      const handle = await orMissing(fileAt(name, false));
      if (!handle) return undefined;
      return new Uint8Array(await (await handle.getFile()).slice(from, to).arrayBuffer());
    },
    blob: async (name) => (await orMissing(fileAt(name, false)))?.getFile(),
    write: async (name, bytes) => void (await writeFile(await fileAt(name, true), [bytes])),
    append: async (name, bytes) => appendTo(await fileAt(name, true), bytes),
    writeParts: async (name, parts) => writeFile(await fileAt(name, true), parts),
    async remove(name) {
      const found = await orMissing(place(name, false));
      if (found) await orMissing(found[0].removeEntry(found[1]));
    },
    async estimate() {
      const { usage, quota } = await navigator.storage.estimate();
      return usage === undefined || quota === undefined ? undefined : { usedBytes: usage, quotaBytes: quota };
    },
  };
}

async function filesBelow(folder: FileSystemDirectoryHandle, prefix: string): Promise<StoredFile[]> {
  const found: StoredFile[] = [];
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind === "directory")
      found.push(...(await filesBelow(handle as FileSystemDirectoryHandle, `${prefix}${name}/`)));
    // A file may be locked or gone by now; then it is left out.
    const file =
      handle.kind === "file" ? await (handle as FileSystemFileHandle).getFile().catch(() => undefined) : undefined;
    if (file) found.push({ name: prefix + name, bytes: file.size, changed: file.lastModified });
  }
  return found;
}

async function writeFile(handle: OpfsFile, parts: Parts): Promise<number> {
  if (!handle.createSyncAccessHandle) return writeStream(handle, parts);
  const file = await handle.createSyncAccessHandle();
  let at = 0;
  try {
    file.truncate(0);
    for await (const part of parts) {
      const written = file.write(part, { at });
      checkWritten(written, part.length);
      at += written;
    }
    file.flush();
  } finally {
    file.close();
  }
  return at;
}

async function appendTo(handle: OpfsFile, bytes: Uint8Array): Promise<void> {
  const { size } = await handle.getFile();
  if (!handle.createSyncAccessHandle) {
    const stream = await handle.createWritable({ keepExistingData: true });
    await stream.write({ type: "write", position: size, data: bytes as Uint8Array<ArrayBuffer> });
    return stream.close();
  }
  const file = await handle.createSyncAccessHandle();
  try {
    checkWritten(file.write(bytes, { at: size }), bytes.length);
    file.flush();
  } finally {
    file.close();
  }
}

/** @throws where fewer bytes were written than there are. */
function checkWritten(written: number, length: number): void {
  if (written !== length)
    throw new Error(`Only ${written} of ${length} bytes could be written; the browser's storage may be full.`);
}

async function writeStream(handle: OpfsFile, parts: Parts): Promise<number> {
  const stream = await handle.createWritable();
  let bytes = 0;
  try {
    for await (const part of parts) {
      await stream.write(part as Uint8Array<ArrayBuffer>);
      bytes += part.length;
    }
  } catch (error) {
    await stream.abort();
    throw error;
  }
  await stream.close();
  return bytes;
}
