/** The runs below folders, as their records tell them: what finetune, sweep and compare leave behind. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { FolderFile } from "../../../contracts/dataOrigin";
import type { RunId, RunParent } from "../../../contracts/run";
import type { RunConfig } from "../../../contracts/runConfig";
import type { EventOfRun, ParameterGroup, RunState } from "../../../contracts/runEvent";
import type { RunFile } from "../../run/artefacts";
import { checkpointFiles } from "../../run/checkpoints";
import type { MetricsByTask } from "../../run/evaluation";
import { type RunRecordFile, recordEvents } from "../../run/record/record";
import { stepsOf } from "../../run/record/stepColumns";
import { runFromFiles } from "../importRun";
import { CHECKPOINT_FOLDER } from "./nodeSession";
import { recordIn } from "./runFolder";

export interface StoredRun {
  readonly folder: string;
  readonly run: RunId;
  readonly config: RunConfig;
  /** Empty: named by what differs. */
  readonly name: string;
  /** Milliseconds since 1970; 0: nothing tells. */
  readonly created: number;
  readonly parent?: RunParent;
  readonly state: RunState;
  readonly step: number;
  readonly evaluations: readonly { readonly step: number; readonly metrics: MetricsByTask }[];
  /** Of the last evaluation. */
  readonly metrics: MetricsByTask;
  /** What its steps and evaluations took together; NaN: nothing tells. */
  readonly ms: number;
  /** Undefined where nothing tells. */
  readonly trained?: number;
}

/** Folders within the one that is given in which runs are looked for. */
const DEEPEST = 3;

const RUN_FILE = "run.json";

/** Names of the files from which a run without a record is read; undefined where the folder is none of a run. */
function filesOf(folder: string): readonly string[] | undefined {
  const checkpoints = checkpointFiles.map((name) => join(CHECKPOINT_FOLDER, name));
  const first = [RUN_FILE, ...checkpoints].find((name) => existsSync(join(folder, name)));
  if (first === undefined) return undefined;
  return first === RUN_FILE ? [RUN_FILE, "metrics.json"].filter((name) => existsSync(join(folder, name))) : [first];
}

const trainedOf = (groups: readonly ParameterGroup[]): number => groups.reduce((sum, { trained }) => sum + trained, 0);

type EventOf<T extends EventOfRun["type"]> = Extract<EventOfRun, { type: T }>;

const last = <T extends EventOfRun["type"]>(events: readonly EventOfRun[], type: T): EventOf<T> | undefined =>
  events.findLast((event): event is EventOf<T> => event.type === type);

/** What a record tells of its run. */
export const storedRun = (folder: string, record: RunRecordFile): StoredRun => fold(folder, recordEvents(record));

function fold(folder: string, events: readonly EventOfRun[], groups?: readonly ParameterGroup[]): StoredRun {
  const [created, prepared] = [last(events, "created")!, last(events, "prepared")];
  const evaluations = events.filter((event): event is EventOf<"evaluation"> => event.type === "evaluation");
  const steps = events.flatMap((event) =>
    event.type === "steps" ? stepsOf(event.columns, event.run) : event.type === "step" ? [event] : [],
  );
  const [measured, parameters] = [evaluations.at(-1), prepared?.parameters ?? groups];
  return {
    folder,
    run: created.run,
    config: prepared?.config ?? created.config,
    name: created.name,
    created: created.created,
    ...(created.parent && { parent: created.parent }),
    state: last(events, "state")?.state ?? "paused",
    step: Math.max(steps.at(-1)?.step ?? 0, measured?.step ?? 0),
    evaluations,
    metrics: measured?.metrics ?? {},
    ms: [...steps.map(({ stepMs }) => stepMs), ...evaluations.map(({ ms }) => ms)].reduce((sum, ms) => sum + ms, 0),
    ...(parameters && { trained: trainedOf(parameters) }),
  };
}

/** The run of one folder; undefined where it holds none. @throws where its files are damaged. */
export async function readRun(folder: string): Promise<StoredRun | undefined> {
  const record = await recordIn(folder);
  if (record) return storedRun(folder, record);
  const names = filesOf(folder);
  if (!names) return undefined;
  const files = names.map(
    async (path): Promise<FolderFile> => ({ path, file: new Blob([await readFile(join(folder, path))]) }),
  );
  const { events } = await runFromFiles(basename(folder), await Promise.all(files), 0);
  const isRunFile = names.includes(RUN_FILE);
  const file = isRunFile ? (JSON.parse(await readFile(join(folder, RUN_FILE), "utf8")) as Partial<RunFile>) : {};
  return fold(folder, events, file.parameters);
}

/** All runs at and below folders, the oldest first. `onTrouble` is told of those that cannot be read. */
export async function readRuns(
  folders: readonly string[],
  onTrouble: (message: string) => void,
  depth = 0,
): Promise<readonly StoredRun[]> {
  const found: StoredRun[] = [];
  for (const folder of folders) {
    try {
      const run = await readRun(folder);
      const below = run || depth === DEEPEST ? [] : await foldersIn(folder);
      found.push(...(run ? [run] : await readRuns(below, onTrouble, depth + 1)));
    } catch (error) {
      onTrouble(`${folder}: ${(error as Error).message}`);
    }
  }
  return found.sort((a, b) => a.created - b.created);
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map(({ name }) => name);
  return names.sort().map((name) => join(folder, name));
}
