/** A comparison in Node: results as files of a folder, data from disk or from Scenes, one executor for all runs. */
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { RunId } from "../../../contracts/run";
import type { RunConfig } from "../../../contracts/runConfig";
import type { DataSource } from "../../../contracts/sample";
import { backbones } from "../../../core/backbones/registry";
import { chooseExecutor, probeExecutors } from "../../../core/exec/registry";
import { sha256 } from "../../../core/math/hash";
import { scenesSource } from "../../../data/scenes";
import { selectSamples } from "../../../data/select";
import { writeWhole } from "../../platform/node/writeWhole";
import type { Platform } from "../../platform/platform";
import type { RunStorage } from "../../platform/storage";
import { scenesEntry } from "../../products/catalogue/catalogue";
import { withOwnTasks } from "../../run/prepare/modelSpec";
import { startingPoint } from "../../run/prepare/startingPoints";
import { Recorder } from "../../run/record/recorder";
import { parseResult, parseTime, type ResultStore } from "../../studies/compare/result";
import type { Lab } from "../../studies/compare/trainRun";
import { makeViews } from "../../studies/compare/views";
import { nodePlatform, nodeWorkers, readAsset, readFolder } from "./nodeSession";

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

/** undefined where there is no such file. @throws where it is no JSON or `parse` refuses it. */
async function readJson<T>(path: string, parse: (value: unknown, path: string) => T): Promise<T | undefined> {
  try {
    return parse(JSON.parse(await readFile(path, "utf8")), path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(`${path} is damaged (${error.message}). Remove it; what it held is then made again.`);
  }
}

/** Results as run-NAME.json and time-NAME.json; the folder may be shared by several processes. */
export async function folderStore(folder: string): Promise<ResultStore> {
  await mkdir(folder, { recursive: true });
  const place = (kind: "run" | "time", name: string): string => join(folder, `${kind}-${name}.json`);
  const write = (path: string, value: unknown): Promise<void> => writeWhole(path, `${JSON.stringify(value)}\n`);
  return {
    read: (name) => readJson(place("run", name), parseResult),
    write: (name, result) => write(place("run", name), result),
    readTime: (name) => readJson(place("time", name), parseTime),
    writeTime: (name, time) => write(place("time", name), time),
  };
}

export interface LabOptions {
  readonly base: RunConfig;
  /** A folder of the user's; absent: Scenes. */
  readonly folder?: string;
  readonly threads: number;
  readonly choosing: number;
  /** A folder for the records of runs, each in a folder of its own; absent: none are kept. */
  readonly records?: string;
}

async function openSource({ base, folder, choosing }: LabOptions): Promise<DataSource> {
  if (folder !== undefined) {
    const path = resolve(folder);
    return selectSamples(withOwnTasks(await readFolder(path, base.data), base), base.data.select);
  }
  const { train, val } = base.data;
  return scenesSource({
    size: base.input.imageSize || backbones[startingPoint(base.backbone).backbone].imageSize,
    train: Math.max(scenesEntry.train, train),
    val: Math.max(scenesEntry.val, val + choosing),
    seed: 0,
  });
}

const recorderIn = ({ store, folderOf }: RunStorage, run: RunId, { now }: Platform): Recorder =>
  new Recorder({ store, folder: folderOf(run), now, onTrouble: console.error, isResumable: async () => false });

/** Opens data and executor. `dispose` ends the threads that a process would otherwise wait for. */
export async function openLab(options: LabOptions): Promise<Lab & { dispose(): Promise<void> }> {
  const { base, threads, choosing, records } = options;
  const platform = await nodePlatform({ threads, ...(records !== undefined && { runs: records }) });
  // Steps are timed here and images are kept decoded, so no worker is to prepare others beside them.
  const { svd } = nodeWorkers();
  const source = await openSource(options);
  const views = makeViews(source, { train: base.data.train, reported: base.data.val, choosing });
  const { entry, reason } = chooseExecutor(await probeExecutors(platform.executorHost), base.device);
  const executor = await entry.open(platform.executorHost);
  const { choice } = entry;
  const { runs } = platform;
  return {
    platform,
    workers: { svd },
    executor,
    info: { choice, description: executor.description, reason, available: true, active: true },
    ...(runs && { recorder: (run) => recorderIn(runs, run, platform) }),
    views,
    constants: new Map(),
    memory: () => process.memoryUsage.rss(),
    dispose: async () => {
      await executor.dispose();
      svd.close();
    },
  };
}

/** SHA-256 of the backbone's file; where it starts from random parameters, its name stands for it. */
export async function backboneHash({ backbone }: RunConfig): Promise<string> {
  const { asset } = startingPoint(backbone);
  return asset === null ? `random ${backbone}` : sha256(await readAsset(asset));
}
