/**
 * A set-up as the part of a link behind "#": the preset and every field that differs from it, seed included, so that a link repeats a run.
 *
 *     #preset=micro&tasks=semseg,normals&training.seed=3
 *
 * Unknown keys are ignored; values are checked against the catalogue, and one that does not fit leaves the preset's.
 */
import type { Catalogue, Preset } from "../contracts/catalogue";
import type { RunConfig } from "../contracts/runConfig";
import { checkField, editablePaths } from "./checkField";
import { fieldAt, sameValue, withField } from "./paths";

export interface Setup {
  readonly preset: string;
  readonly config: RunConfig;
  /** Sentences about values of the link that were not taken. */
  readonly notices: readonly string[];
}

export const presetOf = (catalogue: Catalogue, id: string | null): Preset => {
  const preset = catalogue.presets.find((candidate) => candidate.id === id) ?? catalogue.presets[0];
  if (!preset) throw new Error("The catalogue has no preset. The page needs one to start from.");
  return preset;
};

/** Reads the query first (`?preset=`, `?device=`), then the part behind "#", which wins. */
export function readLink(catalogue: Catalogue, query: string, hash: string): Setup {
  const given = new URLSearchParams(query);
  for (const [key, value] of new URLSearchParams(hash.replace(/^#/, ""))) given.set(key, value);
  const preset = presetOf(catalogue, given.get("preset"));
  const notices: string[] = [];
  let config = preset.config;
  for (const path of editablePaths(catalogue)) {
    const text = given.get(path);
    if (text === null) continue;
    const checked = checkField(catalogue, path, text);
    if (checked.ok) config = withField(config, path, checked.value);
    else notices.push(`The link's ${path} was not taken: ${checked.reason}.`);
  }
  return { preset: preset.id, config, notices };
}

/** What stands behind "#" for a set-up: empty for the first preset as it is. */
export function writeLink(catalogue: Catalogue, { preset, config }: Pick<Setup, "preset" | "config">): string {
  const base = presetOf(catalogue, preset);
  const pairs: string[] = base.id === catalogue.presets[0]?.id ? [] : [`preset=${encodeURIComponent(base.id)}`];
  for (const path of editablePaths(catalogue)) {
    const value = fieldAt(config, path);
    if (value === undefined || sameValue(value, fieldAt(base.config, path))) continue;
    pairs.push(`${path}=${encodeURIComponent(String(value)).replaceAll("%2C", ",")}`);
  }
  return pairs.join("&");
}
