/** What a run of npm run finetune leaves in its folder. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { RunEvent } from "../../contracts/runEvent";
import { writeWhole } from "../../runtime/platform/node/writeWhole";
import { pictureFiles, type RunRecord } from "../../runtime/run/artefacts";

export type Artefact = Extract<RunEvent, { type: "artefact" }>;

/** @throws where the path, or one above it, is a file. */
export function checkFolder(option: string, path: string): void {
  for (let place = resolve(path); ; place = dirname(place)) {
    const found = existsSync(place);
    if (found && !statSync(place).isDirectory())
      throw new Error(`${option} ${path}: ${place} is a file. Give a folder, which is made where it is not there.`);
    if (found || place === dirname(place)) return;
  }
}

/** Run file, metrics, exports, predictions; each is the old file or the new one, whenever the program is killed. */
export async function writeOutputs(folder: string, record: RunRecord, artefacts: readonly Artefact[]): Promise<void> {
  const write = (name: string, content: Uint8Array | string) => writeWhole(join(folder, name), content);
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  await write("run.json", json(record.run()));
  await write("metrics.json", json(record.metrics()));
  for (const { name, bytes } of artefacts) await write(name, bytes);
  for (const { name, bytes } of pictureFiles(record.pictures())) await write(`predictions/${name}`, bytes);
}
