/** What the options of npm run finetune amount to: a configuration, tasks, checkpoints. */
import { parseRunConfig, type RunConfig } from "../../contracts/runConfig";
import { presets } from "../../runtime/products/catalogue/presets";
import { isWeightsPath } from "../../runtime/session/node/nodeWeights";
import { adaptersConfig, checkAdapter, checkSameAdapter, type GivenAdapter, givenAdapter } from "./adapterOption";
import { configured, type Flags as FlagsOf } from "./commands";
import { isOwnData } from "./fieldOptions";
import { readRunFile } from "./readRunFile";

const CHECKPOINT_EVERY = 100;

export type Flags = FlagsOf<"finetune">;
/** What says the configuration of a step. */
export type ConfigFlags = Pick<Flags, "preset" | "config" | "data" | "method" | "backbone" | "set">;

/** The file that --backbone names; null where it names a backbone of the catalogue, or nothing. */
export const weightsPath = ({ backbone }: Pick<Flags, "backbone">): string | null =>
  backbone !== undefined && isWeightsPath(backbone) ? backbone : null;

/** `parent`: the configuration of a run that this one is branched from, in place of a preset. */
export async function readConfig(
  flags: Flags,
  parent?: RunConfig,
): Promise<{ config: RunConfig; folder: string | null }> {
  const preset = presets.find(({ id }) => id === (flags.preset ?? "default"))!;
  const adapter = await givenAdapter(flags);
  const start = parent ?? (await startingConfig(flags, adapter, preset.config));
  const folder = isOwnData(flags.data) ? flags.data : null;
  // A preset's numbers of images are those of built-in scenes: of one's own data all are taken.
  const counts = folder !== null &&
    flags.config === undefined &&
    start.data.source !== "folder" && { train: 0, val: 0 };
  const base = { ...start, ...(adapter && { adapter: adapter.ref }), data: { ...start.data, ...counts } };
  const config = configured(base, flags);
  if (adapter) checkAdapter(config, adapter, flags.config);
  return { config, folder };
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

/** Steps between checkpoints. @throws where there is no folder to keep them in. */
export function checkpointEvery(flags: Flags, out: string | undefined): number | null {
  const text = flags["checkpoint-every"];
  if (text !== undefined && out === undefined)
    throw new Error(`--checkpoint-every ${text}: there is no folder to keep checkpoints in; give --out DIR.`);
  return out === undefined ? null : Number(text ?? CHECKPOINT_EVERY);
}
