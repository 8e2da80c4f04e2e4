/**
 * npm run finetune -- [options]: the studio's fine-tuning without a page. Exit code 0 only for a finished run; Ctrl-C keeps what
 * was trained and exits with 130.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "../contracts/command";
import { describeRun } from "../runtime/products/describe";
import { checkExport } from "../runtime/products/export/registry";
import { eventForJson } from "../runtime/run/artefacts";
import { withOwnTasks } from "../runtime/run/prepare/modelSpec";
import { asItIs } from "../runtime/run/prepare/openOptions";
import { CHECKPOINT_FOLDER, type NodeSession, openNodeSession, readFolder } from "../runtime/session/node/nodeSession";
import { readWeights } from "../runtime/session/node/nodeWeights";
import { showDescription } from "./lib/describeRun";
import {
  checkpointEvery,
  type Flags,
  labelledTasks,
  parseFlags,
  readConfig,
  usage,
  weightsPath,
} from "./lib/finetuneOptions";
import { progressReporter, type Reporter } from "./lib/progress";
import { checkFolder, writeOutputs } from "./lib/runFolder";
import { type Inputs, inputsOf, resumedInputs, writeInputs } from "./lib/runInputs";
import { RunWatch } from "./lib/runWatch";

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
  const labelled = source && {
    tasks: source.tasks.map(({ task }) => task),
    folders: (source.folders ?? []).map(({ name }) => name),
  };
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

/** Forms to write at the end. @throws where one does not exist, or there is no folder for them. */
function exportsOf(flags: Flags, out: string | undefined): readonly string[] {
  const ids = (flags.export ?? "adapter").split(",").map((id) => id.trim());
  for (const id of ids) checkExport(id);
  if (flags.export !== undefined && out === undefined)
    throw new Error(`--export ${flags.export}: there is no folder to write to; give --out DIR.`);
  return ids;
}

const reporterOf = ({ json }: Flags): Reporter =>
  json
    ? { event: (event) => process.stdout.write(`${JSON.stringify(eventForJson(event))}\n`), close: () => {} }
    : progressReporter(process.stderr, process.stdout);

/** A new run trains on what there are labels for, where nobody chose tasks. */
function fitted(begin: Command, flags: Flags, { labelled, event }: RunWatch): Command {
  if (begin.type !== "prepare" || labelled === null) return begin;
  const { config, said } = labelledTasks(begin.config, flags, labelled);
  if (said !== null) event({ type: "log", level: "info", message: said });
  return { ...begin, config };
}

/** The first signal pauses the run, which is then written; a second ends the program. */
function onSignals(session: NodeSession): { readonly came: boolean } {
  const signal = { came: false };
  const interrupt = (): void => {
    if (signal.came) process.exit(130);
    signal.came = true;
    void session.send({ type: "pause" });
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return signal;
}

interface Plan {
  readonly command: Command;
  readonly inputs: Inputs;
  /** The run's folder. */
  readonly out: string | undefined;
  readonly every: number | null;
}

/** Opens what the run uses, prepares it and trains; stops where something fails. */
async function train(session: NodeSession, flags: Flags, plan: Plan, watch: RunWatch, signal: { came: boolean }) {
  const { command, inputs, out, every } = plan;
  const steps: readonly (() => Promise<void> | false)[] = [
    () => every !== null && session.send({ type: "keep", every }),
    () => {
      const { data, layout } = inputs;
      const reading = command.type === "prepare" ? command.config.data : { ...asItIs, layout };
      return data !== null && session.openFolder(data, reading);
    },
    () => inputs.backbone !== null && session.openWeights(inputs.backbone),
    () => flags.adapter !== undefined && session.openAdapter(flags.adapter),
    () => session.send(fitted(command, flags, watch)),
    () => out !== undefined && writeInputs(flags.resume ?? out, inputs, flags.resume === undefined),
    () => !signal.came && session.send({ type: "start" }),
    () => flags["update-analysis"] === true && session.send({ type: "update-analysis" }),
  ];
  for (const step of steps) if (!watch.failed) await step();
}

async function run(flags: Flags): Promise<number> {
  const out = flags.out ?? flags.resume;
  if (flags.out !== undefined) checkFolder("--out", flags.out);
  const plan: Plan = { ...(await beginning(flags)), out, every: checkpointEvery(flags, out) };
  const exports = exportsOf(flags, out);
  const reporter = reporterOf(flags);
  const watch = new RunWatch(reporter);
  const { record } = watch;
  const baselines = flags.baseline?.split(",") ?? [];
  record.compareWith(
    await Promise.all(baselines.map(async (path) => JSON.parse(await readFile(path, "utf8")) as unknown)),
  );
  const keeping = out === undefined ? {} : { checkpoints: resolve(flags.resume ?? out) };
  const session = await openNodeSession(watch.event, keeping);
  const signal = onSignals(session);
  try {
    await train(session, flags, plan, watch, signal);
    if (record.isPrepared && out !== undefined)
      for (watch.exporting of exports) await session.send({ type: "export", what: watch.exporting });
    record.finish(signal.came ? "interrupted" : watch.failed ? "failed" : "finished");
    const deltaM = record.deltaM();
    if (deltaM !== undefined) console.error(`Δm against the single-task runs: ${deltaM.toFixed(2)} %`);
    if (out !== undefined && record.isPrepared) await writeOutputs(out, record, watch.artefacts);
  } finally {
    reporter.close();
    await session.dispose();
  }
  for (const problem of watch.problems) console.error(`\n${problem}`);
  return watch.exitCode(signal.came);
}

try {
  const flags = parseFlags();
  if (flags.help) console.log(usage);
  process.exitCode = flags.help ? 0 : await (flags.describe ? describe(flags) : run(flags));
} catch (error) {
  console.error(`${(error as Error).message}\n\nnpm run finetune -- --help lists the options.`);
  process.exitCode = 2;
}
// Executors keep threads alive that nobody waits for.
process.exit();
