/** The folder of a run that finetune --out writes: its record, and the checkpoint that another run branches from. */
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { isRunId, newRunId, type RunId } from "../../../contracts/run";
import { type RunState as Checkpoint, readRunState } from "../../../core/checkpoint/runState";
import { nodeStore } from "../../platform/node/storageNode";
import { Checkpoints, checkpointFiles } from "../../run/checkpoints";
import { RECORD_FILE, type RunRecordFile, readRecord } from "../../run/record/record";
import { CHECKPOINT_FOLDER, type Parent } from "./nodeSession";

/** Undefined where there is none that can be read. */
export async function recordIn(folder: string): Promise<RunRecordFile | undefined> {
  try {
    return readRecord(new Uint8Array(await readFile(join(folder, CHECKPOINT_FOLDER, RECORD_FILE))));
  } catch {
    return undefined;
  }
}

/** The id of the run in a folder; a new one where it has no record, as older programs left it. */
export const runIdIn = async (folder: string): Promise<RunId> => (await recordIn(folder))?.created.run ?? newRunId();

const listed = (steps: readonly number[]): string => steps.map((step) => `step ${step}`).join(", ");

/** All that are whole. */
async function wholeCheckpoints(folder: string): Promise<readonly Checkpoint[]> {
  const found = await Promise.all(
    checkpointFiles.map(async (name) => {
      try {
        return [readRunState(new Uint8Array(await readFile(join(folder, CHECKPOINT_FOLDER, name))))];
      } catch {
        return [];
      }
    }),
  );
  return found.flat();
}

async function ofStep(folder: string, step: string): Promise<Checkpoint> {
  const all = await wholeCheckpoints(folder);
  const found = all.find((checkpoint) => String(checkpoint.step) === step);
  if (found) return found;
  const steps = [...new Set(all.map((checkpoint) => checkpoint.step))].sort((a, b) => a - b);
  const there = steps.length > 0 ? `It has ${listed(steps)}.` : "It has none.";
  throw new Error(`--from ${folder}@${step}: no checkpoint of that step lies there. ${there}`);
}

/** "DIR@STEP", where STEP is a step, newest or best. @throws where there is no such checkpoint. */
export async function parentOf(given: string): Promise<Parent> {
  const cut = given.lastIndexOf("@");
  const [folder, step] = [given.slice(0, cut), given.slice(cut + 1)];
  if (cut < 1 || !/^(\d+|newest|best)$/.test(step))
    throw new Error(`--from ${given}: expected DIR@STEP, where STEP is a step that is kept there, newest or best.`);
  const kept = new Checkpoints(nodeStore(resolve(folder)), CHECKPOINT_FOLDER);
  const checkpoint =
    step === "newest"
      ? (await kept.read()).state
      : step === "best"
        ? await kept.readBest()
        : await ofStep(folder, step);
  const name = basename(resolve(folder));
  const run = (await recordIn(folder))?.created.run ?? (isRunId(name) ? name : "parent");
  return { run, checkpoint };
}
