/** Rewrites that need no knowledge of kernels: what a number everywhere makes trivial, and moves that cancel. */
import type { Builder } from "../../graph/builder";
import { type Graph, type Node, sameShape, type Value } from "../../graph/node";
import { rewriteGraph } from "../../graph/passes";

/** The number of a `full`, undefined for other values. */
const numberOf = (v: Value | undefined): number | undefined =>
  v?.node.op.name === "full" ? (v.node.attrs as { value: number }).value : undefined;

type Fold = (x: number, y: number) => number;
const folds: Readonly<Record<string, Fold>> = {
  neg: (x) => -x,
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
};

const movesOnly = new Set(["reshape", "transpose", "broadcastTo", "slice"]);

/** x · 1, x / 1, x + 0 and x - 0 where the shape stays; never x · 0, which NaN outlives. */
function neutral(node: Node, [x, y]: readonly Value[]): Value | undefined {
  const { shape } = node.outputs[0]!;
  const keeps = (v: Value, other: Value, unit: number): boolean =>
    numberOf(other) === unit && sameShape(v.shape, shape);
  switch (node.op.name) {
    case "mul":
      return keeps(x!, y!, 1) ? x : keeps(y!, x!, 1) ? y : undefined;
    case "add":
      return keeps(x!, y!, 0) ? x : keeps(y!, x!, 0) ? y : undefined;
    case "div":
      return keeps(x!, y!, 1) ? x : undefined;
    case "sub":
      return keeps(x!, y!, 0) ? x : undefined;
    default:
      return undefined;
  }
}

function rewrite(b: Builder, node: Node, inputs: readonly Value[]): readonly Value[] | undefined {
  const { shape } = node.outputs[0] ?? { shape: [] };
  const numbers = inputs.map(numberOf);
  const isConstant = numbers.length > 0 && numbers.every((n) => n !== undefined);
  if (isConstant && movesOnly.has(node.op.name)) return [b.full(numbers[0]!, shape)];
  const fold = folds[node.op.name];
  if (isConstant && fold) return [b.full(Math.fround(fold(numbers[0]!, numbers[1] ?? 0)), shape)];
  if (node.op.name === "reshape" && inputs[0]!.node.op.name === "reshape")
    return [b.reshape(inputs[0]!.node.inputs[0]!, shape)];
  const same = neutral(node, inputs);
  return same && [same];
}

export const simplify = (graph: Graph): Graph => rewriteGraph(graph, rewrite);
