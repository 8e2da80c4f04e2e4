/**
 * A graph as a list of steps over TensorFlow.js tensors, node by node. Composites stay one node of the list, so that each of their outputs
 * can be inspected under its own id; inside, their expansion runs as a program of its own.
 *
 * A run owns every tensor that it makes and frees it after its last reader. It is asynchronous because WebGPU reads back only so, which
 * host ops need.
 */
import type * as Tf from "@tensorflow/tfjs-core";
import { Builder } from "../../graph/builder";
import { nodeFlops } from "../../graph/cost";
import type { Node, Value } from "../../graph/node";
import { lastReads } from "../../graph/passes";
import type { ComputedName } from "../../graph/primitives";
import type { TfRows } from "./rows";

export type LeafSource = (leaf: Node) => Tf.Tensor;
type Tensors = readonly Tf.Tensor[];
/** Results are tensors of their own, never an input or a leaf itself. */
type Step = (inputs: Tensors, leaf: LeafSource) => Tensors | Promise<Tensors>;

export interface Program {
  /** Computes all nodes; resolves to the values in `keep`, which are the caller's to dispose of. */
  run(leaf: LeafSource, keep: ReadonlySet<Value>): Promise<Map<Value, Tf.Tensor>>;
  readonly kernels: number;
  readonly flops: number;
}

export interface Engine {
  readonly tf: typeof Tf;
  readonly rows: TfRows;
  /** Constants and filled values are made once and belong to the plan. */
  constant(node: Node): Tf.Tensor;
}

export function compileProgram(engine: Engine, nodes: readonly Node[]): Program {
  let [kernels, flops] = [0, 0];
  const steps = nodes.map((node): Step => {
    const inner = node.op.kind === "composite" ? expansionOf(engine, node) : undefined;
    kernels += inner ? inner.program.kernels : node.op.kind === "leaf" ? 0 : 1;
    flops += inner ? inner.program.flops : nodeFlops(node);
    return inner ? inner.step : stepOf(engine, node);
  });
  return { kernels, flops, run: (leaf, keep) => runSteps(nodes, steps, lastReads(nodes), leaf, keep) };
}

async function runSteps(
  nodes: readonly Node[],
  steps: readonly Step[],
  ends: readonly (readonly Value[])[],
  leaf: LeafSource,
  keep: ReadonlySet<Value>,
): Promise<Map<Value, Tf.Tensor>> {
  const values = new Map<Value, Tf.Tensor>();
  const free = (v: Value): void => {
    values.get(v)?.dispose();
    values.delete(v);
  };
  try {
    for (const [at, node] of nodes.entries()) {
      const inputs = node.inputs.map((v) => values.get(v)!);
      const results = await steps[at]!(inputs, leaf);
      for (const [i, v] of node.outputs.entries()) values.set(v, results[i]!);
      for (const v of ends[at]!) if (!keep.has(v)) free(v);
    }
  } catch (error) {
    for (const v of [...values.keys()]) free(v);
    throw error;
  }
  return values;
}

function stepOf(engine: Engine, node: Node): Step {
  const { tf } = engine;
  if (node.op.kind === "leaf") {
    const fixed = node.op.name === "constant" || node.op.name === "full" ? engine.constant(node) : undefined;
    return (_inputs, leaf) => tf.tidy(() => [tf.clone(fixed ?? leaf(node))]);
  }
  if (node.op.kind === "host") return (inputs) => computeOnHost(tf, node, inputs);
  const row = engine.rows[node.op.name as ComputedName];
  if (!row) throw new Error(`${node.op.name} is no primitive: it needs an expansion, or a row in the executors.`);
  return (inputs) =>
    tf.tidy(() => {
      const result = row(inputs, node);
      return [inputs.includes(result) ? tf.clone(result) : result];
    });
}

async function computeOnHost(tf: typeof Tf, node: Node, inputs: Tensors): Promise<Tf.Tensor[]> {
  if (!node.op.compute) throw new Error(`The host op ${node.op.name} has no compute rule.`);
  const arrays = await Promise.all(inputs.map(async (x) => Float32Array.from(await x.data())));
  const shapes = node.inputs.map((v) => v.shape);
  return node.op.compute(arrays, node.attrs, shapes).map((data) => tf.tensor1d(data));
}

function expansionOf(engine: Engine, node: Node): { program: Program; step: Step } {
  if (!node.op.expand) throw new Error(`The composite ${node.op.name} has no expansion.`);
  const b = new Builder();
  const inputs = node.inputs.map((v, i) => b.input(String(i), v.shape));
  const outputs = b.scope(node.scope, () => node.op.expand!(b, inputs, node.attrs));
  const program = compileProgram(engine, b.nodes);
  const keep = new Set(outputs);
  return {
    program,
    step: async (given) => {
      const inside = await program.run((leaf) => given[Number(leaf.attrs["name"])]!, keep);
      // Two outputs may be one value: each becomes a tensor of its own.
      const results = outputs.map((v) => engine.tf.clone(inside.get(v)!));
      for (const tensor of inside.values()) tensor.dispose();
      return results;
    },
  };
}
