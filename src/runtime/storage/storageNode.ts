/** A folder as a store. A file is written beside its place, brought to the disk and then renamed, so it is the old one or the new one. */
import { mkdir, open, readdir, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { byName, checkName, type Parts, type Store, type StoredFile } from "./storage";

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

/** Files that are being written begin with a dot, which no name in the store does. */
const aside = (path: string, count: number): string => join(dirname(path), `.writing-${process.pid}-${count}`);

let writes = 0;

/** Folders that this process has tidied. */
const tidied = new Set<string>();

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Removes what processes that were killed left half written, once a folder. */
async function tidy(folder: string): Promise<void> {
  if (tidied.has(folder)) return;
  tidied.add(folder);
  for (const name of await readdir(folder)) {
    const pid = /^\.writing-(\d+)-\d+$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, name), { force: true });
  }
}

export function nodeStore(folder: string): Store {
  const pathOf = (name: string): string => join(folder, checkName(name));
  return {
    list: async () => byName(await filesBelow(folder, "")),
    read: (name, from, to) => readPart(pathOf(name), from, to),
    write: async (name, bytes) => void (await writeWhole(pathOf(name), [bytes])),
    writeParts: (name, parts) => writeWhole(pathOf(name), parts),
    remove: async (name) => rm(pathOf(name), { force: true }),
    estimate: async () => {
      const used = (await filesBelow(folder, "")).reduce((sum, { bytes }) => sum + bytes, 0);
      const { bavail, bsize } = await statfs(folder);
      return { usedBytes: used, quotaBytes: used + bavail * bsize };
    },
  };
}

async function filesBelow(folder: string, prefix: string): Promise<StoredFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const found: StoredFile[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(path, `${prefix}${entry.name}/`)));
    if (!entry.isFile()) continue;
    const { size, mtimeMs } = await stat(path);
    found.push({ name: prefix + entry.name, bytes: size, changed: mtimeMs });
  }
  return found;
}

async function readPart(path: string, from = 0, to?: number): Promise<Uint8Array | undefined> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const bytes = new Uint8Array(Math.max(0, Math.min(to ?? size, size) - from));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes a file and the folders above it: whenever the program is killed, there is the old file or the new one. Returns its bytes. */
export async function writeWhole(path: string, parts: Parts): Promise<number> {
  await mkdir(dirname(path), { recursive: true });
  await tidy(dirname(path));
  const beside = aside(path, writes++);
  let bytes = 0;
  try {
    const file = await open(beside, "w");
    try {
      for await (const part of parts) {
        await file.writeFile(part);
        bytes += part.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    return bytes;
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
