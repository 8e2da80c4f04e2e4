/** Lowers nodes of a graph to one ONNX model: primitives by the table of rows, composites by their own ONNX rule. */
import type { Graph, Node, Value } from "../../graph/node";
import { expandComposites, rewriteGraph } from "../../graph/passes";
import { type ComputedName, input as inputOp, state as stateOp } from "../../graph/primitives";
import { ModelWriter } from "./modelWriter";
import { onnxRows } from "./rows";

export interface NamedPort {
  readonly name: string;
  readonly value: Value;
}

/** Nodes to lower, in order, and the values that enter and leave. Constants need not be among the inputs. */
export interface Lowering {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly NamedPort[];
  readonly outputs: readonly NamedPort[];
}

export interface LoweredModel {
  readonly bytes: Uint8Array;
  readonly nodeCount: number;
}

export const hasOnnxRule = (node: Node): boolean => node.op.onnx !== undefined;

export function lower({ name, nodes, inputs, outputs }: Lowering): LoweredModel {
  const writer = new ModelWriter();
  const rows = onnxRows();
  const names = new Map<Value, string>(inputs.map((port) => [port.value, writer.input(port.name, port.value.shape)]));
  const nameOf = (v: Value): string => {
    const known = names.get(v) ?? constantName(writer, v);
    names.set(v, known);
    return known;
  };
  for (const node of nodes) {
    writer.scope = node.scope;
    const operands = node.inputs.map(nameOf);
    const row = rows[node.op.name as ComputedName];
    const results = node.op.onnx ? node.op.onnx(writer, node, operands) : [row(writer, operands, node)];
    for (const [i, v] of node.outputs.entries()) names.set(v, results[i]!);
  }
  writer.scope = "outputs";
  for (const port of outputs) writer.output(port.name, nameOf(port.value), port.value.shape);
  return { bytes: writer.encode(name), nodeCount: writer.nodeCount };
}

function constantName(writer: ModelWriter, v: Value): string {
  const { op, attrs } = v.node;
  if (op.name === "constant") return writer.floats(attrs["data"] as Float32Array, v.shape);
  if (op.name !== "full") throw new Error(`${op.name} is neither an input of this part nor a constant.`);
  const number = writer.floats([attrs["value"] as number], []);
  return v.shape.length === 0 ? number : writer.node("Expand", [number, writer.ints(v.shape)])[0]!;
}

/**
 * A whole graph as an ONNX file for use elsewhere: inputs and outputs keep their names. States become initializers from
 * `states`. Host ops and updates have no ONNX form: bake the warps into weights first.
 */
export function exportOnnx(graph: Graph, states: ReadonlyMap<string, Float32Array>, name: string): Uint8Array {
  if (graph.updates.length > 0)
    throw new Error("A graph with updates cannot be exported to ONNX; export the predict graph, which has none.");
  const frozen = rewriteGraph(expandComposites(graph, hasOnnxRule), (b, node) => {
    if (node.op !== stateOp) return undefined;
    const stateName = String(node.attrs["name"]);
    const data = states.get(stateName);
    if (!data)
      throw new Error(`The export needs the state "${stateName}"; it has ${[...states.keys()].join(", ") || "none"}.`);
    return [b.constant(data, node.outputs[0]!.shape, stateName)];
  });
  const host = frozen.nodes.find((node) => node.op.kind === "host");
  if (host) throw new Error(`${host.op.name} has no ONNX form; merge the warps into the weights before exporting.`);
  const inputs = frozen.nodes.filter((node) => node.op === inputOp);
  return lower({
    name,
    nodes: frozen.nodes.filter((node) => node.op.kind !== "leaf"),
    inputs: inputs.map((node) => ({ name: String(node.attrs["name"]), value: node.outputs[0]! })),
    outputs: frozen.outputs,
  }).bytes;
}
