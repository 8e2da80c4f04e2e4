/** What a path holds, as an import would see it: a data set, weights of a backbone, an exported adapter, or the checkpoints of a run. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { AdapterReport } from "../../../contracts/adapterReport";
import type { ByteSource } from "../../../contracts/byteSource";
import type { ImportReport, RecognisedWeights } from "../../../contracts/importReport";
import type { Survey } from "../../../contracts/survey";
import { describeRecognised } from "../../../core/checkpoint/recognise";
import { type CheckpointSummary, readRunState, readRunSummary } from "../../../core/checkpoint/runState";
import { openData } from "../../../data/layouts";
import { surveyData } from "../../../data/survey";
import { isZip } from "../../../data/zipTree";
import { nodeFiles } from "../../platform/node/nodeFiles";
import { nodeSource, whileOpen } from "../../platform/node/nodeSource";
import { holdsAdapter, openAdapter, reportAdapter } from "../../run/prepare/openedAdapter";
import { compareWeights, openBackbone } from "../../run/prepare/openedBackbone";
import { openOptions } from "../../run/prepare/openOptions";
import { Refusal } from "../../run/prepare/refusal";
import { RECORD_FILE, readRecord } from "../../run/record/record";
import { ADAPTER_FILE, nodeAdapter } from "./nodeAdapter";
import { CHECKPOINT_FOLDER, readAsset } from "./nodeSession";
import { nodeWeights } from "./nodeWeights";
import { type StoredRun, storedRun } from "./storedRuns";

/** One checkpoint of a run. */
export interface CheckpointFile {
  readonly name: string;
  readonly bytes: number;
  readonly run: CheckpointSummary;
  /** Why it cannot be resumed from; empty: it is whole. */
  readonly problem: string;
}

/** The record of a run. */
export interface RecordFile {
  readonly name: string;
  readonly bytes: number;
  /** Those behind its last whole event: the program was ended while it wrote them. */
  readonly cutBytes: number;
  /** Absent: it cannot be read. */
  readonly run?: StoredRun;
  /** Why; empty: it can. */
  readonly problem: string;
}

export type Inspection =
  | { readonly kind: "data"; readonly survey: Survey }
  | {
      readonly kind: "weights";
      readonly name: string;
      readonly recognised: RecognisedWeights;
      readonly report: ImportReport;
      /** Why no run can start from them; empty: one can. */
      readonly problem: string;
    }
  /** `compared`: with the backbone that the options name, or with the built-in one that it names itself. */
  | { readonly kind: "adapter"; readonly report: AdapterReport; readonly compared: boolean }
  | { readonly kind: "run"; readonly record?: RecordFile; readonly checkpoints: readonly CheckpointFile[] };

export interface InspectOptions {
  /** Id of a layout of data; "auto": the first that fits. */
  readonly layout: string;
  /** A file of weights that an adapter is compared with; absent: the built-in backbone that it names, if any. */
  readonly backbone?: string;
  /** Images of data whose files are read; absent: all. */
  readonly most?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

const WEIGHTS_FILE = /\.(safetensors|pth|pt|bin|tar|json)$/i;
/** What Hugging Face and others call the weights in a model's folder, in the order in which they are tried. */
const WEIGHTS_IN_FOLDER = [/\.safetensors\.index\.json$/, /\.bin\.index\.json$/, /\.safetensors$/, /\.(pth|pt|bin)$/];

/**
 * @throws Refusal where there is nothing that can be looked at; an Error where a data set or weights cannot be opened at all.
 */
export async function inspectPath(path: string, options: InspectOptions): Promise<Inspection> {
  const whole = resolve(path);
  const info = await stat(whole).catch(() => undefined);
  if (!info) throw new Refusal(`${path} does not exist.`);
  if (info.isDirectory()) return inspectFolder(whole, options);
  if (isZip(whole)) return (await inspectAdapter(whole, options)) ?? inspectData(whole, options);
  if (!WEIGHTS_FILE.test(whole))
    throw new Refusal(
      `${path} is no data set or weights. Give a folder, a zip archive, or a file .safetensors, .pth, .pt, .bin or .index.json.`,
    );
  if (basename(whole) === RECORD_FILE) return { kind: "run", record: await inspectRecord(whole), checkpoints: [] };
  const checkpoint = await inspectCheckpoint(whole);
  if (checkpoint) return { kind: "run", checkpoints: [checkpoint] };
  return (await inspectAdapter(whole, options)) ?? inspectWeights(whole);
}

async function inspectFolder(folder: string, options: InspectOptions): Promise<Inspection> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  for (const place of [folder, join(folder, CHECKPOINT_FOLDER)]) {
    const names = await readdir(place).catch((): string[] => []);
    const tensors = names.filter((name) => name.endsWith(".safetensors"));
    const found = await Promise.all(tensors.map((name) => inspectCheckpoint(join(place, name))));
    const checkpoints = found.filter((checkpoint) => checkpoint !== undefined);
    const record = names.includes(RECORD_FILE) ? { record: await inspectRecord(join(place, RECORD_FILE)) } : {};
    if (checkpoints.length > 0 || record.record) return { kind: "run", ...record, checkpoints };
  }
  const adapter = files.includes(ADAPTER_FILE) && (await inspectAdapter(folder, options));
  if (adapter) return adapter;
  const hasFolders = entries.some((entry) => entry.isDirectory());
  const weights = WEIGHTS_IN_FOLDER.map((pattern) => files.find((name) => pattern.test(name))).find(Boolean);
  return weights && !hasFolders ? inspectWeights(join(folder, weights)) : inspectData(folder, options);
}

