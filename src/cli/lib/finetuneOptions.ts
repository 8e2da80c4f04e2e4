/** The options of npm run finetune, and the configuration that they amount to. */
import { parseArgs } from "node:util";
import { parseRunConfig, type RunConfig } from "../../contracts/runConfig";
import { presets } from "../../runtime/products/catalogue/presets";
import { knownIds } from "../../runtime/products/describe";
import { exportIds } from "../../runtime/products/export/registry";
import { methodChoice } from "../../runtime/run/prepare/modelSpec";
import { FILE_BACKBONE } from "../../runtime/run/prepare/openedBackbone";
import { isWeightsPath } from "../../runtime/session/node/nodeWeights";
import { adaptersConfig, checkAdapter, checkSameAdapter, type GivenAdapter, givenAdapter } from "./adapterOption";
import { readRunFile } from "./readRunFile";
import { setPath } from "./setPath";

const LIST_WIDTH = 90;
const CHECKPOINT_EVERY = 100;

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

export const usage = `npm run finetune -- [options]

  --preset ID        ${presets.map((p) => p.id).join(", ")} (default: default)
  --config FILE      a run file (run.json of an earlier run, or your own); options below override it
  --data SOURCE      scenes, or a folder or zip archive with images/ and one folder of labels per task
  --layout ID        how your files are laid out: ${wrapped(["auto", ...knownIds.layouts])}
  --method ID        ${wrapped(knownIds.methods)}
  --backbone ID      ${wrapped(knownIds.startingPoints)},
                     or a file of weights (.safetensors, .pth, .pt, .bin, or the .json index of several)
  --adapter DIR|FILE starts from an exported adapter (its folder, file or zip), with the method, settings, decoder, tasks and image size
                     that it was trained with; its own backbone is needed: --backbone FILE where that is not built in
  --decoder ID       ${wrapped(knownIds.decoders)}
  --tasks A,B        ${wrapped(knownIds.tasks)}
                     (default: those of the preset that the data has labels for)
  --subset N         training images used, chosen by the seed
  --steps N          optimiser steps; 0 only evaluates
  --batch N          images per step
  --seed N
  --device ID        auto, webgpu, cpu (ONNX Runtime native), wasm, tf-webgpu, tf
  --set PATH=VALUE   any field of the run file, e.g. --set training.learningRate.method=0.02
  --baseline FILES   metrics.json of single-task runs, separated by commas: prints Δm against them
  --out DIR          writes run.json, metrics.json, predictions/*.png and what --export names
  --export A,B       ${wrapped(exportIds)} (default: adapter)
  --checkpoint-every N  keeps the run in DIR/checkpoint every N steps, and where it ends or is interrupted; 0: only there (default: 100)
  --resume DIR       goes on with the run that an earlier --out DIR keeps, by its own configuration, and writes there again; --data and
                     --backbone only where its files lie elsewhere now
  --update-analysis        measures what training did to the weights (rank, norms, angles) and the tasks' gradients
  --describe         trains nothing: prints the method, its layers, and who trains what. Takes the backbones
                     ${wrapped(knownIds.otherBackbones)} too
  --classes A=N,B=M  with --describe: classes of tasks, in place of the data's (backbones that are not built in: PASCAL's)
  --json             one JSON object per event on stdout; with --describe one in all
  --help

Exit code 0 for a finished run, 1 for one that failed or could not be exported as asked, 2 where the options or the configuration are refused, 130 after Ctrl-C.`;

