/**
 * npm run finetune -- [options]: the studio's fine-tuning without a page. Exit code 0 only for a finished run; Ctrl-C keeps what
 * was trained and exits with 130.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { CheckpointKind, RunId } from "../contracts/run";
import { describeRun } from "../runtime/products/describe";
import { checkExport } from "../runtime/products/export/registry";
import { eventForJson, type RunRecord } from "../runtime/run/artefacts";
import { withOwnTasks } from "../runtime/run/prepare/modelSpec";
import { type NodeSession, openNodeSession, readFolder } from "../runtime/session/node/nodeSession";
import { readWeights } from "../runtime/session/node/nodeWeights";
import { type Beginning, beginningOf, fitted } from "./lib/beginning";
import { runDeclared } from "./lib/commands";
import { showDescription } from "./lib/describeRun";
import { checkpointEvery, type Flags, labelledTasks, readConfig, weightsPath } from "./lib/finetuneOptions";
import { progressReporter, type Reporter } from "./lib/progress";
import { checkFolder, writeOutputs } from "./lib/runFolder";
import { setAside, writeInputs } from "./lib/runInputs";
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
    ? {
        event: (event) => process.stdout.write(`${JSON.stringify(eventForJson(event))}\n`),
        earlier: () => {},
        close: () => {},
      }
    : progressReporter(process.stderr, process.stdout);

/** The first signal pauses the run, which is then written; a second ends the program. */
function onSignals(session: NodeSession, run: RunId): { readonly came: boolean } {
  const signal = { came: false };
  const interrupt = (): void => {
    if (signal.came) process.exit(130);
    signal.came = true;
    void session.send({ type: "pause", run });
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return signal;
}

interface Plan extends Beginning {
  /** The run's folder. */
  readonly out: string | undefined;
  readonly every: number | null;
}

/** Opens what the run uses, prepares it and trains; stops where something fails. */
async function train(session: NodeSession, flags: Flags, plan: Plan, watch: RunWatch, signal: { came: boolean }) {
  const { command, inputs, reading, out, every } = plan;
  const { run } = command;
  const steps: readonly (() => Promise<void> | false)[] = [
    () => every !== null && session.send({ type: "keep", every }),
    () => inputs.data !== null && session.openFolder(inputs.data, reading),
    () => inputs.backbone !== null && session.openWeights(inputs.backbone),
    () => flags.adapter !== undefined && session.openAdapter(flags.adapter),
    () => prepare(session, fitted(command, flags, watch), out, watch),
    () => out !== undefined && writeInputs(flags.resume ?? out, inputs),
    () => !signal.came && session.send({ type: "start", run }),
    () => flags["update-analysis"] === true && session.send({ type: "update-analysis", run }),
  ];
  for (const step of steps) if (!watch.failed) await step();
}

async function prepare(
  session: NodeSession,
  begin: Beginning["command"],
  out: string | undefined,
  watch: RunWatch,
): Promise<void> {
  const settle = out !== undefined && begin.type !== "resume" && (await setAside(out));
  await session.send(begin);
  if (!settle) return;
  if (!watch.isPrepared) await session.send({ type: "remove-run", run: begin.run });
  await settle(watch.isPrepared);
}

async function exportRun(
  session: NodeSession,
  run: RunId,
  exports: readonly string[],
  flags: Flags,
  watch: RunWatch,
): Promise<void> {
  const checkpoint = (flags.checkpoint ?? "newest") as CheckpointKind;
  for (const what of exports) {
    watch.exporting = what;
    await session.send({ type: "export", run, what, checkpoint });
  }
}

async function readBaselines({ baseline }: Flags, record: RunRecord): Promise<void> {
  const files = (baseline?.split(",") ?? []).map(async (path) => JSON.parse(await readFile(path, "utf8")) as unknown);
  record.compareWith(await Promise.all(files));
}

async function run(flags: Flags): Promise<number> {
  const out = flags.out ?? flags.resume;
  if (flags.out !== undefined) checkFolder("--out", flags.out);
  const plan: Plan = { ...(await beginningOf(flags)), out, every: checkpointEvery(flags, out) };
  const { run: id, type } = plan.command;
  const exports = exportsOf(flags, out);
  const reporter = reporterOf(flags);
  const watch = new RunWatch(id, reporter, type !== "prepare");
  const { record } = watch;
  await readBaselines(flags, record);
  const keeping = out === undefined ? {} : { checkpoints: resolve(flags.resume ?? out) };
  const session = await openNodeSession(watch.event, { ...keeping, ...(plan.parent && { parent: plan.parent }) });
  const signal = onSignals(session, id);
  try {
    await train(session, flags, plan, watch, signal);
    if (watch.isPrepared && out !== undefined) await exportRun(session, id, exports, flags, watch);
    record.finish(signal.came ? "interrupted" : watch.failed ? "failed" : "finished");
    const deltaM = record.deltaM();
    if (deltaM !== undefined) console.error(`Δm against the single-task runs: ${deltaM.toFixed(2)} %`);
    if (watch.isPrepared && out !== undefined) await writeOutputs(out, record, watch.artefacts);
  } finally {
    reporter.close();
    await session.dispose();
  }
  for (const problem of watch.problems) console.error(`\n${problem}`);
  return watch.exitCode(signal.came);
}

await runDeclared("finetune", (flags) => (flags.describe ? describe(flags) : run(flags)));
