/** Files of weights by a path, for Node: one file, or an index of a set and the files beside it that it names. */
import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type OpenFile, openFiles } from "../../platform/node/nodeSource";
import { type OpenedBackbone, openBackbone } from "../../run/prepare/openedBackbone";

/** Whether a text names a file rather than a backbone of the catalogue: it has a folder or an ending. */
export const isWeightsPath = (text: string): boolean => /[\\/]|\.\w+$/.test(text);

/** The files stay open until they are closed. @throws where one cannot be opened. */
export async function nodeWeights(path: string): Promise<readonly OpenFile[]> {
  const whole = resolve(path);
  const shards = whole.endsWith(".json") ? await shardsOf(whole) : [];
  return openFiles([whole, ...shards.map((name) => join(dirname(whole), name))]);
}

/** The files that an index names. What is wrong with an index is said when it is opened: here it then names none. */
async function shardsOf(path: string): Promise<readonly string[]> {
  try {
    const text = await readFile(path, "utf8");
    const { weight_map: map } = JSON.parse(text) as { weight_map?: Record<string, unknown> };
    // Only names: an index must not lead to other folders.
    return [...new Set(Object.values(map ?? {}).filter((name) => typeof name === "string"))].map((name) =>
      basename(name),
    );
  } catch {
    return [];
  }
}

/** The files stay open as long as the process, for their numbers are read when a run asks for them. */
export const readWeights = async (path: string): Promise<OpenedBackbone> => openBackbone(await nodeWeights(path));
