/** Layers that backbones share. A layer is declared once, against the store, and returns the function that writes its nodes. */
import type { Value } from "../graph/node";
import { layerNorm } from "../ops/layerNorm";
import type { Forward } from "./forward";
import { ones, type ParameterGroup, type ParameterStore, zeros } from "./parameters";
import type { BaseLinear, LinearSite } from "./site";

export type Layer = (f: Forward, x: Value) => Value;

/** Swin's and ViT's initial deviation of weights (they truncate the normal at ±2, which changes nothing that matters). */
export const WEIGHT_DEVIATION = 0.02;

/** Layer norm over the last axis, `width` wide. */
export function declareLayerNorm(
  store: ParameterStore,
  name: string,
  width: number,
  group: ParameterGroup = "norm",
  eps = 1e-5,
): Layer {
  const shape = [width];
  const gamma = store.declare({ name: `${name}.weight`, shape, group, init: ones });
  const beta = store.declare({ name: `${name}.bias`, shape, group, init: zeros });
  return (f, x) => layerNorm(f.b, x, f.value(gamma), f.value(beta), eps);
}

/** y = x Wᵀ (+ b); x: [...,in], W: [out,in]. */
export function declareLinear(
  store: ParameterStore,
  name: string,
  inSize: number,
  outSize: number,
  { group, bias }: { group: ParameterGroup; bias: boolean },
): Layer {
  const weight = store.declare({
    name: `${name}.weight`,
    shape: [outSize, inSize],
    group,
    init: { kind: "normal", deviation: WEIGHT_DEVIATION },
  });
  const offset = bias ? store.declare({ name: `${name}.bias`, shape: [outSize], group, init: zeros }) : undefined;
  return (f, x) => {
    const product = f.b.matmul(x, f.value(weight), false, true);
    return offset ? f.b.add(product, f.value(offset)) : product;
  };
}

/** The pretrained weight and bias of a linear site. Every method declares them, most keep them frozen. */
export function declareBaseLinear(store: ParameterStore, site: LinearSite): BaseLinear {
  const group = "linear";
  const shape = [site.outSize, site.inSize];
  const init = { kind: "normal", deviation: WEIGHT_DEVIATION } as const;
  return {
    weight: store.declare({ name: `${site.name}.weight`, shape, group, init }),
    bias: store.declare({ name: `${site.name}.bias`, shape: [site.outSize], group, init: zeros }),
  };
}
