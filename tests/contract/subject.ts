/**
 * What the contract of methods is tested on: every method of the registry, with its defaults and with every other choice that its
 * controls offer, on the smallest backbone of each family. A new entry of either registry is tested by existing.
 */

import { type BackboneId, backbones } from "../../src/core/backbones/registry";
import { removeDeadNodes } from "../../src/core/graph/passes";
import { random } from "../../src/core/math/random";
import { FLOW_TIME } from "../../src/core/methods/ditask";
import type { MethodDef, MethodSetting } from "../../src/core/methods/method";
import { type MethodChoice, methods as registry } from "../../src/core/methods/registry";
import { evaluateGraph, GRADIENT, inputs, outputs, trainGraph } from "../../src/core/model/graphs";
import { buildModel, type Model, type ModelSpec } from "../../src/core/model/model";
import { decomposeSites } from "../../src/core/model/spectra";
import { initialStates } from "../../src/core/model/states";
import { PARAMETERS } from "../../src/core/nn/forward";
import { initialWeights, type Weights } from "../../src/core/nn/weights";
import { evaluate } from "../reference/evaluate";

const BATCH = 1;
// Losses without kinks, so that central differences may be taken anywhere but at a head's ReLU.
const tasks: ModelSpec["tasks"] = [{ id: "semseg", classes: 3 }, { id: "sal" }];

/** Sixteen channels in the first stage, so that the default ranks and cells of all methods fit; four windows of four tokens there. */
const microSpec: Partial<Record<BackboneId, Pick<ModelSpec, "backboneSettings" | "imageSize">>> = {
  micro: { backboneSettings: { embed: 16, depths: [2, 1], window: 2 }, imageSize: 16 },
};

export const methods = Object.entries(registry).map(([id, def]) => ({ id, def: def as MethodDef<object> }));
const families = Object.keys(backbones).filter((id) => id.startsWith("micro")) as BackboneId[];

export interface Subject {
  readonly title: string;
  readonly def: MethodDef<object>;
  readonly backbone: BackboneId;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Beside those of its family. */
  readonly backboneSettings?: object;
}

/** Every value of a control but the default's; numbers are left alone. */
function otherValues(setting: MethodSetting, value: unknown): readonly unknown[] {
  switch (setting.kind) {
    case "choice":
      return setting.choices.map(({ id }) => id).filter((id) => id !== value);
    case "choices":
      return [setting.choices.map(({ id }) => id)];
    case "flag":
      return [!value];
    case "number":
      return [];
    default:
      return setting satisfies never;
  }
}

function variants(def: MethodDef<object>): readonly Readonly<Record<string, unknown>>[] {
  const defaults = def.defaults as Readonly<Record<string, unknown>>;
  const others = def.settings.flatMap((setting) =>
    otherValues(setting, defaults[setting.key]).map((value) => ({ [setting.key]: value })),
  );
  return [{}, ...others];
}

export const subjects: readonly Subject[] = methods.flatMap(({ def }) =>
  families.flatMap((backbone) =>
    variants(def).map((settings) => {
      const changed = Object.entries(settings).map(([key, value]) => `, ${key} ${String(value)}`);
      return { title: `${def.label}${changed.join("")} on ${backbone}`, def, backbone, settings };
    }),
  ),
);

export interface Ready {
  readonly model: Model;
  readonly weights: Weights;
}

const remembered = new Map<BackboneId, Ready & { readonly logits: Float64Array }>();

/** The pretrained model of a family, made once: frozen backbone and decoders, nothing added. */
export function baseOf(backbone: BackboneId) {
  const known = remembered.get(backbone) ?? makeBase(backbone);
  remembered.set(backbone, known);
  return known;
}

export function modelOf(subject: Omit<Subject, "title">): Model {
  const { backbone, def, settings } = subject;
  const { backboneSettings, ...image } = microSpec[backbone] ?? {};
  return buildModel({
    backbone,
    method: { id: def.id, settings } as MethodChoice,
    tasks,
    ...image,
    backboneSettings: { ...backboneSettings, ...subject.backboneSettings },
  });
}

