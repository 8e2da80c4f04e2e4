/**
 * Compacter (Karimi Mahabadi et al., "Compacter: Efficient Low-Rank Hypercomplex Adapter Layers", NeurIPS 2021): bottleneck adapters
 * whose matrices are sums of n Kronecker products, W = Σ A_i ⊗ (s_i t_iᵀ), with A_i: [n,n] shared by all maps of the model. Compacter++
 * stands behind the MLP alone: `sites` without the attention. Layer norms train too, as in the paper.
 *
 * Where we differ: the start. A is normal with deviation 1/√n, s and t with 0.1, so that W starts as wide as a bottleneck adapter's; s
 * of the map up starts at 0, so that training starts from the pretrained model exactly. A bottleneck is rounded up to a multiple of n.
 *
 * The multi-task comparison's rows (MTLoRA, Agiza et al., CVPR 2024, Table 1, taken from Polyhistor, Liu et al., NeurIPS 2022: 2.78 M
 * and 2.66 M on Swin-T, decoders included) say nothing of n, the bottleneck or sharing. Read as in bottleneck.ts, with decoders of
 * 2.5465 M and one set a task, they leave 0.228 to 0.239 M and 0.108 to 0.119 M. One set with rho = 4 has 16,560 numbers for Compacter++ beside
 * its A; with shared A four of them are 0.066 M: too few. With an A of their own for each map (`rule`) and n = 8 they are
 * 4 × (16,560 + 24 · 512) = 115,392, and 230,784 for Compacter: both rows to the printed digits (2.66 M, 2.78 M), without norms. That
 * n and that sharing are inferred; other choices (two terms s tᵀ a product with n = 4: 116,544 and 233,088) fit as well.
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import type { Init, ParameterSpec, ParameterStore, Slot } from "../nn/parameters";
import { zeros } from "../nn/parameters";
import type { LinearSite } from "../nn/site";
import {
  BottleneckAdapter,
  type BottleneckSettings,
  bottleneckSettings,
  bottleneckWidth,
  type MapRule,
} from "./bottleneckSites";
import { isDecoder, type MethodDef, unfreezeNone } from "./method";
import { moduleRates } from "./rates";
import { streamsSetting } from "./streams";

export interface CompacterSettings extends BottleneckSettings {
  /** n: Kronecker products of a matrix, and the side of each A_i. */
  readonly products: number;
  /** "shared": one A for all maps of the model, as published; "own": one a map. */
  readonly rule: "shared" | "own";
}

/** Deviation of s and t: their products start as wide as a bottleneck adapter's weights. */
const FACTOR_DEVIATION = 0.1;

/** Maps W: [out,in] held as A: [n,n,n], s: [n,out/n] and t: [n,in/n]. */
class KroneckerRule implements MapRule {
  private sharedRule: Slot | undefined;

  constructor(private readonly settings: CompacterSettings) {}

  bottleneck(site: LinearSite): number {
    const { products, reduction } = this.settings;
    if (site.outSize % products !== 0)
      throw new Error(
        `method.settings.products is ${products}, which does not divide the ${site.outSize} channels of ${site.label}; ` +
          `allowed: a divisor of ${site.outSize}.`,
      );
    return bottleneckWidth(site, reduction, products);
  }

  weight(
    store: ParameterStore,
    names: readonly string[],
    { inSize, outSize }: { readonly inSize: number; readonly outSize: number },
    zero: boolean,
  ) {
    const n = this.settings.products;
    const factor = { kind: "normal", deviation: FACTOR_DEVIATION } as const;
    const rule = this.declareRule(store, names);
    const s = stack(store, names, "s", [n, outSize / n], zero ? zeros : factor);
    const t = stack(store, names, "t", [n, inSize / n], factor);
    return (f: Forward) => kroneckerSum(f, f.value(rule), f.value(s), f.value(t));
  }

  /** A: [n,n,n] for all, or [A,n,n,n] for as many names. */
  private declareRule(store: ParameterStore, names: readonly string[]): Slot {
    const n = this.settings.products;
    const init = { kind: "normal", deviation: 1 / Math.sqrt(n) } as const;
    if (this.settings.rule === "own") return stack(store, names, "A", [n, n, n], init);
    this.sharedRule ??= store.declare({ name: "compacter.A", shape: [n, n, n], group: "method", init });
    return this.sharedRule;
  }
}

const stack = (
  store: ParameterStore,
  names: readonly string[],
  word: string,
  shape: readonly number[],
  init: Init,
): Slot =>
  store.declareStack(
    `${names[0]!}.${word}`,
    names.map((name): ParameterSpec => ({ name: `${name}.${word}`, shape, group: "method", init })),
  );

/**
 * Σ_i A_i ⊗ (s_i t_iᵀ): entry (a p + x, b q + y) is Σ_i A_i[a,b] s_i[x] t_i[y].
 * A: [n,n,n] or [S,n,n,n], s: [S,n,p], t: [S,n,q] → [S,n*p,n*q].
 */
function kroneckerSum({ b }: Forward, rule: Value, s: Value, t: Value): Value {
  const [streams, n, p] = s.shape as [number, number, number];
  const q = t.shape[2]!;
  const products = b.mul(b.reshape(s, [streams, n, p, 1]), b.reshape(t, [streams, n, 1, q]));
  const flatRule = b.reshape(rule, rule.shape.length === 3 ? [n, n * n] : [streams, n, n * n]);
  const sums = b.matmul(flatRule, b.reshape(products, [streams, n, p * q]), true, false);
  const blocks = b.transpose(b.reshape(sums, [streams, n, n, p, q]), [0, 1, 3, 2, 4]);
  return b.reshape(blocks, [streams, n * p, n * q]);
}

export const compacter: MethodDef<CompacterSettings> = {
  id: "compacter",
  label: "Compacter",
  about:
    "Bottleneck adapters of some hundred parameters each: their matrices are sums of Kronecker products. Published comparisons leave their sizes open.",
  family: "Modules and tokens",
  source: "Karimi Mahabadi et al., NeurIPS 2021",
  defaults: { products: 4, reduction: 4, rule: "shared", streams: "shared", sites: ["proj", "fc2"] },
  settings: [
    {
      key: "products",
      kind: "number",
      label: "Products",
      help: "How many products make up a matrix. n Kronecker products; n has to divide the width of every adapted layer.",
      min: 1,
      max: 32,
      step: 1,
      unit: "",
      logarithmic: false,
      integer: true,
    },
    bottleneckSettings.reduction,
    {
      key: "rule",
      kind: "choice",
      label: "Small factors",
      help: "Whether all layers share the small factors of the products. The published comparison does not say; its counts fit the second.",
      advanced: true,
      choices: [
        { id: "shared", label: "shared by layers", help: "As in the paper. n³ parameters in all." },
        { id: "own", label: "one per layer", help: "Every layer has its own. n³ parameters for every matrix." },
      ],
    },
    streamsSetting("adapters"),
    bottleneckSettings.sites,
  ],
  unfreeze: { ...unfreezeNone, norms: true },
  rates: moduleRates,
  trains: ({ group }) => group === "method" || isDecoder(group),
  create: (settings) => new BottleneckAdapter(settings, new KroneckerRule(settings), "compacter"),
};
