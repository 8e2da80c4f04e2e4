/** Settings of a method as a run names them, checked against the method's controls before anything is built. */
import type { Control } from "../../contracts/catalogue";
import type { SettingValue } from "../../contracts/runConfig";
import type { MethodDef, MethodSetting } from "./method";

const quote = (value: unknown): string => (typeof value === "number" ? String(value) : JSON.stringify(value));
const wrong = (path: string, value: unknown, allowed: string): Error =>
  new Error(`${path} is ${quote(value)}; allowed: ${allowed}.`);

function checkNumber(path: string, value: unknown, { min, max, integer }: Extract<Control, { kind: "number" }>): void {
  const fits = typeof value === "number" && value >= min && value <= max && (!integer || Number.isInteger(value));
  if (!fits) throw wrong(path, value, `${integer ? "a whole number" : "a number"} from ${min} to ${max}`);
}

function checkValue(path: string, value: unknown, setting: MethodSetting): void {
  switch (setting.kind) {
    case "number":
      if (setting.perTask && typeof value === "object" && value !== null && !Array.isArray(value))
        for (const [task, own] of Object.entries(value)) checkNumber(`${path}.${task}`, own, setting);
      else checkNumber(path, value, setting);
      return;
    case "flag":
      if (typeof value !== "boolean") throw wrong(path, value, "true, false");
      return;
    case "choice":
    case "choices": {
      const known = setting.choices.map(({ id }) => id);
      const several = setting.kind === "choices";
      const given: readonly unknown[] = several && Array.isArray(value) ? value : [value];
      const strange = given.find((id) => !known.includes(id as string));
      if (strange !== undefined) throw wrong(path, strange, `${several ? "a list of " : ""}${known.join(", ")}`);
      return;
    }
    default:
      setting satisfies never;
  }
}

/**
 * The method's settings with those given in place of the defaults.
 * @throws where a key is unknown or a value is outside its control's range; the message names path, value and what is allowed.
 */
export function resolveSettings<Settings extends object>(
  def: MethodDef<Settings>,
  given: Readonly<Record<string, SettingValue | undefined>> | Partial<Settings> = {},
  path = "method.settings",
): Settings {
  const controls = new Map<string, MethodSetting>(def.settings.map((setting) => [setting.key, setting]));
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [key, value] of named) {
    const control = controls.get(key);
    if (!control)
      throw new Error(
        `${path}.${key} is ${quote(value)}, but ${def.label} has no such setting; it has: ${[...controls.keys()].join(", ") || "none"}.`,
      );
    checkValue(`${path}.${key}`, value, control);
  }
  const lists = named.map(([key, value]) =>
    controls.get(key)!.kind === "choices" && !Array.isArray(value) ? [key, [value]] : [key, value],
  );
  return { ...def.defaults, ...Object.fromEntries(lists) };
}
