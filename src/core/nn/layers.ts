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

/**
 * The pretrained weight and bias of a linear site. Every method declares them; one that reads the weight once, when a graph is built,
 * asks for it frozen.
 */
export function declareBaseLinear(store: ParameterStore, site: LinearSite, weightFrozen = false): BaseLinear {
  const { name, group, outSize, inSize } = site;
  const init = { kind: "normal", deviation: WEIGHT_DEVIATION } as const;
  const frozen = weightFrozen ? ({ frozen: true } as const) : {};
  return {
    weight: store.declare({ name: `${name}.weight`, shape: [outSize, inSize], group, init, ...frozen }),
    bias: site.hasBias ? store.declare({ name: `${name}.bias`, shape: [outSize], group, init: zeros }) : undefined,
  };
}

/** x + bias, where the site has one. */
export const addBias = (f: Forward, x: Value, { bias }: BaseLinear): Value => (bias ? f.b.add(x, f.value(bias)) : x);
