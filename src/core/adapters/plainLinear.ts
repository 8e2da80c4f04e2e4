import type { BaseLinear, LinearLayer } from "../nn/site";

/** y = x Wᵀ + b with the site's own weight: x: [S,B,L,in] → [S,B,L,out]. */
export const plainLinear =
  ({ weight, bias }: BaseLinear): LinearLayer =>
  (f, x) =>
    f.b.add(f.b.matmul(x, f.value(weight), false, true), f.value(bias));
