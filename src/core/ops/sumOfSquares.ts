/** The sum of squares of all elements: the square of the gradient's global norm. */
import squaresWgsl from "../../../shaders/sumOfSquares.wgsl?raw";
import type { Builder } from "../graph/builder";
import { type OpDef, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";
import { sumInTwoStages } from "./lossKernels";

const shader = { name: "sumOfSquares", code: squaresWgsl };

/** x: [...] → [] */
export const sumOfSquaresDef = {
  name: "sumOfSquares",
  kind: "composite",
  infer: () => [[]],
  expand: (b, [x]) => [b.sum(b.mul(x!, x!))],
  // dx = 2 x dy
  vjp: (b, node, [dy]) => [dy && b.mul(node.inputs[0]!, b.mul(dy, 2))],
  kernel: (node) => {
    const size = sizeOf(node.inputs[0]!.shape);
    return sumInTwoStages(
      { shader, overrides: { size }, reads: node.inputs, items: size, terms: 1, flops: 2 * size },
      { entry: "oneTotal", writes: node.outputs },
    );
  },
  flops: (node) => 2 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<Record<string, never>>;

/** x: any shape → []. */
export const sumOfSquares = (b: Builder, x: Value): Value => b.one(sumOfSquaresDef, [x], {});

const squaresCase = (name: string, shape: readonly number[]): OpCases[number] => ({
  name,
  inputs: [{ shape }],
  build: (b, [x]) => [sumOfSquares(b, x!)],
  wrt: [0],
});

export const sumOfSquaresCases: OpCases = [
  squaresCase("one number", [1]),
  squaresCase("a scalar", []),
  squaresCase("a small matrix", [3, 5]),
  squaresCase("more than a workgroup", [1031]),
];
