import type { Graph, Value } from "../../src/core/graph/node";
import { state as stateOp } from "../../src/core/graph/primitives";

/** The states that a graph reads or writes, by name. */
export function statesOf(graph: Graph): ReadonlyMap<string, Value> {
  const states = new Map<string, Value>();
  for (const node of graph.nodes) if (node.op === stateOp) states.set(String(node.attrs["name"]), node.outputs[0]!);
  return states;
}
