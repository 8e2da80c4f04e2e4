/** The controls that a configuration has: those of every run and those of its method, whose values fall back to the method's own. */
import type { Catalogue, DataEntry, MethodEntry, Setting } from "../../contracts/catalogue";
import { followRates } from "../../contracts/learningRates";
import type { RunConfig, Unfreeze } from "../../contracts/runConfig";
import { fieldAt, sameValue, withField } from "./paths";

const SETTINGS = "method.settings.";
const FREE = "method.unfreeze.";
const nothingFreed: Unfreeze = { norms: false, patchMerging: false, positionBias: false, patchEmbed: false };

export const methodOf = (catalogue: Catalogue, { method }: RunConfig): MethodEntry | undefined =>
  catalogue.methods.find(({ id }) => id === method.id);

/** A number of images can be chosen up to what the data has. */
function upToData(setting: Setting, entry: DataEntry | undefined): Setting {
  const most = setting.images && entry?.[setting.images];
  return setting.kind === "number" && most ? { ...setting, suggested: { min: setting.min, max: most } } : setting;
}

/** Unfrozen groups are offered only beside methods that do not say alone what trains. */
export function settingsOf(catalogue: Catalogue, config: RunConfig): readonly Setting[] {
  const method = methodOf(catalogue, config);
  const entry = catalogue.data.find(({ id }) => id === config.data.source);
  const common = catalogue.settings.filter(({ path }) => !path.startsWith(FREE) || method?.unfreeze);
  return [...common.map((setting) => upToData(setting, entry)), ...(method?.settings ?? [])];
}

const keyOf = (path: string): string | undefined =>
  path.startsWith(SETTINGS) ? path.slice(SETTINGS.length) : undefined;

/** The value in force at `path`: a method's default where the configuration names none; undefined where there is no such field. */
export function valueAt(catalogue: Catalogue, config: RunConfig, path: string): unknown {
  const key = keyOf(path);
  if (key === undefined) return fieldAt(config, path);
  return config.method.settings[key] ?? methodOf(catalogue, config)?.defaults[key];
}

/** A method as it is given, and its rates where they were those of the method before. */
export function withGivenMethod(catalogue: Catalogue, config: RunConfig, method: RunConfig["method"]): RunConfig {
  const [from, to] = [methodOf(catalogue, config), methodOf(catalogue, { ...config, method })];
  const { training } = config;
  const learningRate = from && to ? followRates(training.learningRate, from.rates, to.rates) : training.learningRate;
  return { ...config, method, training: { ...training, learningRate } };
}

/** A method as it starts: its own settings, what it unfreezes, and its rates. */
export function withMethod(catalogue: Catalogue, config: RunConfig, id: string): RunConfig {
  const unfreeze = catalogue.methods.find((method) => method.id === id)?.unfreeze ?? nothingFreed;
  return withGivenMethod(catalogue, config, { id, settings: {}, unfreeze: { ...unfreeze } });
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
function fitSettings(catalogue: Catalogue, config: RunConfig): RunConfig {
  const method = methodOf(catalogue, config);
  const fitted = Object.entries(config.method.settings).map(([key, value]) => {
    if (!isByTask(value)) return [key, value] as const;
    const standard = Number(method?.defaults[key] ?? Object.values(value)[0] ?? 0);
    return [key, Object.fromEntries(config.tasks.map((task) => [task, value[task] ?? standard]))] as const;
  });
  const settings = Object.fromEntries(fitted);
  return sameValue(settings, config.method.settings) ? config : { ...config, method: { ...config.method, settings } };
}

/** What a configuration says by task, for the tasks that there are; weights of tasks that are not trained now are kept. */
export function fitByTask(catalogue: Catalogue, config: RunConfig): RunConfig {
  const known = [...catalogue.tasks, ...config.customTasks].map(({ id }) => id);
  const given = Object.entries(config.training.taskWeights);
  const weights = given.filter(([task]) => known.includes(task));
  const fitted = fitSettings(catalogue, config);
  return weights.length === given.length
    ? fitted
    : { ...fitted, training: { ...fitted.training, taskWeights: Object.fromEntries(weights) } };
}
