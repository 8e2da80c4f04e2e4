/**
 * npm run finetune -- [options]: the studio's fine-tuning without a page. Exit code 0 only for a finished run; Ctrl-C keeps what
 * was trained and exits with 130.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { parseRunConfig, type RunConfig } from "../contracts/runConfig";
import type { RunEvent } from "../contracts/runEvent";
import { eventForJson, pictureFiles, RunRecord } from "../runtime/artefacts";
import { describeRun, knownIds } from "../runtime/describe";
import { checkExport, exportIds } from "../runtime/export/registry";
import { methodChoice, withOwnTasks } from "../runtime/modelSpec";
import { openNodeSession, readFolder } from "../runtime/node";
import { isWeightsPath, readWeights } from "../runtime/nodeWeights";
import { FILE_BACKBONE } from "../runtime/openedBackbone";
import { presets } from "../runtime/presets";
import { showDescription } from "./lib/describeRun";
import { progressReporter, type Reporter } from "./lib/progress";
import { setPath } from "./lib/setPath";

const LIST_WIDTH = 90;

/** A list of names in lines that stay within a terminal. */
function wrapped(names: readonly string[]): string {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && `${last}, ${name}`.length <= LIST_WIDTH) lines[lines.length - 1] = `${last}, ${name}`;
    else lines.push(name);
  }
  return lines.join(`,\n${" ".repeat(21)}`);
}

const usage = `npm run finetune -- [options]

  --preset ID        ${presets.map((p) => p.id).join(", ")} (default: default)
  --config FILE      a run file (run.json of an earlier run, or your own); options below override it
  --data SOURCE      scenes, or a folder or zip archive with images/ and one folder of labels per task
  --layout ID        how your files are laid out: ${wrapped(["auto", ...knownIds.layouts])}
  --method ID        ${wrapped(knownIds.methods)}
  --backbone ID      ${wrapped(knownIds.startingPoints)},
                     or a file of weights (.safetensors, .pth, .pt, .bin, or the .json index of several)
  --head ID          ${wrapped(knownIds.heads)}
  --tasks A,B        ${wrapped(knownIds.tasks)}
  --subset N         training images used, chosen by the seed
  --steps N          optimiser steps
  --batch N          images per step
  --seed N
  --device ID        auto, webgpu, cpu (ONNX Runtime native), wasm, tf
  --set PATH=VALUE   any field of the run file, e.g. --set training.learningRate.adapter=0.02
  --baseline FILES   metrics.json of single-task runs, separated by commas: prints Δm against them
  --out DIR          writes run.json, metrics.json, predictions/*.png and what --export names
  --export A,B       ${wrapped(exportIds)} (default: adapter)
  --evidence         measures what training did to the weights (rank, norms, angles) and the tasks' gradients
  --describe         trains nothing: prints the method, its layers, and who trains what. Takes the backbones
                     ${wrapped(knownIds.otherBackbones)} too
  --classes A=N,B=M  with --describe: classes of tasks, in place of the data's (backbones that are not built in: PASCAL's)
  --json             one JSON object per event on stdout; with --describe one in all
  --help

Exit code 0 for a finished run, 1 for one that failed, 2 where the options or the configuration are refused, 130 after Ctrl-C.`;

