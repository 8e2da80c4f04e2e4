/** A graph on TensorFlow.js, each node from the numbers that the nodes before it gave. */
import type { Graph, Node } from "../../graph/node";
import type { Executor, Feeds, NodeValues } from "../executor";
import { KnownValues } from "../knownValues";

/** What computes single nodes. */
interface NodeByNode extends Pick<Executor, "readState" | "writeState"> {
  evaluate(node: Node, inputs: readonly Float32Array[]): Promise<readonly Float32Array[]>;
}

export async function* traceNodes(executor: NodeByNode, graph: Graph, feeds: Feeds): AsyncGenerator<NodeValues> {
  const known = await KnownValues.before(executor, graph, feeds);
  for (const node of graph.nodes) {
    if (node.op.kind === "leaf") continue;
    const outputs = await executor.evaluate(node, known.inputsOf(node));
    yield { node, outputs };
    known.add(node, outputs);
  }
  for (const [name, data] of known.updates()) executor.writeState(name, data);
}
