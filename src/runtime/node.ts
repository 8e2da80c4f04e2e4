/** A session in Node: files from disk, assets from public/, decompositions on threads of their own. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Command } from "../contracts/command";
import type { RunEvent } from "../contracts/runEvent";
import type { DataSource } from "../contracts/sample";
import { openData } from "../data/layouts";
import type { Environment } from "./environment";
import { nodeFiles } from "./nodeFiles";
import { nodeSurroundings } from "./nodeSurroundings";
import { Session } from "./session";
import { type BlobCache, createSvdPool, nodeWorkerPort } from "./svdPool";

export interface NodeSession {
  send(command: Command): Promise<void>;
  openFolder(path: string): Promise<void>;
  dispose(): Promise<void>;
}

/** The project's root: the nearest folder above the bundle that has a package.json. */
function projectRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder))
      throw new Error("No package.json was found above this program; run it from the project.");
  }
}

/** A file of public/. */
export const readAsset = async (path: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(projectRoot(), "public", path)));

/** Decompositions of this process: runs on one backbone decompose its weights once. */
function memoryCache(): BlobCache {
  const kept = new Map<string, Uint8Array>();
  return {
    get: async (key) => kept.get(key),
    put: async (key, bytes) => void kept.set(key, bytes),
  };
}

/** What a session or a comparison finds in Node. `threads`: of ONNX Runtime; absent, all that the machine has. */
export async function nodeEnvironment(threads?: number): Promise<Environment> {
  const workerFile = "./svdNodeWorker.js";
  const svd = createSvdPool({
    startWorker: () => nodeWorkerPort(new Worker(new URL(workerFile, import.meta.url))),
    workers: Math.max(1, availableParallelism() - 1),
    cache: memoryCache(),
  });
  const surroundings = await nodeSurroundings();
  return {
    surroundings: threads === undefined ? surroundings : { ...surroundings, threads },
    svd,
    readAsset,
    now: () => performance.now(),
  };
}

/** A folder of images and labels as data, as a session would open it. */
export async function readFolder(path: string): Promise<DataSource> {
  const { source } = await openData(await nodeFiles(resolve(path)), { name: basename(resolve(path)), seed: 0 });
  return source;
}

export async function openNodeSession(onEvent: (event: RunEvent) => void): Promise<NodeSession> {
  const session = new Session(await nodeEnvironment(), onEvent);
  await session.open();
  return {
    send: (command) => session.send(command),
    openFolder: async (path) => session.openTree(await nodeFiles(resolve(path)), basename(resolve(path))),
    dispose: () => session.dispose(),
  };
}
