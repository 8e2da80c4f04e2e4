/** The page's self-test: a small set of golden cases on an executor of its own, so that a prepared run keeps its states and memory. */
import type { CaseReport } from "../../contracts/conformance";
import type { DeviceChoice } from "../../contracts/runConfig";
import type { RunEvent } from "../../contracts/runEvent";
import { chooseExecutor, type Probed } from "../../core/exec/registry";
import { decodeUtf8 } from "../../core/math/text";
import type { Platform } from "../platform/platform";
import type { GoldenFiles } from "./conformance/golden";
import { runConformance, wantedCases } from "./conformance/run";
import { runnerOf } from "./conformance/runner";

/** Where the served golden files lie, under public/. */
const FOLDER = "diagnostics";

async function servedFiles({ readAsset }: Pick<Platform, "readAsset">): Promise<GoldenFiles> {
  const index: unknown = JSON.parse(decodeUtf8(await readAsset(`${FOLDER}/index.json`)));
  return { index, read: (name) => readAsset(`${FOLDER}/${name}`) };
}

/** Tells a "diagnosis" event at the start and after every case. A device that cannot run is told too, and is no failure of a run. */
export async function diagnose(
  device: DeviceChoice,
  probed: readonly Probed[],
  platform: Platform,
  tell: (event: RunEvent) => void,
): Promise<void> {
  try {
    await checkDevice(device, probed, platform, tell);
  } catch (error) {
    tell({ type: "diagnosis", device, total: 0, cases: [], problem: (error as Error).message });
  }
}

async function checkDevice(
  device: DeviceChoice,
  probed: readonly Probed[],
  { executorHost, readAsset, now }: Platform,
  tell: (event: RunEvent) => void,
): Promise<void> {
  const files = await servedFiles({ readAsset });
  const total = wantedCases(files, { now }).length;
  const executor = await chooseExecutor(probed, device).entry.open(executorHost);
  const cases: CaseReport[] = [];
  const say = (): void => tell({ type: "diagnosis", device: executor.description, total, cases: [...cases] });
  try {
    say();
    await runConformance(files, runnerOf(executor), { now }, (report) => {
      cases.push(report);
      say();
    });
  } finally {
    await executor.dispose();
  }
}
