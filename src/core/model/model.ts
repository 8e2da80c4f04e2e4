/**
 * A multi-task model: backbone, method and decoders put together. Building declares parameters and remembers how to write the forward
 * pass; it holds no numbers (those are Weights) and no graph (those come from `trainGraph` and `evaluateGraph`).
 */
import type { CustomTask } from "../../contracts/customTask";
import type { Backbone } from "../backbones/backbone";
import { type BackboneChoice, type BackboneSettings, resolveBackbone } from "../backbones/registry";
import type { Head, HeadDef } from "../decoders/decoder";
import { type HeadChoice, heads } from "../decoders/registry";
import type { LossBehaviour } from "../losses/loss";
import { type Adapter, type AdapterDef, companionGroups } from "../methods/method";
import { type AdapterChoice, adapters } from "../methods/registry";
import { resolveSettings } from "../methods/settings";
import { type DropPathPlan, DropPaths } from "../nn/dropPath";
import { type ParameterGroup, type ParameterLayout, ParameterStore } from "../nn/parameters";
import { taskOf } from "../tasks/custom";
import type { Task } from "../tasks/task";

export interface TaskChoice {
  /** Of a built-in task or of `definition`. */
  readonly id: string;
  /** Of a task of the user's own. */
  readonly definition?: CustomTask;
  /** How many classes the data has; for tasks whose outputs are classes. */
  readonly classes?: number;
}

export interface ModelSpec {
  readonly backbone: BackboneChoice;
  /** What differs from the catalogue's entry. */
  readonly backboneSettings?: BackboneSettings;
  /** Side of the images; absent: the backbone's own. */
  readonly imageSize?: number;
  readonly adapter: AdapterChoice;
  /** Absent: the HRNet-style one. */
  readonly head?: HeadChoice;
  readonly tasks: readonly TaskChoice[];
  /** Groups that train or stay frozen against the method's habit and its usual companions. */
  readonly train?: Partial<Record<ParameterGroup, boolean>>;
  readonly losses?: LossBehaviour;
}

export interface ModelTask {
  readonly id: string;
  readonly task: Task;
  /** Channels of its logits. */
  readonly channels: number;
}

export interface Model {
  readonly spec: ModelSpec;
  readonly imageSize: number;
  readonly tasks: readonly ModelTask[];
  readonly layout: ParameterLayout;
  readonly adapter: Adapter;
  readonly backbone: Backbone;
  readonly head: Head;
  readonly dropPaths: DropPathPlan;
}

/**
 * `method`: another definition in place of the registry's, which must take the spec's settings.
 * @throws where settings do not fit each other; the message says which and what would.
 */
export function buildModel(
  spec: ModelSpec,
  // The registry's ids and settings agree by the type of the choice; here one signature serves all.
  adapterDef = adapters[spec.adapter.id] as AdapterDef<object>,
): Model {
  const backboneDef = resolveBackbone(spec.backbone, spec.backboneSettings);
  const settings = resolveSettings(adapterDef, spec.adapter.settings);
  const adapter = adapterDef.create(settings);
  const companions = adapterDef.companions ? companionGroups(adapterDef.companions) : {};
  const store = new ParameterStore(
    (p) => spec.train?.[p.group] ?? companions[p.group] ?? adapterDef.trains(p, settings),
  );
  const modelTasks = spec.tasks.map(modelTask);
  if (modelTasks.length === 0) throw new Error("A model needs at least one task.");
  const imageSize = spec.imageSize ?? backboneDef.imageSize;
  const dropPaths = new DropPaths();
  const backbone = backboneDef.build(backboneDef.settings, {
    store,
    adapter,
    dropPaths,
    tasks: modelTasks.map(({ id }) => id),
    imageSize,
  });
  adapter.finish(store);
  const headDef = heads[spec.head?.id ?? "hrnet"] as HeadDef<object>;
  const head = headDef.build(
    { ...headDef.defaults, ...spec.head?.settings },
    { store, features: backbone.features, widths: backboneDef.decoderWidths, tasks: modelTasks, imageSize },
  );
  return {
    spec,
    imageSize,
    tasks: modelTasks,
    layout: store.layout(),
    adapter,
    backbone,
    head,
    dropPaths: dropPaths.plan(),
  };
}

function modelTask({ id, definition, classes }: TaskChoice): ModelTask {
  const task = taskOf(id, definition ? [definition] : []);
  return { id, task, channels: task.channels(classes ?? task.defaultClasses ?? 1) };
}
