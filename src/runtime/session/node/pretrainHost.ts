/** The host of a pretraining in Node. */
import { readFile } from "node:fs/promises";
import { nodeExecutorHost } from "../../platform/node/nodeExecutorHost";
import { startNodeWorker } from "../../platform/node/nodeWorker";
import { writeWhole } from "../../platform/node/writeWhole";
import type { PretrainHost } from "../../studies/pretrain/pretrain";

async function read(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export const pretrainHost = async (): Promise<PretrainHost> => ({
  executorHost: await nodeExecutorHost(),
  startSceneWorker: () => startNodeWorker("sceneNodeWorker"),
  read,
  write: writeWhole,
});
