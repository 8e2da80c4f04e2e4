/** A run of a plan seen node by node: what each node of the plan really computed, where the plan keeps it. */
import type { Graph, Value } from "../graph/node";
import { removeDeadNodes } from "../graph/passes";
import type { Executor, Feeds, NodeValues, Plan, Trace } from "./executor";

/** The most that all values of a graph may hold where they have to be outputs of one run. */
const MOST_BYTES = 2 ** 30;

/** Traces one run of `plan`. A plan that cannot be traced is compiled once more, with every value an output. */
export function traceRun(executor: Executor, plan: Plan, feeds: Feeds): Trace {
  if (plan.trace) return plan.trace(feeds);
  const graph = removeDeadNodes(plan.graph);
  return { graph, nodes: throughOutputs(executor, graph, feeds) };
}

const nameOf = (v: Value): string => `value ${v.id}`;

async function* throughOutputs(executor: Executor, graph: Graph, feeds: Feeds): AsyncGenerator<NodeValues> {
  const nodes = graph.nodes.filter((node) => node.op.kind !== "leaf");
  const values = nodes.flatMap((node) => node.outputs);
  const bytes = values.reduce((sum, { shape }) => sum + 4 * shape.reduce((n, d) => n * d, 1), 0);
  if (bytes > MOST_BYTES)
    throw new Error(
      `Every value of this step would be held at once on ${executor.description}, ${Math.ceil(bytes / 2 ** 20)} MiB; at most ${MOST_BYTES / 2 ** 20} MiB can be. ` +
        `Choose smaller images, or a device that keeps its values at hand: webgpu, tf-webgpu or tf.`,
    );
  const all = { ...graph, outputs: values.map((value) => ({ name: nameOf(value), value })) };
  const plan = await executor.compile(all, "every value");
  try {
    const found = await plan.run(feeds);
    for (const node of nodes) yield { node, outputs: node.outputs.map((v) => found[nameOf(v)]) };
  } finally {
    plan.dispose();
  }
}
