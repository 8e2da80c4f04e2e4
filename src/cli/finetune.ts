/**
 * npm run finetune -- [options]: the studio's fine-tuning without a page. Exit code 0 only for a finished run; Ctrl-C keeps what
 * was trained and exits with 130.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Command } from "../contracts/command";
import type { RunEvent } from "../contracts/runEvent";
import { eventForJson, pictureFiles, RunRecord } from "../runtime/artefacts";
import { describeRun } from "../runtime/describe";
import { checkExport } from "../runtime/export/registry";
import { CHECKPOINT_FOLDER, openNodeSession, readFolder } from "../runtime/node/node";
import { readWeights } from "../runtime/node/nodeWeights";
import { withOwnTasks } from "../runtime/prepare/modelSpec";
import { asItIs } from "../runtime/prepare/openOptions";
import { showDescription } from "./lib/describeRun";
import {
  checkpointEvery,
  type Flags,
  INPUTS_FILE,
  type Inputs,
  inputsOf,
  labelledTasks,
  parseFlags,
  readConfig,
  resumedInputs,
  usage,
  weightsPath,
} from "./lib/finetuneOptions";
import { progressReporter, type Reporter } from "./lib/progress";

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

/** A new run takes the place of what its folder kept before; one that goes on keeps it. */
async function writeInputs(run: string, inputs: Inputs, isNew: boolean): Promise<void> {
  if (isNew) await rm(join(run, CHECKPOINT_FOLDER), { recursive: true, force: true });
  await mkdir(join(run, CHECKPOINT_FOLDER), { recursive: true });
  await writeFile(join(run, CHECKPOINT_FOLDER, INPUTS_FILE), `${JSON.stringify(inputs, null, 2)}\n`);
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
  const { config: asked, folder } = await readConfig(flags);
  const weights = weightsPath(flags);
  const source = folder === null ? null : await readFolder(folder, asked.data);
  const labelled = source?.tasks.map(({ task }) => task);
  const { config, said } = labelled ? labelledTasks(asked, flags, labelled) : { config: asked, said: null };
  if (said !== null) console.error(said);
  const description = describeRun(config, {
    ...(source !== null && { source: withOwnTasks(source, config) }),
    ...(flags.classes !== undefined && { classes: readClasses(flags.classes) }),
    ...(weights !== null && { opened: await readWeights(weights) }),
  });
  console.log(flags.json ? JSON.stringify(description) : showDescription(description));
  return 0;
}

/** What a run begins with: a configuration, or a checkpoint to go on from; and the files that it uses. */
async function beginning(flags: Flags): Promise<{ command: Command; inputs: Inputs }> {
  if (flags.resume !== undefined) {
    const inputs = await resumedInputs(flags.resume, flags);
    return { command: { type: "resume", from: { run: CHECKPOINT_FOLDER } }, inputs };
  }
  const { config, folder } = await readConfig(flags);
  return { command: { type: "prepare", config }, inputs: inputsOf(flags, folder, config.data.layout) };
}

async function run(flags: Flags): Promise<number> {
  const out = flags.out ?? flags.resume;
  const every = checkpointEvery(flags, out);
  const { command, inputs } = await beginning(flags);
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
  if (flags.export !== undefined && out === undefined)
    throw new Error(`--export ${flags.export}: there is no folder to write to; give --out DIR.`);
  const artefacts: Artefact[] = [];
  let labelled: readonly string[] | null = null;
  let failure: string | null = null;
  let failureCode = 1;
  let exporting = "";
  const unwritten: string[] = [];
  const onEvent = (event: RunEvent): void => {
    record.add(event);
    if (event.type === "artefact") artefacts.push(event);
    if (event.type === "data") labelled = event.entry.tasks;
    if (event.type === "failed" && event.of === "export") unwritten.push(`${exporting}: not written. ${event.message}`);
    else if (event.type === "failed") {
      failure = event.message;
      failureCode = event.refused ? 2 : 1;
    }
    reporter.event(event);
  };
  /** A new run trains on what there are labels for, where nobody chose tasks. */
  const fitted = (begin: Command): Command => {
    if (begin.type !== "prepare" || labelled === null) return begin;
    const { config, said } = labelledTasks(begin.config, flags, labelled);
    if (said !== null) onEvent({ type: "log", level: "info", message: said });
    return { ...begin, config };
  };
  const session = await openNodeSession(
    onEvent,
    out === undefined ? {} : { checkpoints: resolve(flags.resume ?? out) },
  );
  let interrupted = false;
  const interrupt = (): void => {
    if (interrupted) process.exit(130);
    interrupted = true;
    void session.send({ type: "pause" });
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    if (every !== null) await session.send({ type: "keep", every });
    if (inputs.data !== null) {
      const { layout } = inputs;
      await session.openFolder(inputs.data, command.type === "prepare" ? command.config.data : { ...asItIs, layout });
    }
    if (!failure && inputs.backbone !== null) await session.openWeights(inputs.backbone);
    if (!failure && flags.adapter !== undefined) await session.openAdapter(flags.adapter);
    if (!failure) await session.send(fitted(command));
    if (!failure && out !== undefined) await writeInputs(flags.resume ?? out, inputs, flags.resume === undefined);
    if (!failure && !interrupted) await session.send({ type: "start" });
    if (flags.evidence && !failure && record.isPrepared) await session.send({ type: "evidence" });
    if (record.isPrepared && out !== undefined)
      for (exporting of exports) await session.send({ type: "export", what: exporting });
    record.finish(interrupted ? "interrupted" : failure ? "failed" : "finished");
    const deltaM = record.deltaM();
    if (deltaM !== undefined) console.error(`Δm against the single-task runs: ${deltaM.toFixed(2)} %`);
    if (out !== undefined && record.isPrepared) await writeOutputs(out, record, artefacts);
  } finally {
    reporter.close();
    await session.dispose();
  }
  for (const problem of failure ? [failure, ...unwritten] : unwritten) console.error(`\n${problem}`);
  if (failure) return failureCode;
  return interrupted ? 130 : unwritten.length > 0 ? 1 : 0;
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
