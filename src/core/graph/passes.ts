/** Passes over finished graphs: each takes a graph and returns a new one, equal in meaning. */
import { Builder } from "./builder";
import type { Graph, Node, Value } from "./node";
import { state as stateOp } from "./primitives";

/** Drops the nodes that no output and no update needs. */
export function removeDeadNodes(graph: Graph): Graph {
  const needed = new Set<Node>();
  const stack = [
    ...graph.outputs.map((o) => o.value.node),
    ...graph.updates.flatMap((u) => [u.value.node, u.target.node]),
  ];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    for (const v of node.inputs) stack.push(v.node);
  }
  return { ...graph, nodes: graph.nodes.filter((node) => needed.has(node)) };
}

/** What a rewrite puts in place of a node's outputs, or undefined to keep the node. */
export type Rewrite = (b: Builder, node: Node, inputs: readonly Value[]) => readonly Value[] | undefined;

/**
 * Rebuilds a graph node by node, replacing what `rewrite` replaces; equal nodes merge (common-subexpression elimination is
 * the builder's), dead ones go.
 */
export function rewriteGraph(graph: Graph, rewrite: Rewrite): Graph {
  const b = new Builder();
  const mapped = new Map<Value, Value>();
  const to = (v: Value): Value => {
    const w = mapped.get(v);
    if (!w)
      throw new Error(
        `A node reads a value of ${v.node.op.name} that comes later: the graph is not in topological order.`,
      );
    return w;
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(to);
    const outputs = b.scope(node.scope, () => rewrite(b, node, inputs) ?? b.apply(node.op, inputs, node.attrs));
    for (const [i, v] of node.outputs.entries()) mapped.set(v, outputs[i]!);
  }
  for (const { name, value } of graph.outputs) b.output(name, to(value));
  for (const { target, value } of graph.updates) b.update(to(target), to(value));
  return removeDeadNodes(b.build());
}

/** Replaces composites by their expansions, wholly, except those that `keep` keeps. */
export function expandComposites(graph: Graph, keep: (node: Node) => boolean = () => false): Graph {
  const isOpen = (node: Node): boolean => node.op.expand !== undefined && !keep(node);
  let result = graph;
  while (result.nodes.some(isOpen)) {
    result = rewriteGraph(result, (b, node, inputs) =>
      isOpen(node) ? node.op.expand!(b, inputs, node.attrs) : undefined,
    );
  }
  return removeDeadNodes(result);
}

/** The states that a graph reads or writes, by name. */
export function statesOf(graph: Graph): ReadonlyMap<string, Value> {
  const states = new Map<string, Value>();
  for (const node of graph.nodes) if (node.op === stateOp) states.set(String(node.attrs["name"]), node.outputs[0]!);
  return states;
}

/** For each node the values that no later one reads. */
export function lastReads(nodes: readonly Node[]): readonly (readonly Value[])[] {
  const last = new Map<Value, number>();
  for (const [at, node] of nodes.entries()) for (const v of [...node.inputs, ...node.outputs]) last.set(v, at);
  const ends = nodes.map((): Value[] => []);
  for (const [v, at] of last) ends[at]!.push(v);
  return ends;
}
