import type { Graph, Node, Value } from "../../graph/node";

/** Who reads each value, in graph order; `kept` are the values that leave the graph. */
export interface Uses {
  readonly of: (v: Value) => readonly Node[];
  readonly kept: ReadonlySet<Value>;
}

export function usesOf(graph: Graph): Uses {
  const users = new Map<Value, Node[]>();
  for (const node of graph.nodes) for (const v of new Set(node.inputs)) users.set(v, [...(users.get(v) ?? []), node]);
  const kept = new Set([...graph.outputs.map((o) => o.value), ...graph.updates.map((u) => u.value)]);
  return { of: (v) => users.get(v) ?? [], kept };
}
