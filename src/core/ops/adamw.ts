/**
 * One AdamW step over a flat vector of all trained parameters (Loshchilov & Hutter, "Decoupled Weight Decay Regularization", 2019,
 * in PyTorch's order of operations).
 *
 * Letters: P parameters, G groups. Every parameter belongs to one group, which has a learning rate and a weight decay.
 */
import adamwWgsl from "../../../shaders/adamw.wgsl?raw";
import type { Builder } from "../graph/builder";
import { groupsFor } from "../graph/kernel";
import { type OpDef, sameShape, showShape, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";

export type AdamwAttrs = {
  /** The group of each parameter: [P], values below G. */
  readonly groupOf: Int32Array;
  /** G */
  readonly groups: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
};

export interface AdamwInputs {
  /** [P] */
  readonly parameters: Value;
  /** [P], before clipping. */
  readonly gradient: Value;
  /** [P] */
  readonly firstMoment: Value;
  /** [P] */
  readonly secondMoment: Value;
  /** [2,G]: learning rate, then weight decay, of each group. */
  readonly groupRates: Value;
  /** [2]: 1 where the step is skipped, else 0; what multiplies the gradient. See judgeStep. */
  readonly verdict: Value;
  /** [2]: 1 - beta1^t and 1 - beta2^t of step t = 1, 2, ... */
  readonly biasCorrections: Value;
}

/** In the order of AdamwInputs. */
type AdamwValues = readonly [Value, Value, Value, Value, Value, Value, Value];

function checkAdamw(inputs: readonly Value[], { groupOf, groups }: AdamwAttrs): void {
  const [parameters, gradient, first, second, rates, verdict, corrections] = inputs.map((v) => v.shape);
  const flat = [groupOf.length];
  for (const [name, shape, want] of [
    ["parameters", parameters, flat],
    ["gradient", gradient, flat],
    ["firstMoment", first, flat],
    ["secondMoment", second, flat],
    ["groupRates", rates, [2, groups]],
    ["verdict", verdict, [2]],
    ["biasCorrections", corrections, [2]],
  ] as const) {
    if (!sameShape(shape!, want)) throw new Error(`expects ${name} ${showShape(want)}; ${showShape(shape!)} came.`);
  }
}

const tables = new WeakMap<Int32Array, Uint32Array>();

/** What the kernel reads: the group of each parameter, four to a word. Kept, so that it is uploaded once. */
function packedGroups(groupOf: Int32Array): Uint32Array {
  const known = tables.get(groupOf);
  if (known) return known;
  const table = new Uint32Array(Math.ceil(groupOf.length / 4));
  new Uint8Array(table.buffer).set(groupOf);
  tables.set(groupOf, table);
  return table;
}

/**
 * With g = gradient verdict[1], η and λ of the parameter's group:
 *   m ← β1 m + (1-β1) g,  v ← β2 v + (1-β2) g²
 *   p ← p - η λ p - η (m / c1) / (sqrt(v / c2) + eps)
 * Where verdict[0] is 1, all three stay as they are: the expansion takes g and η for 0, β1 and β2 for 1, which moves nothing and reads the
 * gradient once.
 * Inputs in the order of AdamwInputs; outputs parameters, firstMoment, secondMoment, each [P].
 */
export const adamwDef = {
  name: "adamw",
  kind: "composite",
  infer: (inputs, attrs) => {
    checkAdamw(inputs, attrs);
    const shape = inputs[0]!.shape;
    return [shape, shape, shape];
  },
  expand: (b, inputs, { groupOf, groups, beta1, beta2, eps }) => {
    const [p, gradient, m, v, groupRates, verdict, corrections] = inputs as AdamwValues;
    const [skipped, scale] = [0, 1].map((i) => b.slice(verdict, [i], [1])) as [Value, Value];
    const [rates, decay] = [0, 1].map((i) => b.reshape(b.slice(groupRates, [i, 0], [1, groups]), [groups])) as [
      Value,
      Value,
    ];
    const g = b.select(skipped, 0, b.mul(gradient, scale));
    const kept = (beta: number): Value => b.select(skipped, 1, beta);
    const first = b.add(b.mul(m, kept(beta1)), b.mul(g, 1 - beta1));
    const second = b.add(b.mul(v, kept(beta2)), b.mul(b.mul(g, g), 1 - beta2));
    const mHat = b.div(first, b.slice(corrections, [0], [1]));
    const vHat = b.div(second, b.slice(corrections, [1], [1]));
    const rate = b.select(skipped, 0, rates);
    const step = b.mul(b.gather(rate, groupOf), b.div(mHat, b.add(b.sqrt(vHat), eps)));
    const shrunk = b.sub(p, b.mul(p, b.gather(b.mul(rate, decay), groupOf)));
    return [b.sub(shrunk, step), first, second];
  },
  kernel: (node) => {
    const { groupOf, groups, beta1, beta2, eps } = node.attrs;
    if (groups > 256) return null;
    const [, gradient, , , groupRates, verdict, biasCorrections] = node.inputs as AdamwValues;
    return [
      {
        shader: { name: "adamw", code: adamwWgsl },
        entry: "main",
        overrides: {
          size: groupOf.length,
          groups,
          beta1,
          beta2,
          rest1: 1 - beta1,
          rest2: 1 - beta2,
          epsilon: eps,
        },
        reads: [gradient, groupRates, verdict, biasCorrections, { table: packedGroups(groupOf) }],
        writes: node.outputs,
        groups: groupsFor(Math.ceil(groupOf.length / 256)),
      },
    ];
  },
  inPlace: { 0: 0, 1: 2, 2: 3 },
  flops: (node) => 16 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<AdamwAttrs>;

export function adamw(
  b: Builder,
  inputs: AdamwInputs,
  attrs: AdamwAttrs,
): { readonly parameters: Value; readonly firstMoment: Value; readonly secondMoment: Value } {
  const { parameters, gradient, firstMoment, secondMoment, groupRates, verdict, biasCorrections } = inputs;
  const [p, m, v] = b.apply(
    adamwDef,
    [parameters, gradient, firstMoment, secondMoment, groupRates, verdict, biasCorrections],
    attrs,
  );
  return { parameters: p!, firstMoment: m!, secondMoment: v! };
}

const adamwCase = (name: string, size: number, decay: readonly number[], skipped = false): OpCases[number] => ({
  name,
  inputs: [
    { shape: [size] },
    { shape: [size], ...(skipped ? { data: { values: new Array<number>(size).fill(Number.NaN) } } : {}) },
    { shape: [size] },
    { shape: [size], data: "positive" },
    { shape: [2, decay.length], data: { values: [...decay.map((_, i) => 0.7 / (i + 1)), ...decay] } },
    { shape: [2], data: { values: [skipped ? 1 : 0, 0.4] } },
    { shape: [2], data: { values: [0.271, 0.002997001] } },
  ],
  build: (b, inputs) => {
    const attrs = {
      groupOf: Int32Array.from({ length: size }, (_, i) => (i * 7) % decay.length),
      groups: decay.length,
      ...{ beta1: 0.8, beta2: 0.98, eps: 1e-6 },
    };
    return b.apply(adamwDef, inputs, attrs);
  },
  wrt: [],
});

export const adamwCases: OpCases = [
  adamwCase("one parameter", 1, [0.05]),
  adamwCase("odd size, two groups", 37, [0.05, 0]),
  adamwCase("more parameters than a workgroup, three groups", 515, [0.05, 0, 0.1]),
  adamwCase("a skipped step, whose gradient is no number", 37, [0.05, 0], true),
];
