/**
 * A set-up as the part of a link behind "#": the preset and every field that differs from it, seed included, so that a link repeats a run;
 * beside it what the page shows.
 *
 *     #preset=micro&tasks=semseg,normals&method.id=mtlora&method.settings.rank=16&training.seed=3
 *     #view=runs&race=full,ditask,lora
 *
 * Unknown keys are ignored; values are checked against the catalogue, and one that does not fit leaves the preset's.
 */
import type { Catalogue, Preset } from "../../contracts/catalogue";
import { fieldOf } from "../../contracts/fields";
import { currentPath, type RunConfig } from "../../contracts/runConfig";
import { checkField, editablePaths } from "./checkField";
import { fitByTask, valueAt, withMethod, withValue } from "./methodSettings";
import { sameValue } from "./paths";

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

/** Short names, and the names of links that were made when settings were fields of DiTASK alone. */
const aliases: Readonly<Record<string, string>> = {
  method: "method.id",
  "data.flip": "data.augment.horizontalFlip",
  "method.warp": "method.settings.reading",
  "method.streams": "method.settings.streams",
  "method.cellsShared": "method.settings.sharedCells",
  "method.cellsTask": "method.settings.taskCells",
  "method.init": "method.settings.start",
  "training.learningRate.theta": "training.learningRate.method",
};

/** Keys of a link that stand for a field. */
export const linkAliases: readonly string[] = Object.keys(aliases);

function givenBy(query: string, hash: string): URLSearchParams {
  const given = new URLSearchParams();
  for (const part of [query, hash.replace(/^#/, "")])
    for (const [key, value] of new URLSearchParams(part)) given.set(aliases[key] ?? currentPath(key), value);
  return given;
}

/** Reads the query first (`?preset=`, `?method=`, `?device=`), then the part behind "#", which wins. */
export function readLink(catalogue: Catalogue, query: string, hash: string): Setup {
  const given = givenBy(query, hash);
  const preset = presetOf(catalogue, given.get("preset"));
  const notices: string[] = [];
  const take = (config: RunConfig, path: string): RunConfig => {
    const text = given.get(path);
    if (text === null) return config;
    const checked = checkField(catalogue, config, path, text);
    if (checked.ok) return withValue(catalogue, config, path, checked.value);
    notices.push(`The link's ${path} was refused: ${checked.reason}.`);
    return config;
  };
  // The method comes first: it says which of the other fields there are.
  const start = take(preset.config, "method.id");
  const paths = editablePaths(catalogue, start).filter((path) => path !== "method.id");
  return { preset: preset.id, config: fitByTask(catalogue, paths.reduce(take, start)), notices };
}

const asText = (path: string, value: unknown): string =>
  fieldOf(path)?.kind === "object" ? JSON.stringify(value) : plainText(value);

const plainText = (value: unknown): string =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
        .map(([task, own]) => `${task}:${own}`)
        .join(",")
    : String(value);

/** What stands behind "#" for a set-up: empty for the first preset as it is. */
export function writeLink(catalogue: Catalogue, { preset, config }: Pick<Setup, "preset" | "config">): string {
  const base = presetOf(catalogue, preset);
  const pairs: string[] = base.id === catalogue.presets[0]?.id ? [] : [`preset=${encodeURIComponent(base.id)}`];
  const other = base.config.method.id !== config.method.id;
  const start = other ? withMethod(catalogue, base.config, config.method.id) : base.config;
  for (const path of editablePaths(catalogue, config)) {
    const value = valueAt(catalogue, config, path);
    const usual = valueAt(catalogue, path === "method.id" ? base.config : start, path);
    if (value === undefined || sameValue(value, usual)) continue;
    pairs.push(`${path}=${encodeURIComponent(asText(path, value)).replaceAll("%2C", ",").replaceAll("%3A", ":")}`);
  }
  return pairs.join("&");
}

const views = ["train", "runs", "data", "check", "library"] as const;
/** What the page shows: one run, all runs beside each other, the data, a check of the device, or what this browser keeps. */
export type View = (typeof views)[number];

/** The view, and the methods that a link proposes for a race; links of when that was a view of its own open the runs. */
export function readPlace(query: string, hash: string): { readonly view: View; readonly race: readonly string[] } {
  const given = givenBy(query, hash);
  const named = given.get("view") === "race" ? "runs" : given.get("view");
  const view = views.find((candidate) => candidate === named) ?? "train";
  return { view, race: (given.get("race") ?? "").split(",").filter(Boolean) };
}

/** The part of a link that says what is shown; empty for the page as it starts. */
export const writePlace = (view: View): string => (view === "train" ? "" : `view=${view}`);
