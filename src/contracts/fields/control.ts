/** Controls: the values that a field of the configuration, or a setting of a method, may have. */

export interface Entry<Id extends string = string> {
  readonly id: Id;
  readonly label: string;
  /** One or two sentences, shown behind "?". */
  readonly help: string;
}

export interface NumberControl {
  readonly kind: "number";
  /** What is accepted, wherever the number comes from. */
  readonly min: number;
  readonly max: number;
  /** Between two places of the slider; of decades where it is logarithmic. */
  readonly step: number;
  readonly unit: string;
  readonly logarithmic: boolean;
  readonly integer: boolean;
  /** A word for what 0 stands for; absent: it is a number like others. */
  readonly zero?: string;
  /** Ends of the slider, where they are narrower than what is accepted. */
  readonly suggested?: { readonly min: number; readonly max: number };
}

export type Control =
  | NumberControl
  | { readonly kind: "choice"; readonly choices: readonly Entry[] }
  /** Several of the choices: a list of ids. */
  | { readonly kind: "choices"; readonly choices: readonly Entry[] }
  | { readonly kind: "flag" };

/** A value that fits its control, or a sentence that says why it does not. */
export type Checked = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

export const good = (value: unknown): Checked => ({ ok: true, value });
export const bad = (reason: string): Checked => ({ ok: false, reason });

function checkNumber({ min, max, integer }: NumberControl, value: unknown): Checked {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) return bad(`${value} is not a number`);
  if (integer && !Number.isInteger(number)) return bad(`${number} is not a whole number`);
  if (number < min || number > max) return bad(`${number} is not within ${min} and ${max}`);
  return good(number);
}

/** A number by task: an object, or "semseg:4,normals:8" in a link. undefined: the value is no such list. */
function byTask(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.entries(value);
  if (value === "") return [];
  if (typeof value !== "string" || !value.includes(":")) return undefined;
  return value.split(",").map((pair) => [pair.split(":")[0]!, pair.split(":")[1]] as const);
}

function checkNumberByTask(control: NumberControl, pairs: readonly (readonly [string, unknown])[]): Checked {
  const checked = pairs.map(([task, value]) => [task, checkNumber(control, value)] as const);
  const wrong = checked.find(([, own]) => !own.ok);
  if (wrong) return bad(`for ${wrong[0]}, ${wrong[1].ok ? "" : wrong[1].reason}`);
  return good(Object.fromEntries(checked.map(([task, own]) => [task, own.ok ? own.value : 0])));
}

/** Whether a number may also be one by task, or is always. */
export type PerTask = boolean | "always";

function checkNumbers(control: NumberControl, perTask: PerTask, value: unknown): Checked {
  const pairs = perTask ? byTask(value) : undefined;
  if (pairs) return checkNumberByTask(control, pairs);
  return perTask === "always" ? bad(`${value} is no number by task`) : checkNumber(control, value);
}

function checkFlag(value: unknown): Checked {
  if (value === true || value === "true") return good(true);
  if (value === false || value === "false") return good(false);
  return bad(`${value} is neither true nor false`);
}

function checkSeveral(choices: readonly Entry[], value: unknown): Checked {
  const ids: readonly unknown[] = Array.isArray(value) ? value : String(value).split(",").filter(Boolean);
  const strange = ids.find((id) => !choices.some((choice) => choice.id === id));
  return strange === undefined ? good(ids) : bad(`${strange} is not one of its choices`);
}

/** Checks a control's value, or its text from a link or a command line. */
export function checkControl(control: Control & { readonly perTask?: PerTask }, value: unknown): Checked {
  switch (control.kind) {
    case "number":
      return checkNumbers(control, control.perTask ?? false, value);
    case "flag":
      return checkFlag(value);
    case "choice":
      return control.choices.some(({ id }) => id === value) ? good(value) : bad(`${value} is not one of its choices`);
    case "choices":
      return checkSeveral(control.choices, value);
    default:
      return control satisfies never;
  }
}
