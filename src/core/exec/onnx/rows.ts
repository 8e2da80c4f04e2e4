/** One row per primitive: its ONNX nodes (opset 17), chosen for speed on ONNX Runtime's CPU kernels. */
import { type Node, type Shape, sameShape, sizeOf } from "../../graph/node";
import type { OnnxEmitter } from "../../graph/onnxRule";
import { type ComputedName, matmulSizes } from "../../graph/primitives";
import { collapseReduction, collapseTranspose } from "../collapse";
import { BOOL, FLOAT } from "./protobuf";

type Row = (emit: OnnxEmitter, inputs: readonly string[], node: Node) => string;
export type OnnxRows = { readonly [P in ComputedName]: Row };

const attr = <T>(node: Node, name: string): T => node.attrs[name] as T;
const shapeIn = (node: Node, i = 0): Shape => node.inputs[i]!.shape;
const shapeOut = (node: Node): Shape => node.outputs[0]!.shape;

const plain =
  (opType: string): Row =>
  (emit, inputs) =>
    emit.node(opType, inputs)[0]!;

function reshape(emit: OnnxEmitter, x: string, from: Shape, to: Shape): string {
  if (sameShape(from, to)) return x;
  return emit.node("Reshape", [x, emit.ints(to)], to.includes(0) ? { allowzero: { int: 1 } } : {})[0]!;
}

/**
 * ln(1 + x) = ln(u) + (x - (u - 1)) / u with u = fl(1 + x): the second term returns what the rounding of u took, so that small x keep
 * their relative accuracy (x finite).
 */
const log1p: Row = (emit, [x]) => {
  const one = emit.floats([1], []);
  const u = emit.node("Add", [x!, one])[0]!;
  const lost = emit.node("Sub", [x!, emit.node("Sub", [u, one])[0]!])[0]!;
  return emit.node("Add", [emit.node("Log", [u])[0]!, emit.node("Div", [lost, u])[0]!])[0]!;
};

const transpose: Row = (emit, [x], node) => {
  const full = attr<readonly number[]>(node, "perm");
  const { shape, perm } = collapseTranspose(shapeIn(node), full);
  if (perm.length < 2) return reshape(emit, x!, shapeIn(node), shapeOut(node));
  // The exchange of the last two axes stays visible, because ONNX Runtime fuses it into a product.
  const swapsLast = full.every((axis, i) => axis === (i < full.length - 2 ? i : 2 * full.length - 3 - i));
  if (swapsLast) return emit.node("Transpose", [x!], { perm: full })[0]!;
  const moved = emit.node("Transpose", [reshape(emit, x!, shapeIn(node), shape)], { perm })[0]!;
  return reshape(
    emit,
    moved,
    perm.map((axis) => shape[axis]!),
    shapeOut(node),
  );
};

/** Sums of more terms than this are taken in two stages: ONNX Runtime adds in float32, one after the other. */
const ONE_STAGE_TERMS = 1024;

/** The largest divisor of n that is at most its square root. */
function divisorNearRoot(n: number): number {
  let d = Math.floor(Math.sqrt(n));
  while (n % d !== 0) d--;
  return d;
}

/** Sums axis `axis` of x (`shape`) in groups; zeros fill the last group where the length has no divisor near its root. */
function sumInGroups(emit: OnnxEmitter, x: string, shape: Shape, axis: number): string {
  const length = shape[axis]!;
  const divisor = divisorNearRoot(length);
  const groups = divisor >= 16 ? divisor : Math.ceil(Math.sqrt(length));
  const size = Math.ceil(length / groups);
  const missing = shape.map((_, i) => (i === axis ? groups * size - length : 0));
  const padded =
    groups * size === length ? x : emit.node("Pad", [x, emit.ints([...shape.map(() => 0), ...missing])])[0]!;
  const split = [...shape.slice(0, axis), groups, size, ...shape.slice(axis + 1)];
  const grouped = emit.node("Reshape", [padded, emit.ints(split)])[0]!;
  return emit.node("ReduceSum", [grouped, emit.ints([axis + 1])], { keepdims: { int: 0 } })[0]!;
}

const reduceSum: Row = (emit, [x], node) => {
  const { shape, axes } = collapseReduction(shapeIn(node), attr(node, "axes"));
  if (axes.length === 0) return reshape(emit, x!, shapeIn(node), shapeOut(node));
  const long = axes.find((axis) => shape[axis]! > ONE_STAGE_TERMS);
  const flat = reshape(emit, x!, shapeIn(node), shape);
  const terms = long === undefined ? flat : sumInGroups(emit, flat, shape, long);
  const sum = emit.node("ReduceSum", [terms, emit.ints(axes)], { keepdims: { int: 0 } })[0]!;
  const kept = shape.filter((_, i) => !axes.includes(i));
  return reshape(emit, sum, kept, shapeOut(node));
};

