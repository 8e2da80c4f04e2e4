/** In which fields configurations differ, by the catalogue's labels. */
import type { Catalogue, Entry, Setting } from "../../contracts/catalogue";
import type { RunConfig } from "../../contracts/runConfig";
import { settingsOf, valueAt } from "./methodSettings";
import { fieldAt, sameValue } from "./paths";

export interface Field {
  readonly path: string;
  readonly label: string;
}

/** Fields that are no setting of the catalogue, in the order in which people ask for them. */
const fixed: readonly Field[] = [
  { path: "method.id", label: "Method" },
  { path: "backbone", label: "Backbone" },
  { path: "adapter", label: "Adapter" },
  { path: "decoder", label: "Decoder" },
  { path: "tasks", label: "Tasks" },
  { path: "customTasks", label: "Own tasks" },
  { path: "data.source", label: "Dataset" },
  { path: "data.layout", label: "Layout" },
  { path: "data.valShare", label: "Held out" },
  { path: "data.select", label: "Selection" },
  { path: "data.labelEncodings", label: "Label encodings" },
];
const last: readonly Field[] = [{ path: "device", label: "Device" }];

function fieldsOf(catalogue: Catalogue, configs: readonly RunConfig[]): readonly Field[] {
  const settings = configs.flatMap((config) => settingsOf(catalogue, config));
  const all = [...fixed, ...settings.toSorted((a, b) => rank(a) - rank(b)), ...last];
  return [...new Map(all.map(({ path, label }) => [path, { path, label }])).values()];
}

/** The method's own settings come first. */
const rank = ({ path }: Setting): number => (path.startsWith("method.settings.") ? 0 : 1);

/** A setting at its method's default says no more than the method does, so it counts as absent beside another method. */
function valueBeside(catalogue: Catalogue, config: RunConfig, path: string, mixed: boolean): unknown {
  return mixed && path.startsWith("method.settings.") ? fieldAt(config, path) : valueAt(catalogue, config, path);
}

/** The fields in which not all are the same. */
export function differingFields(catalogue: Catalogue, configs: readonly RunConfig[]): readonly Field[] {
  const [first] = configs;
  if (!first) return [];
  const mixed = configs.some(({ method }) => method.id !== first.method.id);
  return fieldsOf(catalogue, configs).filter(({ path }) => {
    const value = valueBeside(catalogue, first, path, mixed);
    return configs.some((config) => !sameValue(valueBeside(catalogue, config, path, mixed), value));
  });
}

const listOf: Readonly<Record<string, (catalogue: Catalogue) => readonly Entry[]>> = {
  "method.id": ({ methods }) => methods,
  backbone: ({ backbones }) => backbones,
  decoder: ({ decoders }) => decoders,
  tasks: ({ tasks }) => tasks,
  "data.source": ({ data }) => data,
};

/** The value at `path` as people read it. */
export function fieldText(catalogue: Catalogue, config: RunConfig, path: string): string {
  const setting = settingsOf(catalogue, config).find((one) => one.path === path);
  const entries = listOf[path]?.(catalogue) ?? (setting && "choices" in setting ? setting.choices : []);
  return textOf(valueAt(catalogue, config, path), entries);
}

function textOf(value: unknown, entries: readonly Entry[]): string {
  if (value === undefined) return "–";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return entries.find(({ id }) => id === value)?.label ?? value;
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map((item) => textOf(item, entries)).join(", ");
  const parts = Object.entries(value ?? {}).map(([key, own]) => `${key} ${textOf(own, [])}`);
  return parts.length === 0 ? "none" : parts.join(", ");
}
