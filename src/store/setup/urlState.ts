/**
 * A set-up as the part of a link behind "#": the preset and every field that differs from it, seed included, so that a link repeats a run;
 * beside it what the page shows.
 *
 *     #preset=micro&tasks=semseg,normals&method.id=mtlora&method.settings.rank=16&training.seed=3
 *     #view=runs&race=full,ditask,lora
 *     #open=shortcuts&show.layer=layers.0.blocks.1.attn.qkv
 *
 * Unknown keys are ignored; values are checked against the catalogue, and one that does not fit leaves the preset's.
 */
import type { Catalogue, Preset } from "../../contracts/catalogue";
import { fieldOf } from "../../contracts/fields";
import type { Checked } from "../../contracts/fields/control";
import { type AdapterRef, currentPath, parseRunConfig, type RunConfig } from "../../contracts/runConfig";
import { checkField, editablePaths } from "./checkField";
import { fitByTask, valueAt, withMethod, withValue } from "./methodSettings";
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

/** The field that a key of a link stands for, by whatever name the link was made with. */
const pathOf = (key: string): string => aliases[key] ?? currentPath(key);

function givenBy(query: string, hash: string): URLSearchParams {
  const given = new URLSearchParams();
  for (const part of [query, hash.replace(/^#/, "")])
    for (const [key, value] of new URLSearchParams(part)) given.set(pathOf(key), value);
  return given;
}

/** What no control shows; in a link as JSON. */
const wholeFields = ["adapter", "data.select", "data.labelEncodings"] as const;

/** Whether a key of the query says what stands behind "#" too, where it can change. */
export const isOfLink = (catalogue: Catalogue, config: RunConfig, key: string): boolean =>
  key.startsWith(SHOW) ||
  ["preset", "view", "race", "open", ...wholeFields, ...editablePaths(catalogue, config)].includes(pathOf(key));

function checkConfig(config: RunConfig, path: string, value: unknown): Checked {
  try {
    return { ok: true, value: fieldAt(parseRunConfig(withField(config, path, value)), path) };
  } catch (error) {
    return { ok: false, reason: (error as Error).message.split("\n").at(-1)!.trim().replace(/\.$/, "") };
  }
}

function checkWhole(config: RunConfig, path: string, text: string, adapter: string | undefined): Checked {
  try {
    const checked = checkConfig(config, path, JSON.parse(text));
    const isOther = path === "adapter" && checked.ok && (checked.value as AdapterRef).sha256 !== adapter;
    return isOther ? { ok: false, reason: "it is not open here; open it, then use it" } : checked;
  } catch {
    return { ok: false, reason: "it is no JSON" };
  }
}

/**
 * Reads the query first (`?preset=`, `?method=`, `?device=`), then the part behind "#", which wins.
 * `adapter`: SHA-256 of the one that is open; a link that names another is taken without it.
 */
export function readLink(catalogue: Catalogue, query: string, hash: string, adapter?: string): Setup {
  const given = givenBy(query, hash);
  const preset = presetOf(catalogue, given.get("preset"));
  const notices: string[] = [];
  const take =
    (check: (config: RunConfig, path: string, text: string) => Checked) =>
    (config: RunConfig, path: string): RunConfig => {
      const text = given.get(path);
      if (text === null) return config;
      const checked = check(config, path, text);
      if (checked.ok) return withValue(catalogue, config, path, checked.value);
      notices.push(`The link's ${path} was refused: ${checked.reason}.`);
      return config;
    };
  const takeField = take((config, path, text) => checkField(catalogue, config, path, text));
  const takeWhole = take((config, path, text) => checkWhole(config, path, text, adapter));
  // The method comes first: it says which of the other fields there are.
  const start = takeField(preset.config, "method.id");
  const paths = editablePaths(catalogue, start).filter((path) => path !== "method.id");
  const fields = paths.reduce(takeField, start);
  return { preset: preset.id, config: fitByTask(catalogue, wholeFields.reduce(takeWhole, fields)), notices };
}

const asText = (path: string, value: unknown): string =>
  fieldOf(path)?.kind === "object" ? JSON.stringify(value) : plainText(value);

const plainText = (value: unknown): string =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
        .map(([task, own]) => `${task}:${own}`)
        .join(",")
    : String(value);

const encoded = (text: string): string => encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%3A", ":");

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
    pairs.push(`${path}=${encoded(asText(path, value))}`);
  }
  // What is still missing is written whole, so that a link always reads back as the set-up that it was made of.
  const { config: read } = readLink(catalogue, "", pairs.join("&"), config.adapter?.sha256);
  for (const path of wholeFields) {
    const value = fieldAt(config, path);
    if (value !== undefined && !sameValue(value, fieldAt(read, path)))
      pairs.push(`${path}=${encoded(JSON.stringify(value))}`);
  }
  return pairs.join("&");
}

const views = ["train", "runs", "data", "check", "library"] as const;
/** What the page shows: one run, all runs beside each other, the data, a check of the device, or what this browser keeps. */
export type View = (typeof views)[number];

/** What is chosen to be looked at, by a name of its own ("layer"); what is not named is as it starts. */
export type Shown = Readonly<Record<string, string>>;

/** All that a link says beside the set-up. */
export interface Place {
  readonly view: View;
  /** Methods that the dialog of a new study proposes for a race. */
  readonly race: readonly string[];
  /** The open dialog; empty: none. */
  readonly open: string;
  readonly shown: Shown;
}

const SHOW = "show.";

/** Links of when a race was a view of its own open the runs. */
export function readPlace(query: string, hash: string): Place {
  const given = givenBy(query, hash);
  const named = given.get("view") === "race" ? "runs" : given.get("view");
  const view = views.find((candidate) => candidate === named) ?? "train";
  const shown = [...given]
    .filter(([key]) => key.startsWith(SHOW))
    .map(([key, value]) => [key.slice(SHOW.length), value]);
  const race = (given.get("race") ?? "").split(",").filter(Boolean);
  const proposes = view === "runs" && race.length > 0;
  return {
    view,
    race,
    open: given.get("open") ?? (proposes ? "study" : ""),
    shown: Object.fromEntries(shown) as Shown,
  };
}

/** The part of a link that says what is shown; empty for the page as it starts. */
export function writePlace({ view, race, open, shown }: Place): string {
  const pairs = view === "train" ? [] : [`view=${view}`];
  const proposes = view === "runs" && open === "study" && race.length > 0;
  if (proposes) pairs.push(`race=${race.map(encodeURIComponent).join(",")}`);
  if (open !== "" && !proposes) pairs.push(`open=${encoded(open)}`);
  for (const [name, value] of Object.entries(shown)) pairs.push(`${SHOW}${name}=${encoded(value)}`);
  return pairs.join("&");
}
