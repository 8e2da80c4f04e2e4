/** Whether a value may stand in a field of the run configuration, judged by the catalogue alone. */
import type { Catalogue, Setting } from "../contracts/catalogue";
import { type DeviceChoice, deviceChoices, type TaskId } from "../contracts/runConfig";

/** A value that fits its field, or a sentence that says why it does not. */
export type Checked = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

const good = (value: unknown): Checked => ({ ok: true, value });
const bad = (reason: string): Checked => ({ ok: false, reason });

function checkSetting(setting: Setting, value: unknown): Checked {
  switch (setting.kind) {
    case "number": {
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      if (typeof number !== "number" || !Number.isFinite(number)) return bad(`${value} is not a number`);
      if (setting.integer && !Number.isInteger(number)) return bad(`${number} is not a whole number`);
      if (number < setting.min || number > setting.max)
        return bad(`${number} is not within ${setting.min} and ${setting.max}`);
      return good(number);
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

function checkTasks(catalogue: Catalogue, value: unknown): Checked {
  const ids = typeof value === "string" ? value.split(",").filter(Boolean) : value;
  if (!Array.isArray(ids) || ids.length === 0) return bad("at least one task is needed");
  const unknown = ids.find((id) => !catalogue.tasks.some((task) => task.id === id));
  if (unknown !== undefined) return bad(`there is no task ${unknown}`);
  // The catalogue's order, so that a link with tasks in another order means the same run.
  return good(catalogue.tasks.map(({ id }) => id).filter((id: TaskId) => ids.includes(id)));
}

const checkEntry = (entries: readonly { readonly id: string }[], value: unknown): Checked =>
  entries.some(({ id }) => id === value) ? good(value) : bad(`${value} is not in the catalogue`);

/** Checks `value` (text from a link, or a control's value) for the field at `path`. */
export function checkField(catalogue: Catalogue, path: string, value: unknown): Checked {
  if (path === "tasks") return checkTasks(catalogue, value);
  if (path === "backbone") return checkEntry(catalogue.backbones, value);
  if (path === "method.id") return checkEntry(catalogue.methods, value);
  if (path === "data.source") return checkEntry(catalogue.data, value);
  if (path === "device")
    return deviceChoices.includes(value as DeviceChoice) ? good(value) : bad(`there is no device ${value}`);
  const setting = catalogue.settings.find((candidate) => candidate.path === path);
  return setting ? checkSetting(setting, value) : bad("there is no such setting");
}

/** Every path of a configuration that a person may change, in the order in which links name them. */
export function editablePaths(catalogue: Catalogue): string[] {
  const fixed = ["backbone", "data.source", "tasks", "method.id", "device"];
  return [...fixed, ...catalogue.settings.map(({ path }) => path).filter((path) => !fixed.includes(path))];
}
