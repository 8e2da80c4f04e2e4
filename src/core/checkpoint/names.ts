/**
 * The official repository's names for a model's parameters (DiTASK and MTLoRA share them), and the layouts that differ: convolutions
 * keep a kernel's sides there, and the patch embedding runs over (colour, row, column) there, over (row, column, colour) here.
 */
import { type Shape, sizeOf } from "../graph/node";
import type { Model } from "../model/model";
import type { Weights } from "../nn/weights";
import { patchOrder, reorder, restore } from "./layouts";

export { reorder } from "./layouts";

export interface ForeignTensor {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

interface Translation {
  readonly name: string;
  /** Shape there. */
  readonly shape: Shape;
  /** here[i] = there[order[i]]; absent where both run alike. */
  readonly order?: Int32Array;
}

export interface ImportReport {
  readonly loaded: readonly string[];
  /** Names (ours) that the file does not have; they kept their values. */
  readonly missing: readonly string[];
  /** Names (theirs) that the model has no place for. */
  readonly unknown: readonly string[];
}

/** Theirs for each of ours, parameters and running statistics. */
export function referenceNames(model: Model, weights: Weights): ReadonlyMap<string, Translation> {
  const adapted = new Set(model.backbone.sites.map(({ name }) => name).filter((site) => isAdapted(site, weights)));
  return new Map(weights.names.map((name) => [name, translate(name, weights.shape(name), adapted)]));
}

/** Whether a method added parameters of its own to a site: there the frozen layer is then wrapped as "linear". */
const isAdapted = (site: string, weights: Weights): boolean =>
  weights.names.some((name) => name.startsWith(`${site}.`) && !/^(weight|bias)$/.test(name.slice(site.length + 1)));

function translate(name: string, shape: Shape, adapted: ReadonlySet<string>): Translation {
  const site = /^(.*)\.(weight|bias)$/.exec(name);
  if (site && adapted.has(site[1]!)) return { name: `${site[1]}.linear.${site[2]}`, shape };
  const theta = /^(.*)\.theta\.(.*)$/.exec(name);
  if (theta) return { name: `${theta[1]}.lora_${theta[2] === "shared" ? "shared_A" : `tasks_A.${theta[2]}`}`, shape };
  if (name === "backbone.patch_embed.proj.weight") return patchEmbed(name, shape);
  const narrow = /^downsampler\.(.*)\.(\d+)\.weight$/.exec(name);
  if (narrow) return { name: `downsampler.${narrow[1]}.downsample_${narrow[2]}.weight`, shape: [...shape, 1, 1] };
  const head = /^head\.(.*)\.(mix|norm|last)\.(\w+)$/.exec(name);
  if (!head) return { name, shape };
  const layer = { mix: 0, norm: 1, last: 3 }[head[2] as "mix" | "norm" | "last"];
  const isKernel = head[3] === "weight" && layer !== 1;
  return {
    name: `decoders.decoders.${head[1]}.last_layer.${layer}.${head[3]}`,
    shape: isKernel ? [...shape, 1, 1] : shape,
  };
}

function patchEmbed(name: string, shape: Shape): Translation {
  const side = Math.sqrt(shape[1]! / 3);
  return { name, shape: [shape[0]!, 3, side, side], order: patchOrder(shape) };
}

/** Copies a reference state dict into `weights`. Task thetas of qkv and buffers, which reach no output, come back as unknown. */
export function importReference(
  model: Model,
  weights: Weights,
  tensors: ReadonlyMap<string, ForeignTensor>,
): ImportReport {
  const names = referenceNames(model, weights);
  const loaded: string[] = [];
  const missing: string[] = [];
  const known = new Set<string>();
  for (const [ours, { name, shape, order }] of names) {
    const tensor = tensors.get(name);
    known.add(name);
    if (!tensor) {
      missing.push(ours);
      continue;
    }
    if (sizeOf(tensor.shape) !== sizeOf(shape))
      throw new Error(`${name} is [${tensor.shape}] in the file, but this model needs [${shape}]: the sizes differ.`);
    weights.set(ours, reorder(tensor.data, order));
    loaded.push(ours);
  }
  return { loaded, missing, unknown: [...tensors.keys()].filter((name) => !known.has(name)) };
}

/** The model under the reference's names and shapes. */
export function exportReference(model: Model, weights: Weights): ReadonlyMap<string, ForeignTensor> {
  return new Map(
    [...referenceNames(model, weights)].map(([ours, { name, shape, order }]) => [
      name,
      { shape, data: restore(weights.get(ours), order) },
    ]),
  );
}
