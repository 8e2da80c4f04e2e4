/** What a run of npm run finetune leaves in its folder. */
import { join } from "node:path";
import type { RunEvent } from "../../contracts/runEvent";
import { pictureFiles, type RunRecord } from "../../runtime/artefacts";
import { writeWhole } from "../../runtime/storage/storageNode";

export type Artefact = Extract<RunEvent, { type: "artefact" }>;

/** Run file, metrics, exports, predictions; each is the old file or the new one, whenever the program is killed. */
export async function writeOutputs(folder: string, record: RunRecord, artefacts: readonly Artefact[]): Promise<void> {
  const write = (name: string, bytes: Uint8Array) => writeWhole(join(folder, name), [bytes]);
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  await write("run.json", json(record.run()));
  await write("metrics.json", json(record.metrics()));
  for (const { name, bytes } of artefacts) await write(name, bytes);
  for (const { name, bytes } of pictureFiles(record.pictures())) await write(`predictions/${name}`, bytes);
}
