/**
 * What a graph means: every primitive as a plain loop in float64. The judge of all executors, written to be read, not to be fast.
 */
import { broadcastShapes, type Graph, type Node, type Shape, sizeOf, type Value } from "../../src/core/graph/node";
import { expandComposites } from "../../src/core/graph/passes";
import { type ComputedName, matmulSizes } from "../../src/core/graph/primitives";
import { erf } from "./erf";

export type Numbers = Float64Array;

export interface Evaluation {
  readonly outputs: Record<string, Numbers>;
  /** The states after the updates. */
  readonly states: Map<string, Numbers>;
}

/** The steps through a row-major array of `shape`, in elements; 0 on axes of size 1, so that they stretch. */
function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = shape[i] === 1 ? 0 : step;
    step *= shape[i]!;
  }
  return strides;
}

/** For every element of `over` in row-major order: the offset Σ index·strides + start. */
function offsets(over: Shape, strides: readonly number[], start = 0): Int32Array {
  const result = new Int32Array(sizeOf(over));
  const index = new Array<number>(over.length).fill(0);
  let offset = start;
  for (let i = 0; i < result.length; i++) {
    result[i] = offset;
    for (let axis = over.length - 1; axis >= 0; axis--) {
      offset += strides[axis]!;
      if (++index[axis]! < over[axis]!) break;
      offset -= strides[axis]! * over[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** Where each element of `shape` reads in an operand that broadcasts to it. */
function broadcastOffsets(operand: Shape, shape: Shape): Int32Array {
  const missing = new Array<number>(shape.length - operand.length).fill(0);
  return offsets(shape, [...missing, ...stridesOf(operand)]);
}

type Row = (inputs: readonly Numbers[], node: Node) => Numbers;

const unary =
  (f: (x: number) => number): Row =>
  ([x]) =>
    x!.map(f);

const elementwise =
  (f: (...xs: number[]) => number): Row =>
  (inputs, node) => {
    const shape = node.inputs.map((v) => v.shape).reduce(broadcastShapes);
    const at = node.inputs.map((v) => broadcastOffsets(v.shape, shape));
    return new Float64Array(sizeOf(shape)).map((_, i) => f(...inputs.map((x, k) => x[at[k]![i]!]!)));
  };

const attr = <T>(node: Node, name: string): T => node.attrs[name] as T;
const shapeIn = (node: Node, i = 0): Shape => node.inputs[i]!.shape;
const shapeOut = (node: Node): Shape => node.outputs[0]!.shape;

function reduce(f: (sum: number, x: number) => number, start: number): Row {
  return ([x], node) => {
    const axes = attr<readonly number[]>(node, "axes");
    const kept = shapeIn(node).map((d, i) => (axes.includes(i) ? 1 : d));
    const to = broadcastOffsets(kept, shapeIn(node));
    const y = new Float64Array(sizeOf(kept)).fill(start);
    for (let i = 0; i < x!.length; i++) y[to[i]!] = f(y[to[i]!]!, x![i]!);
    return y;
  };
}

/** The elements of `inner` inside `outer`, whose first element stands at `starts`. */
function window(outer: Shape, inner: Shape, starts: readonly number[]): Int32Array {
  const steps = outer.map((_, i) => sizeOf(outer.slice(i + 1)));
  return offsets(
    inner,
    steps,
    starts.reduce((n, s, i) => n + s * steps[i]!, 0),
  );
}

const softmax: Row = ([x], node) => {
  const width = shapeIn(node).at(-1)!;
  const y = new Float64Array(x!.length);
  for (let row = 0; row < x!.length; row += width) {
    const line = x!.subarray(row, row + width);
    const max = line.reduce((m, v) => Math.max(m, v), Number.NEGATIVE_INFINITY);
    const total = line.reduce((sum, v) => sum + Math.exp(v - max), 0);
    y.set(
      line.map((v) => Math.exp(v - max) / total),
      row,
    );
  }
  return y;
};

const matmul: Row = ([a, b], node) => {
  const [shapeA, shapeB] = [shapeIn(node, 0), shapeIn(node, 1)];
  const attrs = { transposeA: attr<boolean>(node, "transposeA"), transposeB: attr<boolean>(node, "transposeB") };
  const { m, n, k, batch } = matmulSizes(shapeA, shapeB, attrs);
  const [rowA, colA] = attrs.transposeA ? [1, m] : [k, 1];
  const [rowB, colB] = attrs.transposeB ? [1, k] : [n, 1];
  const y = new Float64Array(sizeOf(batch) * m * n);
  for (let p = 0; p < sizeOf(batch); p++) {
    const fromA = shapeA.length > 2 ? p * m * k : 0;
    const fromB = shapeB.length > 2 ? p * k * n : 0;
    for (let i = 0; i < m; i++) {
      for (let l = 0; l < k; l++) {
        const x = a![fromA + i * rowA + l * colA]!;
        const to = (p * m + i) * n;
        const from = fromB + l * rowB;
        for (let j = 0; j < n; j++) y[to + j]! += x * b![from + j * colB]!;
      }
    }
  }
  return y;
};

const rows: { readonly [P in ComputedName]: Row } = {
  neg: unary((x) => -x),
  abs: unary(Math.abs),
  sign: unary((x) => (x > 0 ? 1 : x < 0 ? -1 : 0)),
  exp: unary(Math.exp),
  log: unary(Math.log),
  log1p: unary(Math.log1p),
  sqrt: unary(Math.sqrt),
  reciprocal: unary((x) => 1 / x),
  erf: unary(erf),
  tanh: unary(Math.tanh),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  relu: unary((x) => Math.max(x, 0)),
  add: elementwise((x, y) => x! + y!),
  sub: elementwise((x, y) => x! - y!),
  mul: elementwise((x, y) => x! * y!),
  div: elementwise((x, y) => x! / y!),
  maximum: elementwise((x, y) => Math.max(x!, y!)),
  minimum: elementwise((x, y) => Math.min(x!, y!)),
  greater: elementwise((x, y) => (x! > y! ? 1 : 0)),
  equal: elementwise((x, y) => (x === y ? 1 : 0)),
  select: elementwise((c, x, y) => (c !== 0 ? x! : y!)),
  reshape: ([x]) => x!.slice(),
  transpose: ([x], node) => {
    const steps = shapeIn(node).map((_, i) => sizeOf(shapeIn(node).slice(i + 1)));
    const from = offsets(
      shapeOut(node),
      attr<readonly number[]>(node, "perm").map((axis) => steps[axis]!),
    );
    return new Float64Array(x!.length).map((_, i) => x![from[i]!]!);
  },
  broadcastTo: ([x], node) => Float64Array.from(broadcastOffsets(shapeIn(node), shapeOut(node)), (from) => x![from]!),
  slice: ([x], node) =>
    Float64Array.from(window(shapeIn(node), shapeOut(node), attr(node, "starts")), (from) => x![from]!),
  pad: ([x], node) => {
    const y = new Float64Array(sizeOf(shapeOut(node)));
    for (const [i, to] of window(shapeOut(node), shapeIn(node), attr(node, "before")).entries()) y[to] = x![i]!;
    return y;
  },
  concat: (parts, node) => {
    const axis = attr<number>(node, "axis");
    const y = new Float64Array(sizeOf(shapeOut(node)));
    const starts = shapeOut(node).map(() => 0);
    for (const [k, part] of parts.entries()) {
      for (const [i, to] of window(shapeOut(node), shapeIn(node, k), starts).entries()) y[to] = part[i]!;
      starts[axis]! += shapeIn(node, k)[axis]!;
    }
    return y;
  },
  gather: ([x], node) => {
    const width = sizeOf(shapeIn(node).slice(1));
    const y = new Float64Array(sizeOf(shapeOut(node)));
    for (const [to, from] of attr<Int32Array>(node, "indices").entries())
      y.set(x!.subarray(from * width, (from + 1) * width), to * width);
    return y;
  },
  scatterAdd: ([x], node) => {
    const width = sizeOf(shapeIn(node).slice(1));
    const y = new Float64Array(sizeOf(shapeOut(node)));
    for (const [from, to] of attr<Int32Array>(node, "indices").entries())
      for (let i = 0; i < width; i++) y[to * width + i]! += x![from * width + i]!;
    return y;
  },
  reduceSum: reduce((sum, x) => sum + x, 0),
  reduceMax: reduce((max, x) => Math.max(max, x), Number.NEGATIVE_INFINITY),
  softmax,
  matmul,
};

/** A host op's own float64 computation where it offers one; its float32 one is the fallback. */
function computeOnHost(node: Node, inputs: readonly Numbers[]): readonly Numbers[] {
  const shapes = node.inputs.map((v) => v.shape);
  const { computeFloat64, compute } = node.op;
  if (computeFloat64) return computeFloat64(inputs, node.attrs, shapes);
  if (!compute)
    throw new Error(`${node.op.name} is neither a primitive nor a host op: the evaluator cannot compute it.`);
  const narrow = inputs.map((x) => Float32Array.from(x));
  return compute(narrow, node.attrs, shapes).map((y) => Float64Array.from(y));
}

function leafValue(
  node: Node,
  feeds: Readonly<Record<string, ArrayLike<number>>>,
  states: Map<string, Numbers>,
): Numbers {
  const name = String(node.attrs["name"]);
  const size = sizeOf(shapeOut(node));
  const found =
    node.op.name === "constant"
      ? attr<Float32Array>(node, "data")
      : node.op.name === "full"
        ? new Float64Array(size).fill(attr<number>(node, "value"))
        : node.op.name === "input"
          ? feeds[name]
          : states.get(name);
  if (!found) throw new Error(`${node.op.name} "${name}" has no value.`);
  if (found.length !== size) throw new Error(`${node.op.name} "${name}" needs ${size} numbers; ${found.length} came.`);
  return Float64Array.from(found);
}

export function evaluate(
  graph: Graph,
  feeds: Readonly<Record<string, ArrayLike<number>>> = {},
  states: ReadonlyMap<string, ArrayLike<number>> = new Map(),
): Evaluation {
  const open = expandComposites(graph);
  const old = new Map([...states].map(([name, data]) => [name, Float64Array.from(data)] as const));
  const values = new Map<Value, Numbers>();
  for (const node of open.nodes) {
    const inputs = node.inputs.map((v) => values.get(v)!);
    const results =
      node.op.kind === "leaf"
        ? [leafValue(node, feeds, old)]
        : node.op.kind === "primitive"
          ? [rows[node.op.name as ComputedName](inputs, node)]
          : computeOnHost(node, inputs);
    for (const [i, v] of node.outputs.entries()) {
      if (results[i]?.length !== sizeOf(v.shape))
        throw new Error(`${node.op.name} gave ${results[i]?.length} numbers for [${v.shape.join(",")}].`);
      values.set(v, results[i]!);
    }
  }
  const outputs = Object.fromEntries(open.outputs.map(({ name, value }) => [name, values.get(value)!.slice()]));
  const after = new Map(old);
  for (const { target, value } of open.updates)
    after.set(String(target.node.attrs["name"]), values.get(value)!.slice());
  return { outputs, states: after };
}