const reduceMax: Row = (emit, [x], node) => {
  const { shape, axes } = collapseReduction(shapeIn(node), attr(node, "axes"));
  const flat = reshape(emit, x!, shapeIn(node), shape);
  if (axes.length === 0) return reshape(emit, x!, shapeIn(node), shapeOut(node));
  const kept = shape.filter((_, i) => !axes.includes(i));
  return reshape(emit, emit.node("ReduceMax", [flat], { axes, keepdims: { int: 0 } })[0]!, kept, shapeOut(node));
};

const swapLast = (emit: OnnxEmitter, x: string, rank: number): string =>
  emit.node("Transpose", [x], {
    perm: Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i)),
  })[0]!;

/**
 * 2-D products with a transposed side are Gemm, which reads both layouts in place; a batch against one shared matrix is one 2-D product;
 * in true batches the transpose is a node of its own, which ONNX Runtime fuses into the product.
 */
const matmul: Row = (emit, [a, b], node) => {
  const [ta, tb] = [attr<boolean>(node, "transposeA"), attr<boolean>(node, "transposeB")];
  const [shapeA, shapeB] = [shapeIn(node, 0), shapeIn(node, 1)];
  const { m, n, k, batch } = matmulSizes(shapeA, shapeB, { transposeA: ta, transposeB: tb });
  const product2d = (x: string): string =>
    ta || tb
      ? emit.node("Gemm", [x, b!], { transA: { int: Number(ta) }, transB: { int: Number(tb) } })[0]!
      : emit.node("MatMul", [x, b!])[0]!;
  if (batch.length === 0) return product2d(a!);
  if (shapeB.length === 2 && !ta) {
    const rows = sizeOf(batch) * m;
    return reshape(emit, product2d(reshape(emit, a!, shapeA, [rows, k])), [rows, n], shapeOut(node));
  }
  const left = ta ? swapLast(emit, a!, shapeA.length) : a!;
  const right = tb ? swapLast(emit, b!, shapeB.length) : b!;
  return emit.node("MatMul", [left, right])[0]!;
};

const scatterAdd: Row = (emit, [x], node) => {
  const indices = attr<Int32Array>(node, "indices");
  const zeros = emit.node("Expand", [emit.floats([0], []), emit.ints(shapeOut(node))])[0]!;
  return emit.node("ScatterND", [zeros, emit.ints(indices, [indices.length, 1]), x!], { reduction: "add" })[0]!;
};

/** Rows for one model. They remember which 0-or-1 values came from which booleans, so that select need not convert back. */
export function onnxRows(): OnnxRows {
  const booleans = new Map<string, string>();
  const comparison =
    (opType: string): Row =>
    (emit, inputs) => {
      const bool = emit.node(opType, inputs)[0]!;
      const number = emit.node("Cast", [bool], { to: { int: FLOAT } })[0]!;
      booleans.set(number, bool);
      return number;
    };
  const select: Row = (emit, [c, x, y]) =>
    emit.node("Where", [booleans.get(c!) ?? emit.node("Cast", [c!], { to: { int: BOOL } })[0]!, x!, y!])[0]!;
  return {
    neg: plain("Neg"),
    abs: plain("Abs"),
    sign: plain("Sign"),
    exp: plain("Exp"),
    log: plain("Log"),
    log1p,
    sqrt: plain("Sqrt"),
    reciprocal: plain("Reciprocal"),
    erf: plain("Erf"),
    tanh: plain("Tanh"),
    sigmoid: plain("Sigmoid"),
    relu: plain("Relu"),
    add: plain("Add"),
    sub: plain("Sub"),
    mul: plain("Mul"),
    div: plain("Div"),
    maximum: plain("Max"),
    minimum: plain("Min"),
    greater: comparison("Greater"),
    equal: comparison("Equal"),
    select,
    reshape: (emit, [x], node) => reshape(emit, x!, shapeIn(node), shapeOut(node)),
    transpose,
    broadcastTo: (emit, [x], node) => emit.node("Expand", [x!, emit.ints(shapeOut(node))])[0]!,
    slice: (emit, [x], node) => {
      const [starts, sizes] = [attr<readonly number[]>(node, "starts"), attr<readonly number[]>(node, "sizes")];
      const cut = shapeIn(node).flatMap((d, axis) => (sizes[axis] === d ? [] : [axis]));
      if (cut.length === 0) return x!;
      const from = emit.ints(cut.map((axis) => starts[axis]!));
      const to = emit.ints(cut.map((axis) => starts[axis]! + sizes[axis]!));
      return emit.node("Slice", [x!, from, to, emit.ints(cut)])[0]!;
    },
    pad: (emit, [x], node) =>
      emit.node("Pad", [x!, emit.ints([...attr<number[]>(node, "before"), ...attr<number[]>(node, "after")])])[0]!,
    concat: (emit, parts, node) => emit.node("Concat", parts, { axis: { int: attr<number>(node, "axis") } })[0]!,
    gather: (emit, [x], node) =>
      emit.node("Gather", [x!, emit.ints(attr<Int32Array>(node, "indices"))], { axis: { int: 0 } })[0]!,
    scatterAdd,
    reduceSum,
    reduceMax,
    softmax: (emit, [x]) => emit.node("Softmax", [x!], { axis: { int: -1 } })[0]!,
    matmul,
  };
}