/** Adds normal noise to the named parameters and to running means and variances, so that every path carries numbers that matter. */
function disturb(weights: Weights, wanted: (name: string) => boolean, seed: number): void {
  for (const { name, group } of weights.layout.parameters.filter((p) => wanted(p.name))) {
    const draw = random(seed, "disturb", name);
    const scale = group === "linear" || group === "theta" ? 0.3 : 0.1;
    weights.set(
      name,
      weights.get(name).map((x) => x + scale * draw.normal()),
    );
  }
  for (const name of weights.layout.statistics.flatMap(({ parts }) => parts).filter(wanted))
    weights.set(
      name,
      weights.get(name).map((x, i) => x + 0.1 * Math.abs(Math.sin(i + seed))),
    );
}

function makeBase(backbone: BackboneId) {
  const def = registry.decoderOnly as MethodDef<object>;
  const model = modelOf({ backbone, def, settings: {} });
  const weights = initialWeights(model.layout, 3);
  disturb(weights, () => true, 5);
  return { model, weights, logits: logitsOf({ model, weights }) };
}

/** A model with the base's numbers and fresh ones for what the method adds. */
export function fresh(subject: Subject, seed: number): Ready {
  const model = modelOf(subject);
  const weights = initialWeights(model.layout, seed);
  const base = baseOf(subject.backbone);
  for (const name of base.weights.names) weights.set(name, base.weights.get(name));
  decomposeSites(model, weights);
  return { model, weights };
}

/** The same after some training, so to speak: all that trains is off its start. */
export function moved(subject: Subject): Ready {
  const ready = fresh(subject, 7);
  const trained = new Set(ready.model.layout.parameters.filter((p) => p.trainable).map(({ name }) => name));
  const statistics = new Set(ready.model.layout.statistics.flatMap(({ parts }) => parts));
  disturb(ready.weights, (name) => trained.has(name) || statistics.has(name), 11);
  return ready;
}

const numbers = (count: number, draw: () => number) => Float32Array.from({ length: count }, draw);

/** Image, labels (a tenth of them missing), weights of the losses: what the graphs of a model ask for. */
export function trainingFeeds(model: Model): Readonly<Record<string, Float32Array>> {
  const draw = random(9, "batch");
  const pixels = BATCH * model.imageSize ** 2;
  const label = (classes: number) => numbers(pixels, () => (draw.uniform() < 0.1 ? 255 : draw.int(classes)));
  return {
    [inputs.image]: numbers(pixels * 3, () => draw.normal()),
    [inputs.taskWeights]: Float32Array.from(model.tasks, () => 1),
    [inputs.accumulate]: Float32Array.of(0),
    [inputs.label("semseg")]: label(3),
    [inputs.label("sal")]: label(2),
    [FLOW_TIME]: Float32Array.of(1),
  };
}

export const statesOf = ({ weights }: Ready, flat: ArrayLike<number> = weights.trainable) =>
  new Map<string, ArrayLike<number>>([...initialStates(weights), [PARAMETERS, flat]]);

/** The gradient of all that trains [P], and the loss at other parameters [P], in float64. */
export function training(ready: Ready): {
  readonly gradient: Float64Array;
  readonly loss: (flat: Float64Array) => number;
} {
  const { model, weights } = ready;
  const feeds = trainingFeeds(model);
  const graph = trainGraph(model, weights, { batch: BATCH });
  const forward = removeDeadNodes({ ...graph, updates: [] });
  return {
    gradient: evaluate(graph, feeds, statesOf(ready)).states.get(GRADIENT)!,
    loss: (flat) => evaluate(forward, feeds, statesOf(ready, flat)).outputs[outputs.total]![0]!,
  };
}

/** Logits of all tasks, one after the other. */
export function logitsOf(ready: Ready): Float64Array {
  const graph = evaluateGraph(ready.model, ready.weights, { batch: BATCH });
  const found = evaluate(graph, trainingFeeds(ready.model), statesOf(ready)).outputs;
  return Float64Array.from(Object.values(found).flatMap((values) => Array.from(values)));
}

/** Largest difference, relative to the largest magnitude of `b`. */
export function relativeGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [gap, scale] = [a.length === b.length ? 0 : Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < b.length; i++) {
    gap = Math.max(gap, Math.abs(a[i]! - b[i]!));
    scale = Math.max(scale, Math.abs(b[i]!));
  }
  return gap / scale;
}
