/** Which fields a run takes up at its next step, and which need a new run. */
import type { Catalogue, Setting } from "../../contracts/catalogue";
import type { RunConfig } from "../../contracts/runConfig";
import { settingsOf, valueAt } from "./methodSettings";
import { differingFields, type Field } from "./recipeDiff";

/** What a change of a field needs: other data, another graph, or nothing but the next step. */
export type Effect = "data" | "graph" | "feed";

/** Of catalogues whose settings do not say it themselves. */
const feeds: readonly string[] = [
  "training.learningRate.method",
  "training.learningRate.backbone",
  "training.learningRate.decoders",
  "training.clipNorm",
  "training.weightDecay",
  "training.evaluateEvery",
  "training.taskWeights",
];

export function effectOf(setting: Setting & { readonly effect?: Effect }): Effect {
  if (setting.effect) return setting.effect;
  if (feeds.includes(setting.path)) return "feed";
  return setting.group === "data" ? "data" : "graph";
}

export interface Differences {
  /** They can change in mid-run. */
  readonly live: readonly Field[];
  /** They need a new run. */
  readonly anew: readonly Field[];
}

/** Whether a run takes up a change of the field at `path` at its next step. */
export function isLive(catalogue: Catalogue, config: RunConfig, path: string): boolean {
  const setting = settingsOf(catalogue, config).find((one) => one.path === path);
  return setting !== undefined && effectOf(setting) === "feed";
}

/** How the set-up differs from the configuration of a run. */
export function differences(catalogue: Catalogue, own: RunConfig, run: RunConfig): Differences {
  const all = differingFields(catalogue, [own, run]);
  const live = ({ path }: Field): boolean => isLive(catalogue, own, path);
  return { live: all.filter(live), anew: all.filter((field) => !live(field)) };
}

export const liveValue = (catalogue: Catalogue, config: RunConfig, { path }: Field): unknown =>
  valueAt(catalogue, config, path);
