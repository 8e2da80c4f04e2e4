/** An exported adapter by a path, for Node: its folder, the folder of the run that wrote it, its file, or a zip of it. */
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { ByteSource } from "../../contracts/byteSource";
import { bytesSource } from "../../core/io/bytes";
import { type OpenedAdapter, openAdapter } from "../prepare/openedAdapter";

export const ADAPTER_FILE = "adapter_model.safetensors";
const CONFIG_FILE = "adapter_config.json";

/** The folder of an adapter: this one, or the one in it; undefined where neither is one. */
const adapterFolder = (folder: string): string | undefined =>
  [folder, join(folder, "adapter")].find((place) => existsSync(join(place, ADAPTER_FILE)));

/** Read whole: an adapter is small. @throws where there is no adapter at the path. */
export async function nodeAdapter(path: string): Promise<readonly ByteSource[]> {
  const whole = resolve(path);
  const info = await stat(whole).catch(() => undefined);
  if (!info) throw new Error(`${path} does not exist. Give the folder adapter/ of an export, or its ${ADAPTER_FILE}.`);
  if (!info.isDirectory()) return [await read(whole)];
  const folder = adapterFolder(whole);
  if (folder === undefined)
    throw new Error(`${path} has no ${ADAPTER_FILE}. Give the folder adapter/ of an export, or its ${ADAPTER_FILE}.`);
  const names = [ADAPTER_FILE, CONFIG_FILE].filter((name) => existsSync(join(folder, name)));
  return Promise.all(names.map((name) => read(join(folder, name))));
}

const read = async (path: string): Promise<ByteSource> =>
  bytesSource(basename(path), new Uint8Array(await readFile(path)));

export const readAdapter = async (path: string): Promise<OpenedAdapter> => openAdapter(await nodeAdapter(path));
