/** Collects nodes and constants of one ONNX model; equal constants are written once. */
import type { OnnxAttr, OnnxEmitter } from "../../graph/onnxRule";
import { encodeModel, type NodeRecord, type TensorRecord, type ValueRecord } from "./protobuf";

export class ModelWriter implements OnnxEmitter {
  private readonly nodes: NodeRecord[] = [];
  private readonly initializers: TensorRecord[] = [];
  private readonly known = new Map<string, string>();
  private readonly arrays = new Map<Float32Array | Int32Array, number>();
  private readonly inputs: ValueRecord[] = [];
  private readonly outputs: ValueRecord[] = [];
  private readonly renamed = new Map<string, string>();
  private next = 0;
  /** Names the nodes that follow, for profiles. */
  scope = "";

  get nodeCount(): number {
    return this.nodes.length;
  }

  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttr>> = {},
    outputs = 1,
  ): string[] {
    const names = Array.from({ length: outputs }, () => `t${this.next++}`);
    const name = `${this.scope}/${opType}_${this.nodes.length}`;
    this.nodes.push({ opType, inputs, outputs: names, attributes, name });
    return names;
  }

  floats(data: Float32Array | readonly number[], shape: readonly number[]): string {
    // Large tables are compared by identity, short lists of numbers by content.
    const key = data instanceof Float32Array ? this.identity(data) : data.join(",");
    return this.initializer(`f ${key}`, shape, () => (data instanceof Float32Array ? data : Float32Array.from(data)));
  }

  ints(data: readonly number[] | Int32Array, shape: readonly number[] = [data.length]): string {
    const key = data instanceof Int32Array ? this.identity(data) : data.join(",");
    return this.initializer(`i ${key}`, shape, () => BigInt64Array.from(data as ArrayLike<number>, (n) => BigInt(n)));
  }

  private identity(data: Float32Array | Int32Array): string {
    const id = this.arrays.get(data) ?? this.arrays.size;
    this.arrays.set(data, id);
    return `#${id}`;
  }

  private initializer(kind: string, shape: readonly number[], data: () => Float32Array | BigInt64Array): string {
    const key = `${kind} [${shape.join(",")}]`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const name = `c${this.initializers.length}`;
    this.initializers.push({ name, shape, data: data() });
    this.known.set(key, name);
    return name;
  }

  input(name: string, shape: readonly number[]): string {
    this.inputs.push({ name, shape });
    return name;
  }

  /** Makes the value `from` an output called `name`. */
  output(name: string, from: string, shape: readonly number[]): void {
    const made = this.nodes.some((n) => n.outputs.includes(from)) && !this.renamed.has(from);
    // An input, a constant or a value that is an output already needs a node of its own.
    const source = made ? from : this.node("Identity", [from])[0]!;
    this.renamed.set(source, name);
    this.outputs.push({ name, shape });
  }

  encode(name: string): Uint8Array {
    const to = (v: string): string => this.renamed.get(v) ?? v;
    const nodes = this.nodes.map((n) => ({ ...n, inputs: n.inputs.map(to), outputs: n.outputs.map(to) }));
    return encodeModel({ name, nodes, initializers: this.initializers, inputs: this.inputs, outputs: this.outputs });
  }
}
