/** An exported adapter by a path, for Node: its folder, the folder of the run that wrote it, its file, or a zip of it. */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type OpenFile, openFiles, whileOpen } from "../../platform/node/nodeSource";
import { type OpenedAdapter, openAdapter } from "../../run/prepare/openedAdapter";

export const ADAPTER_FILE = "adapter_model.safetensors";
const CONFIG_FILE = "adapter_config.json";

/** The folder of an adapter: this one, or the one in it; undefined where neither is one. */
const adapterFolder = (folder: string): string | undefined =>
  [folder, join(folder, "adapter")].find((place) => existsSync(join(place, ADAPTER_FILE)));

/** Nothing is read yet, as a file may turn out to be something larger. The files stay open until they are closed. @throws where there is no adapter at the path. */
export async function nodeAdapter(path: string): Promise<readonly OpenFile[]> {
  const whole = resolve(path);
  const info = await stat(whole).catch(() => undefined);
  if (!info) throw new Error(`${path} does not exist. Give the folder adapter/ of an export, or its ${ADAPTER_FILE}.`);
  if (!info.isDirectory()) return openFiles([whole]);
  const folder = adapterFolder(whole);
  if (folder === undefined)
    throw new Error(`${path} has no ${ADAPTER_FILE}. Give the folder adapter/ of an export, or its ${ADAPTER_FILE}.`);
  const names = [ADAPTER_FILE, CONFIG_FILE].filter((name) => existsSync(join(folder, name)));
  return openFiles(names.map((name) => join(folder, name)));
}

export async function readAdapter(path: string): Promise<OpenedAdapter> {
  const files = await nodeAdapter(path);
  return whileOpen(files, () => openAdapter(files));
}
