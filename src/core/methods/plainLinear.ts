import { addBias } from "../nn/layers";
import type { BaseLinear, LinearLayer, LinearSite, MergedLinear } from "../nn/site";
import type { Weights } from "../nn/weights";

/** y = x Wᵀ + b with the site's own weight: x: [S,B,L,in] → [S,B,L,out]. */
export const plainLinear =
  (base: BaseLinear): LinearLayer =>
  (f, x) =>
    addBias(f, f.b.matmul(x, f.value(base.weight), false, true), base);

/** A site's own weight and bias, whether they train or not. */
export const plainMerged = (weights: Weights, { name, hasBias }: LinearSite): MergedLinear => ({
  weight: weights.get(`${name}.weight`),
  bias: hasBias ? weights.get(`${name}.bias`) : undefined,
});
