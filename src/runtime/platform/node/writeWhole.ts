/** Files on a disk that are written whole or not at all. */
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Parts } from "../storage";

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

/** Writes a file and the folders above it: whenever the program is killed, there is the old file or the new one. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  await writePartsWhole(path, [typeof content === "string" ? new TextEncoder().encode(content) : content]);
}

/** The same, part by part. Returns the file's bytes. */
export async function writePartsWhole(path: string, parts: Parts): Promise<number> {
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
