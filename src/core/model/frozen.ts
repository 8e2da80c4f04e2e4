/**
 * A trained model without anything that trains: for use elsewhere, where there is no optimiser and no step. Its numbers are copies.
 * Letters: S streams of a site, B batch, L tokens.
 */

import type { Value } from "../graph/node";
import type { Method, MethodDef } from "../methods/method";
import { plainMethod } from "../methods/method";
import { plainLinear } from "../methods/plainLinear";
import { methods } from "../methods/registry";
import { declareBaseLinear } from "../nn/layers";
import { type ParameterStore, zeros } from "../nn/parameters";
import type { LinearLayer, LinearSite } from "../nn/site";
import { Weights } from "../nn/weights";
import { buildModel, type Model, type ModelSpec } from "./model";

export interface FrozenModel {
  readonly model: Model;
  readonly weights: Weights;
}

const untrained = ({ train: _, ...spec }: ModelSpec): ModelSpec => spec;

/** The same method on the same backbone; all parameters are constants of its graphs. */
export function frozenModel({ spec }: Model, weights: Weights): FrozenModel {
  const def = methods[spec.method.id] as MethodDef<object>;
  const model = buildModel(untrained(spec), { ...def, trains: () => false, unfreeze: null });
  const copy = new Weights(model.layout);
  for (const name of copy.names) copy.set(name, weights.get(name));
  for (const [site, spectrum] of weights.spectra) copy.spectra.set(site, spectrum);
  return { model, weights: copy };
}

/**
 * What the method learned, merged into the weights of its sites: one plain linear map a stream.
 * @throws where a site is no linear map, or where the method changes more than sites.
 */
export function mergedModel({ spec, method, backbone }: Model, weights: Weights): FrozenModel {
  if (method.prompts)
    throw new Error(
      `${spec.method.id} cannot be merged: it puts learned tokens before the blocks. Export the adapter or ONNX instead.`,
    );
  const def: MethodDef<object> = {
    ...(methods[spec.method.id] as MethodDef<object>),
    trains: () => false,
    unfreeze: null,
    create: () => ({
      ...plainMethod({ linear: declareMerged, merged: () => undefined }),
      taskStreams: method.taskStreams,
      keepDeadStream: method.keepDeadStream,
    }),
  };
  const model = buildModel(untrained(spec), def);
  const copy = new Weights(model.layout);
  for (const name of copy.names) if (weights.has(name)) copy.set(name, weights.get(name));
  for (const site of backbone.sites) setMerged(copy, method, weights, site);
  return { model, weights: copy };
}

const streamNames = ({ output }: LinearSite): readonly string[] => [
  ...(output.shared ? ["shared"] : []),
  ...output.tasks,
];

/** Where there is one stream, the site's own name; else one a stream. */
const nameAt = (site: LinearSite, stream: string): string =>
  streamNames(site).length === 1 ? site.name : `${site.name}.${stream}`;

function setMerged(into: Weights, method: Method, weights: Weights, site: LinearSite): void {
  for (const stream of streamNames(site)) {
    const linear = method.merged(weights, site, stream);
    if (!linear)
      throw new Error(
        `${site.label} cannot be merged: what the method learned there is no linear map for "${stream}". Export the adapter or ONNX instead.`,
      );
    into.set(`${nameAt(site, stream)}.weight`, linear.weight);
    if (linear.bias) into.set(`${nameAt(site, stream)}.bias`, linear.bias);
  }
}

/** One weight for all streams, or one a stream. x: [S or 1,B,L,in] → [S,B,L,out]. */
function declareMerged(store: ParameterStore, site: LinearSite): LinearLayer {
  const names = streamNames(site);
  if (names.length === 1) return plainLinear(declareBaseLinear(store, site));
  const { name, group, inSize, outSize } = site;
  const stack = (part: string, shape: readonly number[]) =>
    store.declareStack(
      `${name}.merged.${part}`,
      names.map((stream) => ({ name: `${nameAt(site, stream)}.${part}`, shape, group, init: zeros })),
    );
  const weight = stack("weight", [outSize, inSize]);
  const bias = site.hasBias ? stack("bias", [outSize]) : undefined;
  return (f, x): Value => {
    const { b } = f;
    const [streams, batch, tokens] = x.shape as [number, number, number, number];
    const rows = b.reshape(x, streams === 1 ? [batch * tokens, inSize] : [streams, batch * tokens, inSize]);
    const product = b.matmul(rows, f.value(weight), false, true);
    const moved = bias ? b.add(product, b.reshape(f.value(bias), [names.length, 1, outSize])) : product;
    return b.reshape(moved, [names.length, batch, tokens, outSize]);
  };
}
