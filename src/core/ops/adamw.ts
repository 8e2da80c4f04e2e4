/**
 * One AdamW step over a flat vector of all trained parameters (Loshchilov & Hutter, "Decoupled Weight Decay Regularization", 2019,
 * in PyTorch's order of operations).
 *
 * Letters: P parameters, G groups. Every parameter belongs to one group, which has a learning rate (fed at every step) and a decay.
 */
import adamwWgsl from "../../../shaders/adamw.wgsl?raw";
import type { Builder } from "../graph/builder";
import { groupsFor } from "../graph/kernel";
import { type OpDef, sameShape, showShape, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";

export type AdamwAttrs = {
  /** The group of each parameter: [P], values below G. */
  readonly groupOf: Int32Array;
  /** Weight decay of each group: [G]. */
  readonly decay: readonly number[];
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
  /** [G] */
  readonly learningRates: Value;
  /** [], multiplies the gradient. */
  readonly clipScale: Value;
  /** [2]: 1 - beta1^t and 1 - beta2^t of step t = 1, 2, ... */
  readonly biasCorrections: Value;
}

function checkAdamw(inputs: readonly Value[], { groupOf, decay }: AdamwAttrs): void {
  const [parameters, gradient, first, second, rates, clip, corrections] = inputs.map((v) => v.shape);
  const flat = [groupOf.length];
  for (const [name, shape, want] of [
    ["parameters", parameters, flat],
    ["gradient", gradient, flat],
    ["firstMoment", first, flat],
    ["secondMoment", second, flat],
    ["learningRates", rates, [decay.length]],
    ["clipScale", clip, []],
    ["biasCorrections", corrections, [2]],
  ] as const) {
    if (!sameShape(shape!, want)) throw new Error(`expects ${name} ${showShape(want)}; ${showShape(shape!)} came.`);
  }
}

const tables = new WeakMap<Int32Array, { readonly key: string; readonly table: Uint32Array }>();

/** What the kernel reads: the bits of the decays [G], then the group of each parameter, four to a word. StoredIdentity, so that it is uploaded once. */
function packedTable({ groupOf, decay }: AdamwAttrs): Uint32Array {
  const key = decay.join();
  const known = tables.get(groupOf);
  if (known?.key === key) return known.table;
  const table = new Uint32Array(decay.length + Math.ceil(groupOf.length / 4));
  table.set(new Uint32Array(Float32Array.from(decay).buffer));
  new Uint8Array(table.buffer, 4 * decay.length).set(groupOf);
  tables.set(groupOf, { key, table });
  return table;
}

/**
 * With g = gradient clipScale, η and λ of the parameter's group:
 *   m ← β1 m + (1-β1) g,  v ← β2 v + (1-β2) g²
 *   p ← p - η λ p - η (m / c1) / (sqrt(v / c2) + eps)
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
  expand: (b, inputs, { groupOf, decay, beta1, beta2, eps }) => {
    const [p, gradient, m, v, rates, clip, corrections] = inputs as [Value, Value, Value, Value, Value, Value, Value];
    const g = b.mul(gradient, clip);
    const first = b.add(b.mul(m, beta1), b.mul(g, 1 - beta1));
    const second = b.add(b.mul(v, beta2), b.mul(b.mul(g, g), 1 - beta2));
    const mHat = b.div(first, b.slice(corrections, [0], [1]));
    const vHat = b.div(second, b.slice(corrections, [1], [1]));
    const step = b.mul(b.gather(rates, groupOf), b.div(mHat, b.add(b.sqrt(vHat), eps)));
    const shrink = b.mul(rates, b.constant(Float32Array.from(decay), [decay.length], "decay"));
    const kept = b.sub(p, b.mul(p, b.gather(shrink, groupOf)));
    return [b.sub(kept, step), first, second];
  },
  kernel: (node) => {
    const { groupOf, decay, beta1, beta2, eps } = node.attrs;
    if (decay.length > 256) return null;
    const [, gradient, , , learningRates, clipScale, biasCorrections] = node.inputs as readonly Value[];
    return [
      {
        shader: { name: "adamw", code: adamwWgsl },
        entry: "main",
        overrides: {
          size: groupOf.length,
          groups: decay.length,
          beta1,
          beta2,
          rest1: 1 - beta1,
          rest2: 1 - beta2,
          epsilon: eps,
        },
        reads: [gradient!, learningRates!, clipScale!, biasCorrections!, { table: packedTable(node.attrs) }],
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
  const { parameters, gradient, firstMoment, secondMoment, learningRates, clipScale, biasCorrections } = inputs;
  const [p, m, v] = b.apply(
    adamwDef,
    [parameters, gradient, firstMoment, secondMoment, learningRates, clipScale, biasCorrections],
    attrs,
  );
  return { parameters: p!, firstMoment: m!, secondMoment: v! };
}

const adamwCase = (name: string, size: number, decay: readonly number[]): OpCases[number] => ({
  name,
  inputs: [
    { shape: [size] },
    { shape: [size] },
    { shape: [size] },
    { shape: [size], data: "positive" },
    { shape: [decay.length], data: "unit" },
    { shape: [], data: "unit" },
    { shape: [2], data: { values: [0.271, 0.002997001] } },
  ],
  build: (b, inputs) => {
    const [parameters, gradient, firstMoment, secondMoment, learningRates, clipScale, biasCorrections] = inputs as [
      Value,
      Value,
      Value,
      Value,
      Value,
      Value,
      Value,
    ];
    const next = adamw(
      b,
      { parameters, gradient, firstMoment, secondMoment, learningRates, clipScale, biasCorrections },
      {
        groupOf: Int32Array.from({ length: size }, (_, i) => (i * 7) % decay.length),
        decay,
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
      },
    );
    return [next.parameters, next.firstMoment, next.secondMoment];
  },
  wrt: [],
});

export const adamwCases: OpCases = [
  adamwCase("one parameter", 1, [0.05]),
  adamwCase("odd size, two groups", 37, [0.05, 0]),
  adamwCase("more parameters than a workgroup, three groups", 515, [0.05, 0, 0.1]),
];
