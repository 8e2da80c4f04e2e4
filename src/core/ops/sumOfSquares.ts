/** The sum of squares of all elements: the square of the gradient's global norm. */
import type { Builder } from "../graph/builder";
import { type OpDef, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";

/** x: [...] → [] */
export const sumOfSquaresDef = {
  name: "sumOfSquares",
  kind: "composite",
  infer: () => [[]],
  expand: (b, [x]) => [b.sum(b.mul(x!, x!))],
  // dx = 2 x dy
  vjp: (b, node, [dy]) => [dy && b.mul(node.inputs[0]!, b.mul(dy, 2))],
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
