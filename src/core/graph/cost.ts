/** What a graph costs: floating-point operations and bytes, of a node and of all. */
import { type Graph, type Node, sizeOf } from "./node";

export const nodeFlops = (node: Node): number =>
  node.op.flops ? node.op.flops(node) : node.outputs.reduce((n, v) => n + sizeOf(v.shape), 0);

/** Bytes that a node's outputs occupy. */
const nodeBytes = (node: Node): number => node.outputs.reduce((n, v) => n + 4 * sizeOf(v.shape), 0);

export interface GraphTotals {
  readonly nodes: number;
  readonly flops: number;
  readonly bytes: number;
}

export function totals(graph: Graph): GraphTotals {
  return graph.nodes.reduce(
    (sum, node) => ({ nodes: sum.nodes + 1, flops: sum.flops + nodeFlops(node), bytes: sum.bytes + nodeBytes(node) }),
    { nodes: 0, flops: 0, bytes: 0 },
  );
}