const options = {
  preset: { type: "string" },
  config: { type: "string" },
  data: { type: "string" },
  layout: { type: "string" },
  method: { type: "string" },
  backbone: { type: "string" },
  adapter: { type: "string" },
  decoder: { type: "string" },
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
  "checkpoint-every": { type: "string" },
  resume: { type: "string" },
  "update-analysis": { type: "boolean" },
  describe: { type: "boolean" },
  classes: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

export type Flags = ReturnType<typeof parseFlags>;
export const parseFlags = () => parseArgs({ options, strict: true }).values;

/** The file that --backbone names; null where it names a backbone of the catalogue, or nothing. */
export const weightsPath = ({ backbone }: Flags): string | null =>
  backbone !== undefined && isWeightsPath(backbone) ? backbone : null;

export async function readConfig(flags: Flags): Promise<{ config: RunConfig; folder: string | null }> {
  const preset = presets.find((p) => p.id === (flags.preset ?? "default"));
  if (!preset) throw new Error(`--preset ${flags.preset}: unknown; known: ${presets.map((p) => p.id).join(", ")}.`);
  const adapter = await givenAdapter(flags);
  const start = await startingConfig(flags, adapter, preset.config);
  const raw: Record<string, unknown> = structuredClone(start);
  if (adapter) raw["adapter"] = adapter.ref;
  const assign = (path: string, value: string | undefined): void => {
    if (value !== undefined) setPath(raw, path, value);
  };
  const isFolder = flags.data !== undefined && flags.data !== "scenes";
  assign("data.source", isFolder ? "folder" : flags.data);
  // A preset's numbers of images are those of built-in scenes: of one's own data all are taken.
  if (isFolder && flags.config === undefined && start.data.source !== "folder")
    for (const path of ["data.train", "data.val"]) assign(path, "0");
  // Settings belong to their method: another one starts from its own.
  if (flags.method !== undefined && flags.method !== (raw["method"] as { id?: unknown } | undefined)?.id)
    raw["method"] = methodChoice(flags.method);
  assign("backbone", weightsPath(flags) === null ? flags.backbone : FILE_BACKBONE);
  assign("decoder", flags.decoder);
  checkLayout(flags.layout);
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
  const config = parseRunConfig(raw);
  if (adapter) checkAdapter(config, adapter, flags.config);
  return { config, folder: isFolder ? flags.data! : null };
}

/** What the options change: a run file, the configuration of an adapter, or a preset. */
async function startingConfig(flags: Flags, adapter: GivenAdapter | null, preset: unknown): Promise<RunConfig> {
  if (flags.config === undefined) return adapter ? adaptersConfig(adapter, flags) : parseRunConfig(preset);
  const config = await readRunFile(flags.config);
  if (adapter) checkSameAdapter(config.adapter, adapter);
  else if (config.adapter)
    throw new Error(
      `${flags.config} starts from the adapter ${config.adapter.name} with the SHA-256 ${config.adapter.sha256}; give it with --adapter DIR|FILE.`,
    );
  return config;
}

/** @throws where it names no layout. */
function checkLayout(id: string | undefined): void {
  if (id === undefined || id === "auto" || knownIds.layouts.some((known) => known === id)) return;
  throw new Error(`--layout ${id}: unknown; known: auto, ${knownIds.layouts.join(", ")}.`);
}

/** What a data set has labels for. */
export interface Labels {
  /** Ids of built-in tasks. */
  readonly tasks: readonly string[];
  /** Names of folders that a task of the user's own may have as its id. */
  readonly folders: readonly string[];
}

/**
 * The configuration with the tasks that the data has labels for, where nobody chose tasks: those of the preset, else all of the data's; and
 * what to say of it.
 */
export function labelledTasks(
  config: RunConfig,
  { tasks: chosen, config: file }: Flags,
  data: Labels,
): { readonly config: RunConfig; readonly said: string | null } {
  if (chosen !== undefined || file !== undefined) return { config, said: null };
  const own = config.customTasks.map(({ id }) => id).filter((id) => data.folders.includes(id));
  const labelled = [...data.tasks, ...own];
  const kept = config.tasks.filter((id) => labelled.includes(id));
  const tasks = kept.length > 0 ? kept : labelled;
  if (tasks.length === 0 || tasks.length === config.tasks.length) return { config, said: null };
  const said =
    tasks.length === 1
      ? `Only ${tasks[0]} has labels of the tasks that would be trained: the run trains on that task alone.`
      : `The data has no labels for ${config.tasks.filter((id) => !labelled.includes(id)).join(", ")}: the run trains on ${tasks.join(", ")}.`;
  return { config: { ...config, tasks }, said };
}

/** Steps between checkpoints. @throws where the number is none, or there is no folder to keep them in. */
export function checkpointEvery(flags: Flags, out: string | undefined): number | null {
  const text = flags["checkpoint-every"];
  if (text !== undefined && out === undefined)
    throw new Error(`--checkpoint-every ${text}: there is no folder to keep checkpoints in; give --out DIR.`);
  if (out === undefined) return null;
  const every = Number(text ?? CHECKPOINT_EVERY);
  if (text?.trim() !== "" && Number.isSafeInteger(every) && every >= 0) return every;
  throw new Error(`--checkpoint-every ${text}: expected a whole number of steps, 0 for only where the run ends.`);
}
