/** A run's configuration as a model: which method with which settings on which backbone, for the classes that the data has. */
import { fieldDefaults } from "../../../contracts/fields";
import { followRates } from "../../../contracts/learningRates";
import type { LearningRates, RunConfig } from "../../../contracts/runConfig";
import type { DataSource } from "../../../contracts/sample";
import { type BackboneChoice, resolveBackbone } from "../../../core/backbones/registry";
import { type DecoderChoice, decoders } from "../../../core/decoders/registry";
import { type MethodDef, unfreezeGroups, unfreezeNone } from "../../../core/methods/method";
import { type MethodChoice, type MethodId, methods } from "../../../core/methods/registry";
import { resolveSettings } from "../../../core/methods/settings";
import type { ModelSpec } from "../../../core/model/model";
import { startingPoint } from "./startingPoints";

/** A field of the run file with a value that does not exist, and what does. */
const unknown = (field: string, value: string, known: readonly string[]): Error =>
  new Error(`${field} is "${value}"; known: ${known.join(", ")}.`);

/** @throws where the run file names a method that does not exist. */
export function methodOf({ id }: Pick<RunConfig["method"], "id">): MethodDef<object> {
  if (!Object.hasOwn(methods, id)) throw unknown("method.id", id, Object.keys(methods));
  return methods[id as MethodId] as MethodDef<object>;
}

function decoderChoice(id: string): DecoderChoice {
  if (!Object.hasOwn(decoders, id)) throw unknown("decoder", id, Object.keys(decoders));
  return { id } as DecoderChoice;
}

/** Peak learning rates of a run of this method where nothing else is said. */
export const ratesOf = ({ rates }: Pick<MethodDef<object>, "rates">): LearningRates => ({
  ...fieldDefaults().training.learningRate,
  ...rates,
});

/** A method as a run file names it where nothing else is said: its own defaults, and what it unfreezes. */
export const methodChoice = (id: string): RunConfig["method"] => ({
  id,
  settings: {},
  unfreeze: { ...(methodOf({ id }).unfreeze ?? unfreezeNone) },
});

/** The configuration with another method as it starts: its own settings, what it unfreezes, and its rates where they were the other one's. */
export function withMethod(config: RunConfig, id: string): RunConfig {
  if (config.method.id === id) return config;
  const { training } = config;
  const [from, to] = [config.method, { id }].map((choice) => ratesOf(methodOf(choice)));
  const learningRate = followRates(training.learningRate, from!, to!);
  return { ...config, method: methodChoice(id), training: { ...training, learningRate } };
}

/** The data set with the labels of the run's own tasks too, where it has folders of them. */
export function withOwnTasks(source: DataSource, { tasks, customTasks }: RunConfig): DataSource {
  const own = customTasks.filter(({ id }) => tasks.includes(id));
  if (own.length === 0 || !source.withTasks) return source;
  const { origin } = source;
  return { ...source.withTasks(own), ...(origin?.kind === "files" && { origin: { ...origin, own } }) };
}

/** The architecture with what the run changes of it; 0 leaves the image's or the window's side as it is. */
export function backboneSpec(
  { input, training }: Pick<RunConfig, "input" | "training">,
  backbone: BackboneChoice,
): Omit<ModelSpec, "method" | "tasks"> {
  const { label, settings } = resolveBackbone(backbone);
  const hasWindows = "window" in settings;
  if (input.window > 0 && !hasWindows)
    throw new Error(`input.window is ${input.window}, but ${label} has no windows; allowed: 0.`);
  return {
    backbone,
    backboneSettings: { dropPath: training.dropPath, ...(input.window > 0 && { window: input.window }) },
    ...(input.imageSize > 0 && { imageSize: input.imageSize }),
  };
}

/**
 * The model of a run. `backbone`: the architecture, where it is not that of a starting point.
 * @throws where a field names what does not exist or what the method does not have; the message names field, value and what is allowed.
 */
export function modelSpec(
  config: RunConfig,
  source: Pick<DataSource, "name" | "tasks">,
  backbone: BackboneChoice = startingPoint(config.backbone).backbone,
): ModelSpec {
  const offered = source.tasks.map(({ task }) => task);
  const missing = config.tasks.filter((id) => !offered.includes(id));
  if (missing.length > 0)
    throw new Error(
      `tasks names ${missing.join(", ")}, but ${source.name} has no labels for ${missing.length === 1 ? "it" : "them"}; ` +
        `allowed: ${offered.join(", ")}.`,
    );
  const def = methodOf(config.method);
  const settings = resolveSettings(def, config.method.settings);
  return {
    ...backboneSpec(config, backbone),
    method: { id: def.id, settings } as MethodChoice,
    decoder: decoderChoice(config.decoder),
    tasks: config.tasks.map((id) => {
      const definition = config.customTasks.find((task) => task.id === id);
      const classes = source.tasks.find(({ task }) => task === id)?.classCount;
      return { id, ...(definition && { definition }), ...(classes !== undefined && { classes }) };
    }),
    ...(def.unfreeze ? { train: unfreezeGroups(config.method.unfreeze) } : {}),
    losses: "masked",
  };
}