async function inspectData(path: string, { layout, most, onProgress }: InspectOptions): Promise<Inspection> {
  const files = await nodeFiles(path);
  try {
    const opened = await openData(files, openOptions(basename(path), { layout, valShare: 0, labelEncodings: {} }));
    const survey = await surveyData(opened, { ...(most !== undefined && { most }), ...(onProgress && { onProgress }) });
    return { kind: "data", survey };
  } finally {
    await files.close();
  }
}

async function inspectRecord(path: string): Promise<RecordFile> {
  const bytes = new Uint8Array(await readFile(path));
  const file = { name: RECORD_FILE, bytes: bytes.length };
  try {
    const record = readRecord(bytes);
    const run = storedRun(dirname(path), record);
    return { ...file, cutBytes: bytes.length - record.wholeBytes, run, problem: "" };
  } catch (error) {
    return { ...file, cutBytes: 0, problem: (error as Error).message };
  }
}

/** undefined where the file is no checkpoint of a run. */
async function inspectCheckpoint(path: string): Promise<CheckpointFile | undefined> {
  const source = await nodeSource(path);
  try {
    const run = await readRunSummary(source);
    if (!run) return undefined;
    return { name: source.name, bytes: source.size, run, problem: await damageOf(source) };
  } finally {
    await source.close();
  }
}

async function damageOf(source: ByteSource): Promise<string> {
  try {
    readRunState(await source.read(0, source.size));
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

async function inspectWeights(path: string): Promise<Inspection> {
  const files = await nodeWeights(path);
  const { name, recognised, report, problem } = await whileOpen(files, () => compareWeights(files));
  return { kind: "weights", name, recognised: describeRecognised(recognised), report, problem };
}

/** undefined where the path is no exported adapter. */
async function inspectAdapter(path: string, { backbone }: InspectOptions): Promise<Inspection | undefined> {
  const files = await nodeAdapter(path);
  return whileOpen(files, async () => {
    if (!(await holdsAdapter(files))) return undefined;
    const weights = backbone === undefined ? [] : await nodeWeights(backbone);
    const report = await whileOpen(weights, async () => {
      const opened = weights.length > 0 ? await openBackbone(weights) : undefined;
      return reportAdapter(await openAdapter(files), opened, { readAsset });
    });
    return { kind: "adapter", report, compared: report.found !== null };
  });
}

/** Whether all of it can be used. */
export function isUsable(inspection: Inspection): boolean {
  if (inspection.kind === "data") return inspection.survey.samples.every(({ problem }) => problem === undefined);
  if (inspection.kind === "adapter") return inspection.report.problem === "" || !inspection.compared;
  if (inspection.kind === "weights") return inspection.problem === "";
  const { record, checkpoints } = inspection;
  return [...(record ? [record] : []), ...checkpoints].every(({ problem }) => problem === "");
}
