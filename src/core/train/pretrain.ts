/**
 * Pretraining of a backbone on spatial attributes: each cell of a grid gets, for each group of attributes (materials, shapes, sizes,
 * light, texture), shares that sum to 1; the loss is the cross-entropy of the predicted distribution, averaged over cells and summed
 * over groups. None of it is a label map that the backbone is later tuned for.
 *
 * Letters: B batch, S side of the image, g side of the grid, A attributes of all groups.
 */

import type { Backbone } from "../backbones/backbone";
import { type BackboneId, resolveBackbone } from "../backbones/registry";
import { Builder } from "../graph/builder";
import { gradients } from "../graph/differentiate";
import type { Graph, Value } from "../graph/node";
import { removeDeadNodes } from "../graph/passes";
import { full } from "../methods/full";
import { accumulateLoss, GRADIENT, inputs, outputs } from "../model/graphs";
import { DropPaths } from "../nn/dropPath";
import { Forward, flatGradient } from "../nn/forward";
import { declareLinear, type Layer } from "../nn/layers";
import { type ParameterLayout, ParameterStore } from "../nn/parameters";
import type { Weights } from "../nn/weights";
import { gelu } from "../ops/gelu";
import { resizeBilinear } from "../ops/resizeBilinear";

export interface AttributeGroup {
  readonly name: string;
  readonly size: number;
}

export interface PretrainSpec {
  readonly backbone: BackboneId;
  readonly groups: readonly AttributeGroup[];
  /** g; divides the image's side. */
  readonly grid: number;
  /** Channels between the feature maps and the attributes. */
  readonly hidden: number;
}

export interface PretrainModel {
  readonly spec: PretrainSpec;
  readonly imageSize: number;
  readonly attributes: number;
  readonly backbone: Backbone;
  readonly layout: ParameterLayout;
  readonly head: (f: Forward, features: readonly Value[]) => Value;
}

export function buildPretrainModel(spec: PretrainSpec): PretrainModel {
  const def = resolveBackbone(spec.backbone, { dropPath: 0 });
  const store = new ParameterStore(({ group }) => group !== "theta");
  const method = full.create({});
  const context = { store, method, dropPaths: new DropPaths(), tasks: [], imageSize: def.imageSize };
  const backbone = def.build(def.settings, context);
  const attributes = spec.groups.reduce((n, group) => n + group.size, 0);
  const channels = backbone.features.reduce((n, map) => n + map.channels, 0);
  const hidden = declareLinear(store, "pretrain.hidden", channels, spec.hidden, { group: "head", bias: true });
  const out = declareLinear(store, "pretrain.out", spec.hidden, attributes, { group: "head", bias: true });
  const head: PretrainModel["head"] = (f, features) => attributeHead(f, features, spec.grid, hidden, out);
  return { spec, imageSize: def.imageSize, attributes, backbone, layout: store.layout(), head };
}

/** features: [1,B,side,side,C] each → logits [B*g*g,A]. */
function attributeHead(f: Forward, features: readonly Value[], grid: number, hidden: Layer, out: Layer): Value {
  const { b } = f;
  const maps = features.map((map) => {
    const [, batch, side, , channels] = map.shape as [number, number, number, number, number];
    return resizeBilinear(b, b.reshape(map, [batch, side, side, channels]), grid, grid);
  });
  const joined = b.concat(maps, 3);
  const cells = b.reshape(joined, [-1, joined.shape[3]!]);
  return out(f, gelu(b, hidden(f, cells)));
}

/** Mean over cells of -Σ target · log softmax(logits). logits, targets: [N,a], targets sum to 1. */
function softCrossEntropy(b: Builder, logits: Value, targets: Value): Value {
  const peak = b.max(logits, [1], true);
  const shifted = b.sub(logits, peak);
  const logSum = b.log(b.sum(b.exp(shifted), [1], true));
  return b.mul(b.sum(b.mul(targets, b.sub(logSum, shifted))), 1 / logits.shape[0]!);
}

export const ATTRIBUTES = "attributes";

/** Loss of every group and their sum; with `train` also the gradient into its state. Inputs: image, attributes [B,g,g,A]. */
export function pretrainGraph(model: PretrainModel, weights: Weights, batch: number, train: boolean): Graph {
  const b = new Builder();
  const f = new Forward(b, weights, { training: train, batch });
  const { grid, groups } = model.spec;
  const image = b.input(inputs.image, [batch, model.imageSize, model.imageSize, 3]);
  const logits = model.head(
    f,
    model.backbone.forward(f, image).map((stage) => stage.shared!),
  );
  const targets = b.reshape(b.input(ATTRIBUTES, [batch, grid, grid, model.attributes]), logits.shape);
  let start = 0;
  const losses = groups.map(({ name, size }) => {
    const loss = softCrossEntropy(b, b.sliceAxis(logits, 1, start, size), b.sliceAxis(targets, 1, start, size));
    start += size;
    b.output(outputs.loss(name), loss);
    return loss;
  });
  const total = losses.reduce((sum, loss) => b.add(sum, loss));
  b.output(outputs.total, total);
  if (train) {
    accumulateLoss(b, total);
    const slots = f.trainedSlots();
    const found = gradients(
      b,
      total,
      slots.map((slot) => f.value(slot)),
    );
    const state = b.state(GRADIENT, [model.layout.size]);
    b.update(
      state,
      flatGradient(f, new Map(slots.flatMap((slot, i) => (found[i] ? [[slot, found[i]] as const] : [])))),
    );
  }
  return removeDeadNodes(b.build());
}
