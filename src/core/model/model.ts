/**
 * A multi-task model: backbone, method and decoders put together. Building declares parameters and remembers how to write the forward
 * pass; it holds no values (those are Weights) and no graph (those come from `trainGraph` and `evaluateGraph`).
 */
import type { CustomTask } from "../../contracts/customTask";
import type { Backbone } from "../backbones/backbone";
import { type BackboneChoice, type BackboneSettings, resolveBackbone } from "../backbones/registry";
import type { Decoder, DecoderDef } from "../decoders/decoder";
import { type DecoderChoice, decoders } from "../decoders/registry";
import type { LossBehaviour } from "../losses/loss";
import { type Method, type MethodDef, unfreezeGroups } from "../methods/method";
import { type MethodChoice, methods } from "../methods/registry";
import { resolveSettings } from "../methods/settings";
import { type DropPathPlan, DropPaths } from "../nn/dropPath";
import { type ParameterGroup, type ParameterLayout, ParameterStore } from "../nn/parameters";
import { taskOf } from "../tasks/registry";
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
  readonly method: MethodChoice;
  /** Absent: the HRNet-style one. */
  readonly decoder?: DecoderChoice;
  readonly tasks: readonly TaskChoice[];
  /** Groups that train or stay frozen against the method's habit and its usual groups. */
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
  readonly method: Method;
  readonly backbone: Backbone;
  readonly decoder: Decoder;
  readonly dropPaths: DropPathPlan;
}

/**
 * `method`: another definition in place of the registry's, which must take the spec's settings.
 * @throws where settings do not fit each other; the message says which and what would.
 */
export function buildModel(
  spec: ModelSpec,
  // The registry's ids and settings agree by the type of the choice; here one signature serves all.
  methodDef = methods[spec.method.id] as MethodDef<object>,
): Model {
  const backboneDef = resolveBackbone(spec.backbone, spec.backboneSettings);
  const settings = resolveSettings(methodDef, spec.method.settings);
  const method = methodDef.create(settings);
  const unfreeze = methodDef.unfreeze ? unfreezeGroups(methodDef.unfreeze) : {};
  const store = new ParameterStore((p) => spec.train?.[p.group] ?? unfreeze[p.group] ?? methodDef.trains(p, settings));
  const modelTasks = spec.tasks.map(modelTask);
  if (modelTasks.length === 0) throw new Error("A model needs at least one task.");
  const imageSize = spec.imageSize ?? backboneDef.imageSize;
  const dropPaths = new DropPaths();
  const backbone = backboneDef.build(backboneDef.settings, {
    store,
    method,
    dropPaths,
    tasks: modelTasks.map(({ id }) => id),
    imageSize,
  });
  method.finish(store);
  const decoderDef = decoders[spec.decoder?.id ?? "hrnet"] as DecoderDef<object>;
  const decoder = decoderDef.build(
    { ...decoderDef.defaults, ...spec.decoder?.settings },
    { store, features: backbone.features, widths: backboneDef.decoderWidths, tasks: modelTasks, imageSize },
  );
  return {
    spec,
    imageSize,
    tasks: modelTasks,
    layout: store.layout(),
    method,
    backbone,
    decoder,
    dropPaths: dropPaths.plan(),
  };
}

function modelTask({ id, definition, classes }: TaskChoice): ModelTask {
  const task = taskOf(id, definition ? [definition] : []);
  return { id, task, channels: task.channels(classes ?? task.defaultClasses ?? 1) };
}
