/**
 * Low-rank terms of a linear site (LoRA, Hu et al., ICLR 2022): s B A x beside a frozen W x. A: [r,in] starts uniform in ±1/√in, which
 * is PyTorch's kaiming_uniform with a = √5; B: [out,r] starts at 0, so that training starts from the pretrained model.
 * Letters: S streams, B batch, L tokens, r rank, T tasks.
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import { type ParameterSpec, type ParameterStore, type Slot, zeros } from "../nn/parameters";
import type { LinearSite, MergedLinear } from "../nn/site";
import type { Weights } from "../nn/weights";
import { plainMerged } from "./plainLinear";

/** The names of one pair of factors. */
export interface FactorNames {
  readonly a: string;
  readonly b: string;
}

/** One pair, A: [r,in] and B: [out,r], or a stack of n pairs, [n,r,in] and [n,out,r]. */
export interface Factors {
  readonly a: Slot;
  readonly b: Slot;
}

const group = "method";

const specs = ({ inSize, outSize }: LinearSite, { a, b }: FactorNames, rank: number) =>
  [
    { name: a, shape: [rank, inSize], group, init: { kind: "uniform", bound: 1 / Math.sqrt(inSize) } },
    { name: b, shape: [outSize, rank], group, init: zeros },
  ] as const satisfies readonly ParameterSpec[];

/** One pair of factors for all that passes the site. */
export function declareFactors(store: ParameterStore, site: LinearSite, names: FactorNames, rank: number): Factors {
  const [a, b] = specs(site, names, rank);
  return { a: store.declare(a), b: store.declare(b) };
}

/** Pairs of one rank as a stack, which is read as a whole under the name of its first pair. */
export function declareFactorStack(
  store: ParameterStore,
  site: LinearSite,
  names: readonly FactorNames[],
  rank: number,
): Factors {
  const pairs = names.map((pair) => specs(site, pair, rank));
  return {
    a: store.declareStack(
      `${names[0]!.a}[${names.length}]`,
      pairs.map(([a]) => a),
    ),
    b: store.declareStack(
      `${names[0]!.b}[${names.length}]`,
      pairs.map(([, b]) => b),
    ),
  };
}

/** scale B A x; x: [S,B,L,in] → [S,B,L,out], the same pair for every stream. */
export function lowRank(f: Forward, x: Value, { a, b }: Factors, scale: number): Value {
  const inner = f.b.mul(f.b.matmul(x, f.value(a), false, true), scale);
  return f.b.matmul(inner, f.value(b), false, true);
}

/** scale B_n A_n x_n; x: [1,B,L,in] for all pairs of the stack, or [n,B,L,in] for each its own → [n,B,L,out]. */
export function lowRankStack(f: Forward, x: Value, { a, b }: Factors, scale: number): Value {
  const [streams, batch, tokens, width] = x.shape as [number, number, number, number];
  const rows = f.b.reshape(x, streams === 1 ? [batch * tokens, width] : [streams, batch * tokens, width]);
  const inner = f.b.mul(f.b.matmul(rows, f.value(a), false, true), scale);
  const y = f.b.matmul(inner, f.value(b), false, true);
  return f.b.reshape(y, [a.shape[0]!, batch, tokens, y.shape.at(-1)!]);
}

/** W + Σ scale B A over the terms, from the current weights, summed in float64; the bias is the site's own. */
export function mergedLowRank(
  weights: Weights,
  site: LinearSite,
  terms: readonly FactorNames[],
  scale: number,
): MergedLinear {
  const { weight, bias } = plainMerged(weights, site);
  const sum = Float64Array.from(weight);
  for (const names of terms) addProduct(sum, weights, names, site.inSize, scale);
  return { weight: Float32Array.from(sum), bias };
}

/** sum += scale B A, with sum: [out,in]. */
function addProduct(sum: Float64Array, weights: Weights, names: FactorNames, inSize: number, scale: number): void {
  const [a, b] = [weights.get(names.a), weights.get(names.b)];
  const rank = a.length / inSize;
  for (let i = 0; i < sum.length; i++) {
    const [row, column] = [Math.floor(i / inSize), i % inSize];
    let product = 0;
    for (let k = 0; k < rank; k++) product += b[row * rank + k]! * a[k * inSize + column]!;
    sum[i]! += scale * product;
  }
}

/** @throws where a rank is more than the site's matrix can have; `field` is the rank's place in the run's configuration. */
export function checkRank(field: string, rank: number, { label, inSize, outSize }: LinearSite): void {
  const largest = Math.min(inSize, outSize);
  if (rank > largest)
    throw new Error(
      `${field} is ${rank}, but ${label} is a ${outSize}×${inSize} matrix; allowed: 1 to ${largest}. ` +
        "Lower the rank or leave that layer out of method.settings.sites.",
    );
}

/** @throws where a backbone has none of the layers that a method was to adapt. */
export function checkAdapted(adapted: number, sites: readonly string[]): void {
  if (adapted === 0)
    throw new Error(
      `method.settings.sites is [${sites.join(", ")}], and this backbone has no such layer: nothing would be adapted. ` +
        "Name at least one of qkv, proj, fc1, fc2, or reduction on a backbone with patch merging.",
    );
}

/** The control of a rank. */
export const rankControl = {
  kind: "number",
  min: 1,
  max: 1024,
  step: 1,
  unit: "",
  logarithmic: true,
  integer: true,
} as const;
