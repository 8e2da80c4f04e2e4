/** Whether a value may stand in a field of the run configuration, judged by the catalogue alone. */
import type { Catalogue, Setting } from "../../contracts/catalogue";
import { checkCustomTasks } from "../../contracts/customTask";
import { type DeviceChoice, deviceChoices, type RunConfig, type TaskId } from "../../contracts/runConfig";
import { settingsOf } from "./methodSettings";

/** A value that fits its field, or a sentence that says why it does not. */
export type Checked = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

const good = (value: unknown): Checked => ({ ok: true, value });
const bad = (reason: string): Checked => ({ ok: false, reason });

type NumberSetting = Extract<Setting, { kind: "number" }>;

function checkNumber({ min, max, integer }: NumberSetting, value: unknown): Checked {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) return bad(`${value} is not a number`);
  if (integer && !Number.isInteger(number)) return bad(`${number} is not a whole number`);
  if (number < min || number > max) return bad(`${number} is not within ${min} and ${max}`);
  return good(number);
}

/** A number by task: an object, or "semseg:4,normals:8" in a link. undefined: the value is no such list. */
function byTask(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.entries(value);
  if (typeof value !== "string" || !value.includes(":")) return undefined;
  return value.split(",").map((pair) => [pair.split(":")[0]!, pair.split(":")[1]] as const);
}

function checkNumberByTask(setting: NumberSetting, pairs: readonly (readonly [string, unknown])[]): Checked {
  const checked = pairs.map(([task, value]) => [task, checkNumber(setting, value)] as const);
  const wrong = checked.find(([, own]) => !own.ok);
  if (wrong) return bad(`for ${wrong[0]}, ${wrong[1].ok ? "" : wrong[1].reason}`);
  return good(Object.fromEntries(checked.map(([task, own]) => [task, own.ok ? own.value : 0])));
}

function checkSetting(setting: Setting, value: unknown): Checked {
  switch (setting.kind) {
    case "number": {
      const pairs = setting.perTask ? byTask(value) : undefined;
      return pairs ? checkNumberByTask(setting, pairs) : checkNumber(setting, value);
    }
    case "flag":
      if (value === true || value === "true") return good(true);
      if (value === false || value === "false") return good(false);
      return bad(`${value} is neither true nor false`);
    case "choice":
      return setting.choices.some(({ id }) => id === value) ? good(value) : bad(`${value} is not one of its choices`);
    case "choices": {
      const ids: readonly unknown[] = Array.isArray(value) ? value : String(value).split(",").filter(Boolean);
      const strange = ids.find((id) => !setting.choices.some((choice) => choice.id === id));
      return strange === undefined ? good(ids) : bad(`${strange} is not one of its choices`);
    }
    default:
      return setting satisfies never;
  }
}

function checkTasks(catalogue: Catalogue, config: RunConfig, value: unknown): Checked {
  const ids = typeof value === "string" ? value.split(",").filter(Boolean) : value;
  if (!Array.isArray(ids) || ids.length === 0) return bad("at least one task is needed");
  const known = [...catalogue.tasks, ...config.customTasks].map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined) return bad(`there is no task ${unknown}`);
  // The catalogue's order, so that a link with tasks in another order means the same run.
  return good(known.filter((id: TaskId) => ids.includes(id)));
}

/** Definitions, or their JSON in a link. */
function checkOwnTasks(value: unknown): Checked {
  try {
    const checked = checkCustomTasks(typeof value === "string" ? JSON.parse(value) : value);
    return checked.ok ? good(checked.tasks) : bad(checked.reason);
  } catch {
    return bad("it is no JSON");
  }
}

const checkEntry = (entries: readonly { readonly id: string }[], value: unknown): Checked =>
  entries.some(({ id }) => id === value) ? good(value) : bad(`${value} is not in the catalogue`);

/** Fields that are an entry of a list of the catalogue. */
const lists = {
  backbone: "backbones",
  decoder: "decoders",
  "method.id": "methods",
  "data.source": "data",
} as const satisfies Record<string, keyof Catalogue>;

/** Checks `value` (text from a link, or a control's value) for the field at `path` of a configuration. */
export function checkField(catalogue: Catalogue, config: RunConfig, path: string, value: unknown): Checked {
  if (path === "tasks") return checkTasks(catalogue, config, value);
  if (path === "customTasks") return checkOwnTasks(value);
  if (path in lists) return checkEntry(catalogue[lists[path as keyof typeof lists]], value);
  if (path === "device")
    return deviceChoices.includes(value as DeviceChoice) ? good(value) : bad(`there is no device ${value}`);
  const setting = settingsOf(catalogue, config).find((candidate) => candidate.path === path);
  return setting ? checkSetting(setting, value) : bad("there is no such setting");
}

/** Every path of a configuration that a person may change, in the order in which links name them: the method before what is its own. */
export function editablePaths(catalogue: Catalogue, config: RunConfig): string[] {
  const fixed = ["backbone", "data.source", "customTasks", "tasks", "method.id", "decoder", "device"];
  return [
    ...fixed,
    ...settingsOf(catalogue, config)
      .map(({ path }) => path)
      .filter((path) => !fixed.includes(path)),
  ];
}
