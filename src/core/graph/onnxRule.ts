/** What an op may ask of the ONNX lowering. Opset 17; values are named by strings; the empty name is an absent optional input. */
import type { Attrs, Node } from "./node";

export type OnnxAttr = number | string | readonly number[] | { readonly int: number };

export interface OnnxEmitter {
  /** Adds a node and returns the names of its `outputs` outputs. Numbers are float attributes, `{ int }` and number lists are ints. */
  node(
    opType: string,
    inputs: readonly string[],
    attrs?: Readonly<Record<string, OnnxAttr>>,
    outputs?: number,
  ): string[];
  floats(data: Float32Array | readonly number[], shape: readonly number[]): string;
  ints(data: readonly number[] | Int32Array, shape?: readonly number[]): string;
}

export type OnnxRule<A extends Attrs = Attrs> = (
  emit: OnnxEmitter,
  node: Node<A>,
  inputs: readonly string[],
) => readonly string[];
