/** Names that tell runs apart: the method, and what differs. "LoRA r=8, lr 0.003", "DiTASK, seed 2". */
import type { MethodEntry } from "./catalogue";
import { type DeclaredField, fieldList, fieldOf } from "./fields";
import type { RunConfig } from "./runConfig";

export type NamedMethod = Pick<MethodEntry, "id" | "label" | "settings" | "defaults">;

type Tree = { readonly [key: string]: unknown };

/** The value of a configuration at a dotted path. */
const valueAt = (config: RunConfig, path: string): unknown =>
  path.split(".").reduce<unknown>((tree, key) => (tree as Tree | undefined)?.[key], config);

const textOf = (value: unknown): string => JSON.stringify(value) ?? "";

const isOneValue = (values: readonly unknown[]): boolean => new Set(values.map(textOf)).size <= 1;

const short: Readonly<Record<string, string>> = {
  "training.learningRate.method": "lr",
  "training.learningRate.backbone": "lr backbone",
  "training.learningRate.decoders": "lr decoders",
  rank: "r",
  alpha: "α",
  rankShared: "r",
  rankTask: "r task",
};

/** What a method brings along; where only methods differ, it is not worth a word. */
const ownedByMethod = (path: string): boolean =>
  path.startsWith("training.learningRate.") || path.startsWith("method.unfreeze.");

/** Told in ways of their own. */
const beside: readonly string[] = ["method.id", "method.settings"];

const letterOf = (value: unknown, all: readonly unknown[]): string =>
  String.fromCharCode(65 + [...new Set(all.map(textOf))].indexOf(textOf(value)));

const labelOf = ({ path, label }: Pick<DeclaredField, "path" | "label">): string =>
  short[path] ?? label.toLowerCase().replaceAll(",", "");

const tasksText = (ids: readonly string[]): string => (ids.length > 2 ? `${ids.length} tasks` : ids.join(" + "));

/** Of a field that differs; `all`: what it is in every run. */
function told(field: DeclaredField, value: unknown, all: readonly unknown[]): string {
  const label = labelOf(field);
  if (typeof value === "boolean") return value ? label : `no ${label}`;
  if (field.kind === "tasks") return tasksText(value as readonly string[]);
  if (typeof value !== "object") return field.kind === "listed" && value !== "file" ? `${value}` : `${label} ${value}`;
  return `${label} ${letterOf(value, all)}`;
}

const labelAt = (path: string): string => labelOf(fieldOf(path) ?? { path, label: path });

const settingText = (label: string, key: string, value: unknown): string => {
  const text = Array.isArray(value) ? value.join("+") : typeof value === "object" ? textOf(value) : `${value}`;
  return short[key] ? `${short[key]}=${text}` : `${label.toLowerCase()} ${text}`;
};

/** The settings in which runs of one method differ, each with its value in `config`. */
function settingsTold(method: NamedMethod | undefined, config: RunConfig, alike: readonly RunConfig[]): string {
  const valueIn = ({ method: { settings } }: RunConfig, key: string): unknown => settings[key] ?? method?.defaults[key];
  const keys = [...new Set(alike.flatMap(({ method: { settings } }) => Object.keys(settings)))];
  return keys
    .filter((key) => !isOneValue(alike.map((one) => valueIn(one, key))))
    .map((key) => {
      const label = method?.settings.find(({ path }) => path === `method.settings.${key}`)?.label ?? key;
      return ` ${settingText(label, key, valueIn(config, key))}`;
    })
    .join("");
}

/** What is asked for first, where many fields differ. */
const order: readonly string[] = [
  "tasks",
  "training.learningRate.method",
  "training.seed",
  "backbone",
  "training.steps",
];

const rankOf = ({ path }: DeclaredField): number => (order.includes(path) ? order.indexOf(path) : order.length);

/** A name says this many fields although fewer would do. */
const USUAL_FIELDS = 2;

/** The first fields in which runs differ, and further ones only where they tell runs apart that the first leave alike. */
function tellingFields(all: readonly RunConfig[]): readonly DeclaredField[] {
  const differing = fieldList
    .filter(({ path }) => !beside.includes(path))
    .filter(({ path }) => !isOneValue(all.map((one) => valueAt(one, path))))
    .toSorted((a, b) => rankOf(a) - rankOf(b));
  const told = all.map(({ method }) => textOf([method.id, method.settings]));
  return differing.filter(({ path }, i) => {
    const before = new Set(told).size;
    for (const [at, one] of all.entries()) told[at] += textOf(valueAt(one, path));
    return i < USUAL_FIELDS || new Set(told).size > before;
  });
}

function fieldsTold(
  config: RunConfig,
  all: readonly RunConfig[],
  alike: readonly RunConfig[],
  telling: readonly DeclaredField[],
): readonly string[] {
  return telling
    .filter(({ path }) => !isOneValue((ownedByMethod(path) ? alike : all).map((one) => valueAt(one, path))))
    .map((field) =>
      told(
        field,
        valueAt(config, field.path),
        all.map((one) => valueAt(one, field.path)),
      ),
    );
}

function restTold({ changes, adapter }: RunConfig, all: readonly RunConfig[]): readonly string[] {
  const changed = !isOneValue(all.map((one) => one.changes)) && changes.length > 0;
  const started = !isOneValue(all.map((one) => one.adapter?.sha256 ?? "")) && adapter;
  return [
    ...(changed ? changes.map(({ step, field, value }) => `${labelAt(field)} ${textOf(value)} from step ${step}`) : []),
    ...(started ? [`from ${adapter.name}`] : []),
  ];
}

/** Of two runs that nothing tells apart, the second one has a number. */
const numbered = (names: readonly string[]): readonly string[] =>
  names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name} (${before + 1})`;
  });

/** One name for each run of a list, by its configuration; a run alone has its method's. `methods`: those of the catalogue. */
export function automaticNames(configs: readonly RunConfig[], methods: readonly NamedMethod[]): readonly string[] {
  const telling = tellingFields(configs);
  const names = configs.map((config) => {
    const method = methods.find(({ id }) => id === config.method.id);
    const alike = configs.filter((other) => other.method.id === config.method.id);
    const head = `${method?.label ?? config.method.id}${settingsTold(method, config, alike)}`;
    return [head, ...fieldsTold(config, configs, alike, telling), ...restTold(config, configs)].join(", ");
  });
  return numbered(names);
}
