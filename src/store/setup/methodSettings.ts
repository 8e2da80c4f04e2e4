/** The controls that a configuration has: those of every run and those of its method, whose values fall back to the method's own. */
import type { Catalogue, MethodEntry, Setting } from "../../contracts/catalogue";
import type { RunConfig, Unfreeze } from "../../contracts/runConfig";
import { fieldAt, sameValue, withField } from "./paths";

const SETTINGS = "method.settings.";
const FREE = "method.unfreeze.";
const nothingFreed: Unfreeze = { norms: false, patchMerging: false, positionBias: false, patchEmbed: false };

export const methodOf = (catalogue: Catalogue, { method }: RunConfig): MethodEntry | undefined =>
  catalogue.methods.find(({ id }) => id === method.id);

/** Unfreeze are offered only beside methods that do not say alone what trains. */
export function settingsOf(catalogue: Catalogue, config: RunConfig): readonly Setting[] {
  const method = methodOf(catalogue, config);
  const common = catalogue.settings.filter(({ path }) => !path.startsWith(FREE) || method?.unfreeze);
  return [...common, ...(method?.settings ?? [])];
}

const keyOf = (path: string): string | undefined =>
  path.startsWith(SETTINGS) ? path.slice(SETTINGS.length) : undefined;

/** The value in force at `path`: a method's default where the configuration names none; undefined where there is no such field. */
export function valueAt(catalogue: Catalogue, config: RunConfig, path: string): unknown {
  const key = keyOf(path);
  if (key === undefined) return fieldAt(config, path);
  return config.method.settings[key] ?? methodOf(catalogue, config)?.defaults[key];
}

/** A method as it starts: its own settings, and what it unfreezes. */
export function withMethod(catalogue: Catalogue, config: RunConfig, id: string): RunConfig {
  const unfreeze = catalogue.methods.find((method) => method.id === id)?.unfreeze ?? nothingFreed;
  return { ...config, method: { id, settings: {}, unfreeze: { ...unfreeze } } };
}

/** A copy with `value` at `path`. Another method brings its own settings; a setting at its default is not written down. */
export function withValue(catalogue: Catalogue, config: RunConfig, path: string, value: unknown): RunConfig {
  if (path === "method.id") return config.method.id === value ? config : withMethod(catalogue, config, String(value));
  const key = keyOf(path);
  if (key === undefined) return withField(config, path, value);
  const { [key]: _, ...others } = config.method.settings;
  const usual = sameValue(value, methodOf(catalogue, config)?.defaults[key]);
  const settings = usual ? others : { ...others, [key]: value };
  return { ...config, method: { ...config.method, settings: settings as RunConfig["method"]["settings"] } };
}

const isByTask = (value: unknown): value is Readonly<Record<string, number>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Settings by task hold a number for each task of the run and for no other; a task that is new gets the method's default. */
export function fitByTask(catalogue: Catalogue, config: RunConfig): RunConfig {
  const method = methodOf(catalogue, config);
  const fitted = Object.entries(config.method.settings).map(([key, value]) => {
    if (!isByTask(value)) return [key, value] as const;
    const standard = Number(method?.defaults[key] ?? Object.values(value)[0] ?? 0);
    return [key, Object.fromEntries(config.tasks.map((task) => [task, value[task] ?? standard]))] as const;
  });
  const settings = Object.fromEntries(fitted);
  return sameValue(settings, config.method.settings) ? config : { ...config, method: { ...config.method, settings } };
}
