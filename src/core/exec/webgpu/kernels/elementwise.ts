/** Kernel rules of single elementwise primitives. Chains of them become one generated kernel, see fuseElementwise.ts. */
import { groupsFor, type KernelCall, type KernelRule } from "../../../graph/kernel";
import { sizeOf, type Value } from "../../../graph/node";
import { broadcastStrides, maxAxes, mergeAxes, numbered, padAxes } from "./axes";
import { binaryShader, selectShader, unaryShader } from "./shaders";

/** Order of the cases in unary.wgsl. */
const unaryNames = [
  "neg",
  "abs",
  "sign",
  "exp",
  "log",
  "log1p",
  "sqrt",
  "reciprocal",
  "erf",
  "tanh",
  "sigmoid",
  "relu",
];
/** Order of the cases in binary.wgsl. */
const binaryNames = ["add", "sub", "mul", "div", "maximum", "minimum", "greater", "equal"];

export const unaryKernel: KernelRule = (node) => {
  const [x] = node.inputs as [Value];
  const [y] = node.outputs as [Value];
  const size = sizeOf(y.shape);
  const quads = size % 4 === 0;
  const count = quads ? size / 4 : size;
  const overrides = { op: unaryNames.indexOf(node.op.name), count };
  const groups = groupsFor(Math.ceil(count / 64));
  return [{ shader: unaryShader, entry: quads ? "main4" : "main", overrides, reads: [x], writes: [y], groups }];
};

/** Sizes and strides of operands under an output, merged and padded to what the shaders index. */
function elementwiseAxes(out: Value, operands: readonly Value[]) {
  const strides = operands.map((v) => broadcastStrides(v.shape, out.shape));
  return padAxes(mergeAxes({ sizes: out.shape, strides }), maxAxes);
}

export const binaryKernel: KernelRule = (node) => {
  const [x, y] = node.inputs as [Value, Value];
  const [z] = node.outputs as [Value];
  const size = sizeOf(z.shape);
  const op = binaryNames.indexOf(node.op.name);
  const call = (entry: string, count: number, overrides: Record<string, number>): readonly KernelCall[] => [
    {
      shader: binaryShader,
      entry,
      overrides: { op, count, ...overrides },
      reads: [x, y],
      writes: [z],
      groups: groupsFor(Math.ceil(count / 64)),
    },
  ];
  const step = (v: Value): number => (sizeOf(v.shape) === size ? 1 : sizeOf(v.shape) === 1 ? 0 : -1);
  if (size % 4 === 0 && step(x) >= 0 && step(y) >= 0) {
    return call("main4", size / 4, { xStep: step(x), yStep: step(y) });
  }
  const { sizes, strides } = elementwiseAxes(z, [x, y]);
  const overrides = { ...numbered("size", sizes, 1), ...numbered("x", strides[0]!), ...numbered("y", strides[1]!) };
  return call("main", size, overrides);
};

export const selectKernel: KernelRule = (node) => {
  const [z] = node.outputs as [Value];
  const count = sizeOf(z.shape);
  const { sizes, strides } = elementwiseAxes(z, node.inputs);
  const overrides = {
    count,
    ...numbered("size", sizes, 1),
    ...numbered("c", strides[0]!),
    ...numbered("a", strides[1]!),
    ...numbered("b", strides[2]!),
  };
  const groups = groupsFor(Math.ceil(count / 64));
  return [{ shader: selectShader, entry: "main", overrides, reads: node.inputs, writes: [z], groups }];
};
