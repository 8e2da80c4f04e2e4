/**
 * A model's backbone under the names, and in the layouts, that a file came in with: as it is, or with what a method learned merged into
 * it for one stream. Layer scales, which importing folds into the weights behind them, are written as ones; a class token whose position
 * the file does not have takes it up; positions of a distillation token or of registers, which importing adds to them, as zeros.
 */
import { type Shape, sizeOf } from "../graph/node";
import type { Model } from "../model/model";
import type { Weights } from "../nn/weights";
import type { NamePlan } from "./importPlan";
import { patchOrder, restore } from "./layouts";
import type { PlannedTensor } from "./plannedTensor";

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
function mergedValues({ method, backbone }: Model, weights: Weights, stream: string): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const site of backbone.sites) {
    const linear = method.merged(weights, site, stream);
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
function inFile({ shape, keys, wanted, isPatch, leadingRows }: PlannedTensor, values: Float32Array) {
  const data = isPatch ? restore(values, patchOrder(shape)) : withLeadingRows(values, leadingRows ?? 1, shape.at(-1)!);
  let end = 0;
  return keys.map((key, i): [string, WrittenTensor] => {
    const part = wanted[i]!;
    const start = end;
    end += sizeOf(part);
    return [key, { shape: part, data: data.slice(start, end) }];
  });
}

/** Positions [1+L,C] → [rows+L,C]: the class token's row goes, or rows of zeros come behind it. */
function withLeadingRows(values: Float32Array, rows: number, channels: number): Float32Array {
  if (rows === 1) return values;
  if (rows === 0) return values.subarray(channels);
  const padded = new Float32Array(values.length + (rows - 1) * channels);
  padded.set(values.subarray(0, channels));
  padded.set(values.subarray(channels), rows * channels);
  return padded;
}
