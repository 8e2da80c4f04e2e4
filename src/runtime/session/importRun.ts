/** A run that comes as files: the folder of a headless run, its record, a checkpoint, or a run file with its metrics. */
import type { FolderFile } from "../../contracts/dataOrigin";
import type { RunId } from "../../contracts/run";
import { parseRunConfig } from "../../contracts/runConfig";
import type { EventOfRun } from "../../contracts/runEvent";
import { readRunState } from "../../core/checkpoint/runState";
import type { MetricsFile, RunFile } from "../run/artefacts";
import { checkpointFiles } from "../run/checkpoints";
import { RECORD_FILE, readRecord, recordEvents } from "../run/record/record";
import { columnsOf, type StepEvent } from "../run/record/stepColumns";
import { eventsOfCheckpoint } from "./runArchive";

export interface ImportedRun {
  readonly events: readonly EventOfRun[];
  /** Files of checkpoints by their names. */
  readonly checkpoints: ReadonlyMap<string, Uint8Array>;
}

const baseName = (path: string): string => path.split(/[\\/]/).at(-1)!;

/** @throws where no file is one of a run. */
export async function runFromFiles(run: RunId, files: readonly FolderFile[], now: number): Promise<ImportedRun> {
  const find = (name: string) => files.find(({ path }) => baseName(path) === name)?.file;
  const checkpoints = new Map<string, Uint8Array>();
  for (const name of checkpointFiles) {
    const file = find(name);
    if (file) checkpoints.set(name, new Uint8Array(await file.arrayBuffer()));
  }
  const record = find(RECORD_FILE);
  if (record) return { events: recordEvents(readRecord(new Uint8Array(await record.arrayBuffer())), run), checkpoints };
  const runFile = find("run.json");
  if (runFile) {
    const metrics = find("metrics.json");
    const told = JSON.parse(await runFile.text()) as Partial<RunFile>;
    return { events: eventsOfFiles(run, told, metrics && JSON.parse(await metrics.text()), now), checkpoints };
  }
  const [first] = checkpoints.values();
  if (first) return { events: eventsOfCheckpoint(run, readRunState(first), now), checkpoints };
  throw new Error(
    `None of the ${files.length} files is of a run; expected ${RECORD_FILE}, run.json or ${checkpointFiles[0]}. Drop the folder that finetune --out wrote.`,
  );
}

/** Of a run that left no record: its curves and its metrics. */
function eventsOfFiles(
  run: RunId,
  file: Partial<RunFile>,
  metrics: MetricsFile | undefined,
  now: number,
): EventOfRun[] {
  const config = parseRunConfig(file.config ?? file);
  const steps = (metrics?.steps ?? []).map(
    (step): StepEvent => ({ type: "step", run, epoch: Number.NaN, learningRates: {}, stepMs: Number.NaN, ...step }),
  );
  const state = file.outcome === "finished" || file.outcome === "failed" ? file.outcome : "paused";
  return [
    { type: "created", run, config, name: "", note: "", created: now },
    ...(steps.length > 0 ? [{ type: "steps" as const, run, columns: columnsOf(steps) }] : []),
    ...(metrics?.evaluations ?? []).map((evaluation) => ({ type: "evaluation" as const, run, ms: 0, ...evaluation })),
    { type: "state", run, state, message: "" },
  ];
}
