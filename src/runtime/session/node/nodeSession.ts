/** A session in Node: files from disk, assets from public/, decompositions on threads of their own. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import type { Command } from "../../../contracts/command";
import type { RunId } from "../../../contracts/run";
import type { RunEvent } from "../../../contracts/runEvent";
import type { DataSource } from "../../../contracts/sample";
import { type RunState as Checkpoint, writeRunState } from "../../../core/checkpoint/runState";
import { openData } from "../../../data/layouts/index";
import { nodeExecutorHost } from "../../platform/node/nodeExecutorHost";
import { nodeFiles } from "../../platform/node/nodeFiles";
import { nodeRasteriser } from "../../platform/node/nodeRasteriser";
import { type OpenFile, whileOpen } from "../../platform/node/nodeSource";
import { startNodeWorker } from "../../platform/node/nodeWorker";
import { nodeStore } from "../../platform/node/storageNode";
import type { Platform } from "../../platform/platform";
import { createRasteriser } from "../../platform/rasterise";
import type { RunStorage, Store } from "../../platform/storage";
import { checkpointFiles } from "../../run/checkpoints";
import { asItIs, openOptions, type Reading } from "../../run/prepare/openOptions";
import { createWorkers } from "../../workers/workers";
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

/** A checkpoint from which another run is branched. */
export interface Parent {
  readonly run: RunId;
  readonly checkpoint: Checkpoint;
}

export interface NodeOptions {
  /** Threads of ONNX Runtime; absent, all that the machine has. */
  readonly threads?: number;
  /** Folder in which decompositions of large weights are kept; absent: build/cache of the project. */
  readonly cache?: string;
  /** Folder of the one run of a session, which keeps its record and its checkpoints; absent: none are kept. */
  readonly checkpoints?: string;
  /** In place of it a folder of many runs, each in a folder with its id as its name. */
  readonly runs?: string;
  /** A run of another folder, from whose checkpoint one of this session is branched. */
  readonly parent?: Parent;
  /** Told of troubles that cost time but not the result. */
  readonly onWarning?: (message: string) => void;
}

/** The folder of a run's record and checkpoints within its own. */
export const CHECKPOINT_FOLDER = "checkpoint";
const PARENT_FOLDER = "parent";

/** A store in which one more file can be read. */
const withFile = (store: Store, name: string, bytes: Uint8Array): Store => ({
  ...store,
  list: async () => [...(await store.list()), { name, bytes: bytes.length, changed: 0 }],
  read: async (wanted, from, to) => (wanted === name ? bytes.slice(from, to) : store.read(wanted, from, to)),
});

function runStorage({ checkpoints, runs, parent }: NodeOptions): RunStorage | undefined {
  if (runs !== undefined) return { store: nodeStore(runs), folderOf: (run) => `${run}/${CHECKPOINT_FOLDER}` };
  if (checkpoints === undefined) return undefined;
  const store = nodeStore(checkpoints);
  if (!parent) return { store, folderOf: () => CHECKPOINT_FOLDER };
  return {
    store: withFile(store, `${PARENT_FOLDER}/${checkpointFiles[0]}`, writeRunState(parent.checkpoint)),
    folderOf: (run) => (run === parent.run ? PARENT_FOLDER : CHECKPOINT_FOLDER),
  };
}

/** What a session or a comparison finds in Node. */
export async function nodePlatform(options: NodeOptions = {}): Promise<Platform> {
  const executorHost = await nodeExecutorHost();
  const [{ threads }, runs] = [options, runStorage(options)];
  return {
    executorHost: threads === undefined ? executorHost : { ...executorHost, threads },
    readAsset,
    rasterise: createRasteriser(nodeRasteriser),
    ...(runs && { runs }),
    now: () => performance.now(),
  };
}

export const nodeWorkers = ({ cache = join(projectRoot(), "build/cache"), onWarning }: NodeOptions = {}) =>
  createWorkers({
    startWorker: (kind) => startNodeWorker(kind === "svd" ? "svdNodeWorker" : "sampleNodeWorker"),
    cores: availableParallelism(),
    mostSvdWorkers: Number.POSITIVE_INFINITY,
    cache: svdCache(nodeStore(cache)),
    ...(onWarning && { onWarning }),
  });

/** A folder of images and labels as data, as a session would open it for this configuration. */
export async function readFolder(path: string, data: Reading = asItIs): Promise<DataSource> {
  const place = resolve(path);
  const options = openOptions(basename(place), data);
  const { source } = await openData(await nodeFiles(place), options);
  return { ...source, origin: { kind: "files", place, options, own: [] } };
}

export async function openNodeSession(
  onEvent: (event: RunEvent) => void,
  options: Pick<NodeOptions, "cache" | "checkpoints" | "runs" | "parent"> = {},
): Promise<NodeSession> {
  const onWarning = (message: string): void => onEvent({ type: "log", level: "warning", message });
  const session = new Session(await nodePlatform(options), nodeWorkers({ ...options, onWarning }), onEvent);
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
