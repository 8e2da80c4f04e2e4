/** Passes over derivatives: what nobody reads is not computed, and gradients around a norm are added where the one through it is. */
import { type Graph, type Node, sameShape, type Value } from "../../graph/node";
import { rewriteGraph } from "../../graph/passes";
import { layerNormGradDef } from "../../ops/layerNorm";
import { windowAttentionGradDef } from "../../ops/windowAttention";
import { usesOf } from "./uses";

/** Gradients of frozen norms and position biases are outputs that nobody reads: kernels without them do less. */
export function dropUnusedGradients(graph: Graph): Graph {
  const uses = usesOf(graph);
  const unread = (node: Node): boolean =>
    node.outputs.slice(1).every((v) => uses.of(v).length === 0 && !uses.kept.has(v));
  return rewriteGraph(graph, (b, node, inputs) => {
    if (node.outputs.length === 1 || !unread(node)) return undefined;
    if (node.op === layerNormGradDef) return b.apply(node.op, inputs, { ...node.attrs, parameters: false });
    if (node.op === windowAttentionGradDef) return b.apply(node.op, inputs, { ...node.attrs, dBias: false });
    return undefined;
  });
}

/** The gradient that goes around a norm is added to the one that goes through it where that is computed. */
export function addAroundNorms(graph: Graph): Graph {
  const uses = usesOf(graph);
  const order = new Map(graph.nodes.map((node, i) => [node, i]));
  // The residual of each norm's derivative, and the sums that are then nothing but its result.
  const residuals = new Map<Node, Value>();
  const sums = new Map<Node, Node>();
  for (const node of graph.nodes) {
    const dx = node.outputs[0];
    if (node.op !== layerNormGradDef || !dx || node.attrs["residual"] === true || uses.kept.has(dx)) continue;
    const [sum, second] = uses.of(dx);
    if (!sum || second || sum.op.name !== "add") continue;
    const residual = sum.inputs[0] === dx ? sum.inputs[1]! : sum.inputs[0]!;
    if (residual === dx || !sameShape(residual.shape, dx.shape) || order.get(residual.node)! > order.get(node)!)
      continue;
    residuals.set(node, residual);
    sums.set(sum, node);
  }
  const made = new Map<Value, Value>();
  return rewriteGraph(graph, (b, node, inputs) => {
    const residual = residuals.get(node);
    const norm = sums.get(node);
    const outputs = norm
      ? [made.get(norm.outputs[0]!)!]
      : residual
        ? b.apply(node.op, [...inputs, made.get(residual)!], { ...node.attrs, residual: true })
        : b.apply(node.op, inputs, node.attrs);
    for (const [i, v] of node.outputs.entries()) made.set(v, outputs[i]!);
    return outputs;
  });
}
