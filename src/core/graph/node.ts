/**
 * The graph: what a training step is before any executor sees it. Values have static shapes and are float32 (row major);
 * nodes are pure; a graph ends in named outputs and an ordered list of updates of states (DESIGN: "One graph, lowered twice").
 *
 * An op is a record of rules (`OpDef`). Four kinds exist:
 *  - leaf:       no computation: input (fed at every run), state (lives in the executor), constant (frozen data), full (one number)
 *  - primitive:  has one row in each executor
 *  - composite:  has an expansion into primitives and, optionally, a WGSL kernel or an ONNX lowering of its own
 *  - host:       has an exact TypeScript computation, and a WGSL kernel: executors without WGSL run it between their parts
 */
import type { Builder } from "./builder";
import type { KernelRule } from "./kernel";
import type { OnnxRule } from "./onnxRule";

export type Shape = readonly number[];

/** Plain data only, so that a node can be printed, hashed and rebuilt. Integer tables (indices) are compared by identity. */
export type AttrValue =
  | number
  | string
  | boolean
  | readonly number[]
  | readonly string[]
  | Int32Array
  | Float32Array
  | object;
export type Attrs = Readonly<Record<string, AttrValue | undefined>>;

export interface Value {
  readonly id: number;
  readonly shape: Shape;
  readonly node: Node;
  /** Which output of its node this is. */
  readonly index: number;
}

export interface Node<A extends Attrs = Attrs> {
  readonly id: number;
  readonly op: OpDef;
  readonly inputs: readonly Value[];
  readonly attrs: A;
  readonly outputs: readonly Value[];
  /** Where in the model the node was made, for people: "backbone.layers.0.blocks.1.attn". */
  readonly scope: string;
}

export type OpKind = "leaf" | "primitive" | "composite" | "host";

// biome-ignore lint/suspicious/noExplicitAny: an op list holds ops of every attribute type; each op's own file is typed.
export interface OpDef<A extends Attrs = any> {
  readonly name: string;
  readonly kind: OpKind;
  /** Output shapes. Throws an Error that names what was expected and what came. */
  infer(inputs: readonly Value[], attrs: A): readonly Shape[];
  /** Gradients of the inputs from gradients of the outputs (undefined: no gradient flows). Absent: not differentiable. */
  vjp?(b: Builder, node: Node<A>, grads: readonly (Value | undefined)[]): readonly (Value | undefined)[];
  /** Floating-point operations, a multiply-add counted as two. Absent: one per output element. */
  flops?(node: Node<A>): number;
  /** Composite only: the same computation by simpler ops. */
  expand?(b: Builder, inputs: readonly Value[], attrs: A): readonly Value[];
  /** Composite and host: the WGSL kernels that the WebGPU plan uses; null from the rule means "expand instead". */
  kernel?: KernelRule<A>;
  /** Composite only: ONNX nodes better than the expansion. */
  onnx?: OnnxRule<A>;
  /** Host only: exact TypeScript. Arrays are row major, lengths follow from the shapes; results are new arrays. */
  compute?(inputs: readonly Float32Array[], attrs: A, shapes: readonly Shape[]): readonly Float32Array[];
  /** Host only: the same in float64, for references and finite differences. */
  computeFloat64?(inputs: readonly Float64Array[], attrs: A, shapes: readonly Shape[]): readonly Float64Array[];
  /** output index → input index whose memory an executor may, and for a state must, reuse (the kernel then reads through the output). */
  readonly inPlace?: Readonly<Record<number, number>>;
}

export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

/** After a run, `target` (an output of a state leaf) holds `value`. Updates happen in order, after all reads of the old states. */
export interface Update {
  readonly target: Value;
  readonly value: Value;
}

export interface Graph {
  /** Topological order: every node comes after the producers of its inputs. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly NamedValue[];
  readonly updates: readonly Update[];
}

export const sizeOf = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

export const showShape = (shape: Shape): string => `[${shape.join(",")}]`;

/** Numpy broadcasting: shapes are aligned at the right, 1 stretches. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const da = a[i - rank + a.length] ?? 1;
    const db = b[i - rank + b.length] ?? 1;
    if (da !== db && da !== 1 && db !== 1) {
      throw new Error(
        `Shapes ${showShape(a)} and ${showShape(b)} do not broadcast: axis ${i} has ${da} and ${db}; one must be 1.`,
      );
    }
    return da === 1 ? db : da;
  });
}
