/** A graph on TensorFlow.js, each node from the numbers that the nodes before it gave. */
import type { Graph } from "../../graph/node";
import type { Feeds } from "../executor";
import { KnownValues } from "../knownValues";
import type { NodeValues } from "../trace";
import type { TfExecutor } from "./executor";

export async function* traceNodes(executor: TfExecutor, graph: Graph, feeds: Feeds): AsyncGenerator<NodeValues> {
  const known = await KnownValues.before(executor, graph, feeds);
  for (const node of graph.nodes) {
    if (node.op.kind === "leaf") continue;
    const outputs = await executor.evaluate(node, known.inputsOf(node));
    yield { node, outputs };
    known.add(node, outputs);
  }
  for (const [name, data] of known.updates()) executor.writeState(name, data);
}
