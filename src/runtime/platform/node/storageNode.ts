/** A folder as a store. A file is written beside its place, brought to the disk and then renamed, so it is the old one or the new one. */
import { appendFile, mkdir, open, readdir, rm, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { byName, checkName, type Store, type StoredFile } from "../storage";
import { writePartsWhole, writeWhole } from "./writeWhole";

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

export function nodeStore(folder: string): Store {
  const pathOf = (name: string): string => join(folder, checkName(name));
  return {
    list: async () => byName(await filesBelow(folder, "")),
    read: (name, from, to) => readPart(pathOf(name), from, to),
    write: async (name, bytes) => writeWhole(pathOf(name), bytes),
    append: async (name, bytes) => {
      await mkdir(dirname(pathOf(name)), { recursive: true });
      await appendFile(pathOf(name), bytes);
    },
    writeParts: async (name, parts) => writePartsWhole(pathOf(name), parts),
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