const options = {
  preset: { type: "string" },
  config: { type: "string" },
  data: { type: "string" },
  layout: { type: "string" },
  method: { type: "string" },
  backbone: { type: "string" },
  head: { type: "string" },
  tasks: { type: "string" },
  subset: { type: "string" },
  steps: { type: "string" },
  batch: { type: "string" },
  seed: { type: "string" },
  device: { type: "string" },
  set: { type: "string", multiple: true },
  baseline: { type: "string" },
  out: { type: "string" },
  export: { type: "string" },
  evidence: { type: "boolean" },
  describe: { type: "boolean" },
  classes: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Flags = ReturnType<typeof parseFlags>;
const parseFlags = () => parseArgs({ options, strict: true }).values;

/** The file that --backbone names; null where it names a backbone of the catalogue, or nothing. */
const weightsPath = ({ backbone }: Flags): string | null =>
  backbone !== undefined && isWeightsPath(backbone) ? backbone : null;

async function readConfig(flags: Flags): Promise<{ config: RunConfig; folder: string | null }> {
  const preset = presets.find((p) => p.id === (flags.preset ?? "default"));
  if (!preset) throw new Error(`--preset ${flags.preset}: unknown; known: ${presets.map((p) => p.id).join(", ")}.`);
  const file: unknown = flags.config ? JSON.parse(await readFile(flags.config, "utf8")) : preset.config;
  // A run.json of an earlier run holds its configuration under "config".
  const raw: Record<string, unknown> = structuredClone(parseRunConfig((file as { config?: unknown }).config ?? file));
  const assign = (path: string, value: string | undefined): void => {
    if (value !== undefined) setPath(raw, path, value);
  };
  const isFolder = flags.data !== undefined && flags.data !== "scenes";
  assign("data.source", isFolder ? "folder" : flags.data);
  // Settings belong to their method: another one starts from its own.
  if (flags.method !== undefined && flags.method !== (raw["method"] as { id?: unknown } | undefined)?.id)
    raw["method"] = methodChoice(flags.method);
  assign("backbone", weightsPath(flags) === null ? flags.backbone : FILE_BACKBONE);
  assign("head", flags.head);
  assign("data.layout", flags.layout);
  assign("data.train", flags.subset);
  assign("training.steps", flags.steps);
  assign("training.batchSize", flags.batch);
  assign("training.seed", flags.seed);
  assign("device", flags.device);
  if (flags.tasks !== undefined) raw["tasks"] = flags.tasks.split(",").map((id) => id.trim());
  for (const item of flags.set ?? []) {
    const cut = item.indexOf("=");
    if (cut < 1) throw new Error(`--set ${item}: expected PATH=VALUE.`);
    setPath(raw, item.slice(0, cut), item.slice(cut + 1));
  }
  return { config: parseRunConfig(raw), folder: isFolder ? flags.data! : null };
}

type Artefact = Extract<RunEvent, { type: "artefact" }>;

async function writeOutputs(folder: string, record: RunRecord, artefacts: readonly Artefact[]): Promise<void> {
  await mkdir(join(folder, "predictions"), { recursive: true });
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  await writeFile(join(folder, "run.json"), json(record.run()));
  await writeFile(join(folder, "metrics.json"), json(record.metrics()));
  for (const { name, bytes } of artefacts) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  for (const { name, bytes } of pictureFiles(record.pictures()))
    await writeFile(join(folder, "predictions", name), bytes);
}

/** "semseg=40,human_parts=7" → classes by task. */
function readClasses(text: string): Record<string, number> {
  const pairs = text.split(",").map((item): [string, number] => {
    const [task, count] = item.split("=");
    if (!task || !Number.isInteger(Number(count)) || Number(count) < 1)
      throw new Error(`--classes ${item}: expected TASK=N with a whole number N from 1.`);
    return [task.trim(), Number(count)];
  });
  return Object.fromEntries(pairs);
}

async function describe(flags: Flags): Promise<number> {
  const { config, folder } = await readConfig(flags);
  const weights = weightsPath(flags);
  const description = describeRun(config, {
    ...(folder !== null && { source: withOwnTasks(await readFolder(folder, config.data), config) }),
    ...(flags.classes !== undefined && { classes: readClasses(flags.classes) }),
    ...(weights !== null && { opened: await readWeights(weights) }),
  });
  console.log(flags.json ? JSON.stringify(description) : showDescription(description));
  return 0;
}

async function run(flags: Flags): Promise<number> {
  const { config, folder } = await readConfig(flags);
  const reporter: Reporter = flags.json
    ? { event: (event) => process.stdout.write(`${JSON.stringify(eventForJson(event))}\n`), close: () => {} }
    : progressReporter(process.stderr, process.stdout);
  const record = new RunRecord();
  const baselines = flags.baseline?.split(",") ?? [];
  record.compareWith(
    await Promise.all(baselines.map(async (path) => JSON.parse(await readFile(path, "utf8")) as unknown)),
  );
  const exports = (flags.export ?? "adapter").split(",").map((id) => id.trim());
  for (const id of exports) checkExport(id);
  if (flags.export !== undefined && flags.out === undefined)
    throw new Error(`--export ${flags.export}: there is no folder to write to; give --out DIR.`);
  const artefacts: Artefact[] = [];
  let failure: string | null = null;
  let failureCode = 1;
  const onEvent = (event: RunEvent): void => {
    record.add(event);
    if (event.type === "artefact") artefacts.push(event);
    if (event.type === "failed") {
      failure = event.message;
      failureCode = event.refused ? 2 : 1;
    }
    reporter.event(event);
  };
  const session = await openNodeSession(onEvent);
  let interrupted = false;
  const interrupt = (): void => {
    if (interrupted) process.exit(130);
    interrupted = true;
    void session.send({ type: "pause" });
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const weights = weightsPath(flags);
    if (folder !== null) await session.openFolder(folder);
    if (!failure && weights !== null) await session.openWeights(weights);
    if (!failure) await session.send({ type: "prepare", config });
    if (!failure && !interrupted) await session.send({ type: "start" });
    if (flags.evidence && !failure && record.isPrepared) await session.send({ type: "evidence" });
    if (record.isPrepared && flags.out !== undefined)
      for (const what of exports) await session.send({ type: "export", what });
    record.finish(interrupted ? "interrupted" : failure ? "failed" : "finished");
    const deltaM = record.deltaM();
    if (deltaM !== undefined) console.error(`Δm against the single-task runs: ${deltaM.toFixed(2)} %`);
    if (flags.out !== undefined && record.isPrepared) await writeOutputs(flags.out, record, artefacts);
  } finally {
    reporter.close();
    await session.dispose();
  }
  if (failure) console.error(`\n${failure}`);
  return failure ? failureCode : interrupted ? 130 : 0;
}

try {
  const flags = parseFlags();
  if (flags.help) console.log(usage);
  process.exitCode = flags.help ? 0 : await (flags.describe ? describe(flags) : run(flags));
} catch (error) {
  console.error(`${(error as Error).message}\n\nnpm run finetune -- --help lists the options.`);
  process.exitCode = 2;
}
// Engines keep threads alive that nobody waits for.
process.exit();
