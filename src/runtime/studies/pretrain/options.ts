/** What a pretraining run is asked for. */
import type { BackboneId } from "../../../core/backbones/registry";
import type { ExecutorChoice } from "../../../core/exec/registry";

export interface PretrainOptions {
  readonly backbone: BackboneId;
  readonly steps: number;
  readonly batch: number;
  readonly seed: number;
  /** Scenes in all; each is seen many times. */
  readonly scenes: number;
  /** Scenes ready before the first step, and more a step until all are there. */
  readonly firstScenes: number;
  readonly freshPerStep: number;
  readonly grid: number;
  readonly hidden: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly device: ExecutorChoice | "auto";
  readonly threads: number;
  /** File of the checkpoint; read where it exists. */
  readonly checkpoint: string;
  readonly checkpointEvery: number;
  readonly out: string;
}

/** What must agree for a checkpoint to be continued. */
const settings: (keyof PretrainOptions)[] = [
  ...(["backbone", "steps", "batch", "seed", "scenes", "firstScenes", "freshPerStep"] as const),
  ...(["grid", "hidden", "learningRate", "weightDecay"] as const),
];

/** These settings as text, in this order. */
export const settingsKey = (options: PretrainOptions): string => JSON.stringify(options, settings);
