/** Conformance in Node: a directory on disk, an executor by name. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { CaseReport } from "../../../contracts/conformance";
import type { DeviceChoice } from "../../../contracts/runConfig";
import { chooseExecutor, probeExecutors } from "../../../core/exec/registry";
import { nodeExecutorHost } from "../../platform/node/nodeExecutorHost";
import type { GoldenFiles } from "../../products/conformance/golden";
import { runConformance, wantedCases } from "../../products/conformance/run";
import { runnerOf } from "../../products/conformance/runner";

export interface FolderOptions {
  readonly device: DeviceChoice;
  /** Case names with * for any characters, ? for one, {a,b} for one of several. Default: all. */
  readonly glob?: string;
  /** Told before the first case: the executor for people, and the names of the cases. */
  readonly onStart: (device: string, names: readonly string[]) => void;
  readonly onCase: (report: CaseReport) => void;
}

/** @throws where there is no readable index.json. */
export async function goldenFolder(folder: string): Promise<GoldenFiles> {
  const text = await readFile(join(folder, "index.json"), "utf8").catch((cause: Error) => {
    throw new Error(`${folder} holds no golden data: index.json cannot be read (${cause.message}).`);
  });
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${join(folder, "index.json")} is damaged: ${(cause as Error).message}`);
  }
  return { index, read: async (name) => new Uint8Array(await readFile(join(folder, name))) };
}

/** A glob as a test of whole names. */
export function globTest(glob: string): (name: string) => boolean {
  const pattern = glob
    .replace(/[.+^$()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".")
    .replace(/\{([^{}]*)\}/g, (_, choices: string) => `(?:${choices.replaceAll(",", "|")})`);
  const whole = new RegExp(`^${pattern}$`);
  return (name) => whole.test(name);
}

/** Runs the wanted cases of a folder. @throws where nothing can run: no index, no such device, no case of that name. */
export async function folderConformance(folder: string, options: FolderOptions): Promise<readonly CaseReport[]> {
  const files = await goldenFolder(folder);
  const choice = {
    wanted: options.glob === undefined ? () => true : globTest(options.glob),
    now: () => performance.now(),
  };
  const names = wantedCases(files, choice).map(({ name }) => name);
  if (names.length === 0) throw new Error(`No case of ${folder} is named ${options.glob ?? "at all"}.`);
  const executorHost = await nodeExecutorHost();
  const executor = await chooseExecutor(await probeExecutors(executorHost), options.device).entry.open(executorHost);
  try {
    options.onStart(executor.description, names);
    return await runConformance(files, runnerOf(executor), choice, options.onCase);
  } finally {
    await executor.dispose();
  }
}
