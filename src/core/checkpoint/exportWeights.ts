/**
 * A model's backbone under the names, and in the layouts, that a file came in with: as it is, or with what a method learned merged into
 * it for one stream. Layer scales, which importing folds into the weights behind them, are written as ones; a class token whose position
 * the file does not have takes it up; the distillation token is not written.
 */
import { type Shape, sizeOf } from "../graph/node";
import type { Model } from "../model/model";
import type { Weights } from "../nn/weights";
import type { NamePlan, PlannedTensor } from "./importPlan";
import { patchOrder, restore } from "./layouts";

interface WrittenTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/**
 * `stream`: "shared" or a task, whose merged weights are written; absent: the backbone's own parameters.
 * @throws where the method is no linear map at a site; the message names it.
 */
export function exportWeights(
  model: Model,
  weights: Weights,
  { tensors }: NamePlan,
  stream?: string,
): ReadonlyMap<string, WrittenTensor> {
  const merged = stream === undefined ? new Map<string, Float32Array>() : mergedValues(model, weights, stream);
  const values = (name: string): Float32Array => merged.get(name) ?? weights.get(name);
  const written = new Map<string, WrittenTensor>();
  const withoutClassRow = tensors.find(({ leadingRows }) => leadingRows === 0)?.ours;
  for (const tensor of tensors) {
    const own = values(tensor.ours);
    const data =
      withoutClassRow !== undefined && tensor.ours.endsWith("cls_token") ? sum(own, values(withoutClassRow)) : own;
    for (const [key, part] of inFile(tensor, data)) written.set(key, part);
    if (tensor.scale !== undefined) {
      const [rows] = tensor.shape as [number];
      written.set(tensor.scale, { shape: [rows], data: new Float32Array(rows).fill(1) });
    }
  }
  return written;
}

/** Every site's one linear map, by the parameters' names. */
function mergedValues({ adapter, backbone }: Model, weights: Weights, stream: string): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const site of backbone.sites) {
    const linear = adapter.merged(weights, site, stream);
    if (!linear)
      throw new Error(
        `${site.label} cannot be merged: what the method learned there is no single linear map for "${stream}". Export the adapter instead.`,
      );
    values.set(`${site.name}.weight`, linear.weight);
    if (linear.bias) values.set(`${site.name}.bias`, linear.bias);
  }
  return values;
}

/** values [C] + the first C of `others`. */
const sum = (values: Float32Array, others: Float32Array): Float32Array => values.map((value, i) => value + others[i]!);

/** A parameter as the file's tensors: rows part by part. */
function inFile({ shape, keys, isPatch, leadingRows }: PlannedTensor, values: Float32Array): [string, WrittenTensor][] {
  if (isPatch) {
    const side = Math.sqrt(shape[1]! / 3);
    return [[keys[0]!, { shape: [shape[0]!, 3, side, side], data: restore(values, patchOrder(shape)) }]];
  }
  if (leadingRows === 0) {
    const [, rows, channels] = shape as [number, number, number];
    return [[keys[0]!, { shape: [1, rows - 1, channels], data: values.slice(channels) }]];
  }
  const part = [shape[0]! / keys.length, ...shape.slice(1)];
  const size = sizeOf(part);
  return keys.map((key, i) => [key, { shape: part, data: values.slice(i * size, (i + 1) * size) }]);
}
