/** A session in Node: files from disk, assets from public/, decompositions on threads of their own. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Command } from "../../../contracts/command";
import type { RunEvent } from "../../../contracts/runEvent";
import type { DataSource } from "../../../contracts/sample";
import { openData } from "../../../data/layouts/index";
import { nodeExecutorHost } from "../../platform/node/nodeExecutorHost";
import { nodeFiles } from "../../platform/node/nodeFiles";
import { nodeRasteriser } from "../../platform/node/nodeRasteriser";
import { type OpenFile, whileOpen } from "../../platform/node/nodeSource";
import { nodeStore } from "../../platform/node/storageNode";
import type { Platform } from "../../platform/platform";
import { createRasteriser } from "../../products/pictures/rasterise";
import { asItIs, openOptions, type Reading } from "../../run/prepare/openOptions";
import { createSamplePool, sampleWorkers } from "../../workers/samples/samplePool";
import { createSvdPool } from "../../workers/svd/svdPool";
import { nodeWorkerPort } from "../browser/workerPort";
import { svdCache } from "../library";
import { Session } from "../session";
import { nodeAdapter } from "./nodeAdapter";
import { nodeWeights } from "./nodeWeights";

export interface NodeSession {
  send(command: Command): Promise<void>;
  /** `data`: how it is read; absent: as the last time, or as it is. */
  openFolder(path: string, data?: Reading): Promise<void>;
  /** A file of weights, or the index of a set of them. */
  openWeights(path: string): Promise<void>;
  /** The folder, file or zip of an exported adapter. */
  openAdapter(path: string): Promise<void>;
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

export interface NodeOptions {
  /** Threads of ONNX Runtime; absent, all that the machine has. */
  readonly threads?: number;
  /** Folder in which decompositions of large weights are kept; absent: build/cache of the project. */
  readonly cache?: string;
  /** Folder in which the checkpoints of a run are kept; absent: none are. */
  readonly checkpoints?: string;
  /** Told of troubles that cost time but not the result. */
  readonly onWarning?: (message: string) => void;
}

/** The folder of a run's checkpoints within `NodeOptions.checkpoints`: what "resume" names. */
export const CHECKPOINT_FOLDER = "checkpoint";

/** What a session or a comparison finds in Node. */
export async function nodePlatform(options: NodeOptions = {}): Promise<Platform> {
  const { threads, cache = join(projectRoot(), "build/cache"), checkpoints, onWarning } = options;
  // Names that Vite does not take for files of the sources: each is bundled beside the program.
  const [svdWorker, rowWorker] = ["./svdNodeWorker.js", "./sampleNodeWorker.js"];
  const svd = createSvdPool({
    startWorker: () => nodeWorkerPort(new Worker(new URL(svdWorker!, import.meta.url))),
    workers: Math.max(1, availableParallelism() - 1),
    cache: svdCache(nodeStore(cache)),
    ...(onWarning && { onWarning }),
  });
  const rows = createSamplePool({
    startWorker: () => nodeWorkerPort(new Worker(new URL(rowWorker!, import.meta.url))),
    workers: sampleWorkers(availableParallelism()),
    ...(onWarning && { onWarning }),
  });
  const executorHost = await nodeExecutorHost();
  return {
    executorHost: threads === undefined ? executorHost : { ...executorHost, threads },
    svd,
    rows,
    readAsset,
    rasterise: createRasteriser(nodeRasteriser),
    ...(checkpoints !== undefined && {
      keeping: { store: nodeStore(checkpoints), newRun: () => CHECKPOINT_FOLDER },
    }),
    now: () => performance.now(),
  };
}

/** A folder of images and labels as data, as a session would open it for this configuration. */
export async function readFolder(path: string, data: Reading = asItIs): Promise<DataSource> {
  const place = resolve(path);
  const options = openOptions(basename(place), data);
  const { source } = await openData(await nodeFiles(place), options);
  return { ...source, origin: { kind: "files", place, options, own: [] } };
}

export async function openNodeSession(
  onEvent: (event: RunEvent) => void,
  options: Pick<NodeOptions, "cache" | "checkpoints"> = {},
): Promise<NodeSession> {
  const onWarning = (message: string): void => onEvent({ type: "log", level: "warning", message });
  const session = new Session(await nodePlatform({ ...options, onWarning }), onEvent);
  await session.open();
  // A run reads from them until its end.
  const held: Pick<OpenFile, "close">[] = [];
  return {
    send: (command) => session.send(command),
    openWeights: async (path) => {
      const files = await nodeWeights(path);
      held.push(...files);
      await session.openWeights(files);
    },
    openAdapter: async (path) => {
      const files = await nodeAdapter(path);
      await whileOpen(files, () => session.openWeights(files));
    },
    openFolder: async (path, data) => {
      const place = resolve(path);
      const files = await nodeFiles(place);
      held.push(files);
      await session.openTree(files, basename(place), place, data);
    },
    dispose: async () => {
      await session.dispose();
      await Promise.all(held.map((file) => file.close()));
    },
  };
}
