/** Live fields, which act at the next step of a run, and those that need a new run. */
import type { Catalogue } from "../../contracts/catalogue";
import type { RunConfig } from "../../contracts/runConfig";
import { settingsOf, valueAt } from "./methodSettings";
import { differingFields, type Field } from "./recipeDiff";

export interface Differences {
  /** They can change in mid-run. */
  readonly live: readonly Field[];
  /** They need a new run. */
  readonly anew: readonly Field[];
}

/** Whether a run takes up a change of the field at `path` at its next step. */
export function isLive(catalogue: Catalogue, config: RunConfig, path: string): boolean {
  const setting = settingsOf(catalogue, config).find((one) => one.path === path);
  return setting?.effect === "feed";
}

/** How the set-up differs from the configuration of a run. */
export function differences(catalogue: Catalogue, own: RunConfig, run: RunConfig): Differences {
  const all = differingFields(catalogue, [own, run]);
  const live = ({ path }: Field): boolean => isLive(catalogue, own, path);
  return { live: all.filter(live), anew: all.filter((field) => !live(field)) };
}

export const liveValue = (catalogue: Catalogue, config: RunConfig, { path }: Field): unknown =>
  valueAt(catalogue, config, path);
