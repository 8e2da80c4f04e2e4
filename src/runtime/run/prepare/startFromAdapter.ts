/** A run that starts from an exported adapter: what its configuration must share with the adapter's, and how its parameters are put in place. */
import type { RunConfig } from "../../../contracts/runConfig";
import { putAdapter, type TaskChange } from "../../../core/checkpoint/adapterFile";
import { resolveSettings } from "../../../core/methods/settings";
import type { Model } from "../../../core/model/model";
import type { Weights } from "../../../core/nn/weights";
import type { Inputs } from "../inputs";
import { hashOfBackbone } from "./baseHash";
import { methodOf } from "./modelSpec";
import { anotherBase, type OpenedAdapter } from "./openedAdapter";
import { FILE_BACKBONE } from "./openedBackbone";

/** A field of a configuration that differs from an adapter's. */
interface Contradiction {
  /** "method.settings.rank" */
  readonly path: string;
  readonly expected: unknown;
  readonly came: unknown;
}

/** What an adapter's run and one that starts from it must have in common, by path; settings with their defaults. */
function sharedFields({ method, decoder, input, customTasks }: RunConfig, tasks: readonly string[]) {
  const def = methodOf(method);
  const nested = (path: string, fields: object) =>
    Object.entries(fields).map(([key, value]) => [`${path}.${key}`, value] as const);
  return new Map<string, unknown>([
    ["method.id", method.id],
    ...nested("method.settings", resolveSettings(def, method.settings)),
    ...(def.unfreeze ? nested("method.unfreeze", method.unfreeze) : []),
    ["decoder", decoder],
    ...nested("input", input),
    ...customTasks.filter(({ id }) => tasks.includes(id)).map((task) => [`customTasks.${task.id}`, task] as const),
  ]);
}

/** Fields in which a configuration contradicts the adapter's, in their order. */
export function contradictions(config: RunConfig, adapter: RunConfig): readonly Contradiction[] {
  if (config.method.id !== adapter.method.id)
    return [{ path: "method.id", expected: adapter.method.id, came: config.method.id }];
  const both = config.tasks.filter((id) => adapter.tasks.includes(id));
  const wanted = sharedFields(adapter, both);
  const given = sharedFields(config, both);
  return [...wanted].flatMap(([path, expected]) => {
    const came = given.get(path);
    return JSON.stringify(came) === JSON.stringify(expected) ? [] : [{ path, expected, came }];
  });
}

const show = (value: unknown): string => JSON.stringify(value) ?? "nothing";

/** The sentence for one of them; `path`: what the person wrote. */
export const describeContradiction = ({ expected, came }: Contradiction, path: string, adapter: string): string =>
  `${path} is ${show(came)}, but the adapter ${adapter} was trained with ${show(expected)}. ` +
  `Leave ${path} as the adapter has it, or start without the adapter.`;

/**
 * The opened adapter that a configuration starts from; null where it starts from none.
 * @throws where it names one that is not open, or contradicts it.
 */
export function adapterOf(config: RunConfig, { adapter }: Inputs): OpenedAdapter | null {
  if (!config.adapter) return null;
  const { name, sha256 } = config.adapter;
  if (adapter?.ref.sha256 !== sha256)
    throw new Error(
      `adapter is ${name} with the SHA-256 ${sha256}, but ${adapter ? `${adapter.ref.name} with ${adapter.ref.sha256} is open` : "no adapter is open"}. ` +
        "Open that adapter, or take the adapter out of the configuration.",
    );
  const [first] = contradictions(config, adapter.config);
  if (first) throw new Error(describeContradiction(first, first.path, name));
  return adapter;
}

/** Tasks that only one of two configurations has. */
function taskChange(config: RunConfig, adapter: RunConfig): TaskChange {
  return {
    gone: adapter.tasks.filter((id) => !config.tasks.includes(id)),
    added: config.tasks.filter((id) => !adapter.tasks.includes(id)),
  };
}

function notesOf({ ref, config, base }: OpenedAdapter, { gone, added }: TaskChange): readonly string[] {
  return [
    `The run starts from the adapter ${ref.name} (${config.method.id} with its settings, decoder ${config.decoder}, image size and tasks ` +
      `${config.tasks.join(", ")}), on the backbone that it belongs to, SHA-256 ${base.sha256}.`,
    ...(gone.length > 0
      ? [`The adapter's parameters for ${gone.join(", ")} are set aside: this run has no such task.`]
      : []),
    ...(added.length > 0 ? [`The adapter has nothing for ${added.join(", ")}: these start fresh.`] : []),
  ];
}

/**
 * Puts the adapter that a configuration names over the fresh numbers of a model; undefined where it names none. `resumes`: all numbers
 * are about to be a checkpoint's, so the adapter need not be there.
 * @throws where the adapter is not open, belongs to another base, or does not fit the model; the weights are then as before.
 */
export function startFromAdapter(
  config: RunConfig,
  model: Model,
  weights: Weights,
  inputs: Inputs,
  resumes: boolean,
): { readonly before: Float32Array; readonly notes: readonly string[] } | undefined {
  if (resumes && inputs.adapter?.ref.sha256 !== config.adapter?.sha256) return undefined;
  const adapter = adapterOf(config, inputs);
  if (!adapter) return undefined;
  const found = hashOfBackbone(model, weights);
  const label = config.backbone === FILE_BACKBONE ? (inputs.weights?.name ?? config.backbone) : config.backbone;
  if (found !== adapter.base.sha256) throw new Error(anotherBase(adapter, { label, sha256: found }));
  const before = weights.trainable.slice();
  const change = taskChange(config, adapter.config);
  putAdapter(weights, adapter.tensors, change);
  return { before, notes: notesOf(adapter, change) };
}
