/**
 * A graph as a list of steps over TensorFlow.js tensors, node by node. Composites stay one node of the list, so that each of their outputs
 * can be inspected under its own id; inside, their expansion runs as a program of its own.
 */
import type * as Tf from "@tensorflow/tfjs-core";
import { Builder } from "../../graph/builder";
import { nodeFlops } from "../../graph/cost";
import type { Node, Value } from "../../graph/node";
import type { ComputedName } from "../../graph/primitives";
import type { TfRows } from "./rows";

export type LeafSource = (leaf: Node) => Tf.Tensor;
type Step = (values: Map<Value, Tf.Tensor>, leaf: LeafSource) => readonly Tf.Tensor[];

export interface Program {
  run(leaf: LeafSource): Map<Value, Tf.Tensor>;
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
  const steps = nodes.map((node): [Node, Step] => {
    const inner = node.op.kind === "composite" ? expansionOf(engine, node) : undefined;
    kernels += inner ? inner.program.kernels : node.op.kind === "leaf" ? 0 : 1;
    flops += inner ? inner.program.flops : nodeFlops(node);
    return [node, inner ? inner.step : stepOf(engine, node)];
  });
  return {
    kernels,
    flops,
    run(leaf) {
      const values = new Map<Value, Tf.Tensor>();
      for (const [node, step] of steps) {
        const results = step(values, leaf);
        for (const [i, v] of node.outputs.entries()) values.set(v, results[i]!);
      }
      return values;
    },
  };
}

const inputsOf = (node: Node, values: Map<Value, Tf.Tensor>): Tf.Tensor[] => node.inputs.map((v) => values.get(v)!);

function stepOf(engine: Engine, node: Node): Step {
  if (node.op.kind === "leaf") {
    const fixed = node.op.name === "constant" || node.op.name === "full" ? engine.constant(node) : undefined;
    return (_values, leaf) => [fixed ?? leaf(node)];
  }
  if (node.op.kind === "host") return (values) => computeOnHost(engine.tf, node, inputsOf(node, values));
  const row = engine.rows[node.op.name as ComputedName];
  if (!row) throw new Error(`${node.op.name} is no primitive: it needs an expansion, or a row in the executors.`);
  return (values) => [row(inputsOf(node, values), node)];
}

function computeOnHost(tf: typeof Tf, node: Node, inputs: readonly Tf.Tensor[]): Tf.Tensor[] {
  if (!node.op.compute) throw new Error(`The host op ${node.op.name} has no compute rule.`);
  const arrays = inputs.map((x) => Float32Array.from(x.dataSync()));
  const shapes = node.inputs.map((v) => v.shape);
  return node.op.compute(arrays, node.attrs, shapes).map((data) => tf.tensor1d(data));
}

function expansionOf(engine: Engine, node: Node): { program: Program; step: Step } {
  if (!node.op.expand) throw new Error(`The composite ${node.op.name} has no expansion.`);
  const b = new Builder();
  const inputs = node.inputs.map((v, i) => b.input(String(i), v.shape));
  const outputs = b.scope(node.scope, () => node.op.expand!(b, inputs, node.attrs));
  const program = compileProgram(engine, b.nodes);
  return {
    program,
    step: (values) => {
      const given = inputsOf(node, values);
      const inside = program.run((leaf) => given[Number(leaf.attrs["name"])]!);
      return outputs.map((v) => inside.get(v)!);
    },
  };
}
