import { Builder } from "../../src/core/graph/builder";
import type { Attrs, Node, OpDef, Shape } from "../../src/core/graph/node";
import { evaluate } from "../reference/evaluate";
import { gpuLimits, runCalls, worst } from "./runCalls";

/**
 * Runs an op's WGSL kernel on one node and its expansion in float64 on the same numbers: for each output the largest |difference| over
 * max(1, largest |truth|), and the kernel's numbers.
 */
export async function againstExpansion<A extends Attrs>(
  op: OpDef<A>,
  attrs: A,
  inputs: readonly { readonly shape: Shape; readonly data: Float32Array }[],
  limits = gpuLimits,
): Promise<{ readonly errors: readonly number[]; readonly got: readonly Float32Array[] }> {
  const b = new Builder();
  const values = inputs.map(({ shape }, i) => b.input(`x${i}`, shape));
  const outputs = b.apply(op, values, attrs);
  for (const [i, value] of outputs.entries()) b.output(`y${i}`, value);
  const feeds = Object.fromEntries(inputs.map(({ data }, i) => [`x${i}`, data]));
  const truth = evaluate(b.build(), feeds).outputs;
  const node = outputs[0]!.node as Node<A>;
  const calls = op.kernel!(node, limits);
  if (!calls) throw new Error(`${op.name} has no kernel for ${inputs.map(({ shape }) => `[${shape}]`).join(" ")}.`);
  const data = inputs.map((x) => x.data);
  const got = await runCalls(
    aliased(node),
    calls.map((call) => redirect(call, node)),
    data,
  );
  return { errors: got.map((y, i) => worst(y, truth[`y${i}`]!)), got };
}

/** Outputs that overwrite an input are read back from that input's memory, as an executor lays them out. */
const aliased = (node: Node): Node => ({
  ...node,
  outputs: node.outputs.map((v, i) => (node.op.inPlace?.[i] === undefined ? v : node.inputs[node.op.inPlace[i]!]!)),
});

function redirect<C extends { readonly writes: readonly unknown[] }>(call: C, node: Node): C {
  const to = aliased(node).outputs;
  const writes = call.writes.map((w) => {
    const at = node.outputs.indexOf(w as Node["outputs"][number]);
    return at < 0 ? w : to[at]!;
  });
  return { ...call, writes };
}
