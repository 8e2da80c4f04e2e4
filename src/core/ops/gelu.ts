/** GELU (Hendrycks and Gimpel 2016) in its exact form, x Φ(x) with Φ the normal distribution function; not the tanh approximation. */
import geluWgsl from "../../../shaders/gelu.wgsl?raw";
import geluGradWgsl from "../../../shaders/geluGrad.wgsl?raw";
import geluMath from "../../../shaders/geluMath.wgsl?raw";
import type { Builder } from "../graph/builder";
import { groupsFor, type KernelRule } from "../graph/kernel";
import { type OpDef, sameShape, showShape, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";

type NoAttrs = Record<string, never>;

/** Φ(x) = (1 + erf(x/√2)) / 2. */
const normalDistribution = (b: Builder, x: Value): Value => b.mul(b.add(b.erf(b.mul(x, Math.SQRT1_2)), 1), 0.5);

/** One kernel over all numbers, by fours where the size allows. */
const elementwise =
  (name: string, code: string): KernelRule<NoAttrs> =>
  (node) => {
    const size = sizeOf(node.outputs[0]!.shape);
    const width = size % 4 === 0 ? 4 : 1;
    return [
      {
        shader: { name, code: `${geluMath}\n${code}` },
        entry: `by${width}`,
        overrides: { size },
        reads: node.inputs,
        writes: node.outputs,
        groups: groupsFor(Math.ceil(size / width / 64)),
      },
    ];
  };

/** (x, dy) → dx, all of one shape. */
export const geluGradDef = {
  name: "geluGrad",
  kind: "composite",
  infer: ([x, dy]) => {
    if (!sameShape(x!.shape, dy!.shape))
      throw new Error(`dy must be ${showShape(x!.shape)} as x is; ${showShape(dy!.shape)} came.`);
    return [x!.shape];
  },
  // dx = dy (Φ(x) + x φ(x)), φ(x) = exp(-x²/2) / √(2π)
  expand: (b, inputs) => {
    const [x, dy] = inputs as [Value, Value];
    const density = b.mul(b.exp(b.mul(b.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [b.mul(dy, b.add(normalDistribution(b, x), b.mul(x, density)))];
  },
  kernel: elementwise("geluGrad", geluGradWgsl),
  flops: (node) => 20 * sizeOf(node.outputs[0]!.shape),
} as const satisfies OpDef<NoAttrs>;

/** Elementwise, any shape. */
export const geluDef = {
  name: "gelu",
  kind: "composite",
  infer: ([x]) => [x!.shape],
  vjp: (b, node, [dy]) => [dy && b.one(geluGradDef, [node.inputs[0]!, dy], {})],
  expand: (b, [x]) => [b.mul(x!, normalDistribution(b, x!))],
  kernel: elementwise("gelu", geluWgsl),
  flops: (node) => 15 * sizeOf(node.outputs[0]!.shape),
} as const satisfies OpDef<NoAttrs>;

/** x Φ(x), elementwise. */
export function gelu(b: Builder, x: Value): Value {
  return b.one(geluDef, [x], {});
}

const shapes = { typical: [2, 3, 16], "not a multiple of 4": [7, 5], "one number": [1], scalar: [] };

export const geluCases: OpCases = Object.entries(shapes).map(([name, shape]) => ({
  name,
  inputs: [{ shape }],
  build: (b, [x]) => [gelu(b, x!)],
  wrt: [0],
}));
