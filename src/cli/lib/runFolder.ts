/** What a run of npm run finetune leaves in its folder. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RunEvent } from "../../contracts/runEvent";
import { pictureFiles, type RunRecord } from "../../runtime/artefacts";

export type Artefact = Extract<RunEvent, { type: "artefact" }>;

/** Run file, metrics, exports, predictions. */
export async function writeOutputs(folder: string, record: RunRecord, artefacts: readonly Artefact[]): Promise<void> {
  const write = async (name: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  };
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  await write("run.json", json(record.run()));
  await write("metrics.json", json(record.metrics()));
  for (const { name, bytes } of artefacts) await write(name, bytes);
  for (const { name, bytes } of pictureFiles(record.pictures())) await write(join("predictions", name), bytes);
}
