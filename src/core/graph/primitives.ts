/**
 * The primitives: the whole vocabulary that an executor must speak, each with its shape rule and derivative.
 * `primitives` at the end is the list that the executors' tables are typed by: a missing row does not compile.
 */
import type { Builder } from "./builder";
import { type Attrs, broadcastShapes, type Node, type OpDef, type Shape, showShape, sizeOf, type Value } from "./node";

type NoAttrs = Record<string, never>;

// ---- Leaves -----------------------------------------------------------------------------------------------------------

const leaf = <A extends Attrs & { shape: Shape }, N extends string>(name: N) =>
  ({ name, kind: "leaf", infer: (_inputs, attrs: A) => [attrs.shape], flops: () => 0 }) as const satisfies OpDef<A>;

/** Data fed at every run. */
export const input = leaf<{ name: string; shape: Shape }, "input">("input");
/** Mutable data that lives in the executor and is shared by its plans under its name. */
export const state = leaf<{ name: string; shape: Shape }, "state">("state");
/** Frozen data. */
export const constant = leaf<{ data: Float32Array; shape: Shape; name: string }, "constant">("constant");
/** One number everywhere. */
export const full = leaf<{ value: number; shape: Shape }, "full">("full");

// ---- Elementwise ------------------------------------------------------------------------------------------------------

type UnaryVjp = (b: Builder, dy: Value, x: Value, y: Value) => Value | undefined;

const unary = <N extends string>(name: N, vjp: UnaryVjp) =>
  ({
    name,
    kind: "primitive",
    infer: ([x]: readonly Value[]) => [x!.shape],
    vjp: (b: Builder, node: Node<NoAttrs>, [dy]: readonly (Value | undefined)[]) => [
      dy && vjp(b, dy, node.inputs[0]!, node.outputs[0]!),
    ],
  }) as const satisfies OpDef<NoAttrs>;

export const neg = unary("neg", (b, dy) => b.neg(dy));
export const abs = unary("abs", (b, dy, x) => b.mul(dy, b.sign(x)));
/** -1, 0 or 1; its gradient is zero everywhere it exists. */
export const sign = unary("sign", () => undefined);
export const exp = unary("exp", (b, dy, _x, y) => b.mul(dy, y));
export const log = unary("log", (b, dy, x) => b.div(dy, x));
/** ln(1 + x), accurate near 0. */
export const log1p = unary("log1p", (b, dy, x) => b.div(dy, b.add(x, 1)));
// d sqrt(x) = dy / (2 sqrt(x))
export const sqrt = unary("sqrt", (b, dy, _x, y) => b.div(b.mul(dy, 0.5), y));
// d (1/x) = -dy y²
export const reciprocal = unary("reciprocal", (b, dy, _x, y) => b.neg(b.mul(dy, b.mul(y, y))));
// d erf(x) = dy 2/sqrt(pi) exp(-x²)
export const erf = unary("erf", (b, dy, x) => b.mul(dy, b.mul(b.exp(b.neg(b.mul(x, x))), 2 / Math.sqrt(Math.PI))));
export const tanh = unary("tanh", (b, dy, _x, y) => b.mul(dy, b.sub(b.full(1), b.mul(y, y))));
export const sigmoid = unary("sigmoid", (b, dy, _x, y) => b.mul(dy, b.mul(y, b.sub(b.full(1), y))));
/** max(x, 0); the gradient at 0 is 0, as PyTorch has it. */
export const relu = unary("relu", (b, dy, x) => b.mul(dy, b.greater(x, 0)));

type BinaryVjp = (b: Builder, dy: Value, x: Value, y: Value, out: Value) => readonly (Value | undefined)[];

const binary = <N extends string>(name: N, vjp: BinaryVjp) =>
  ({
    name,
    kind: "primitive",
    infer: ([x, y]: readonly Value[]) => [broadcastShapes(x!.shape, y!.shape)],
    vjp: (b: Builder, node: Node<NoAttrs>, [dy]: readonly (Value | undefined)[]) =>
      dy
        ? vjp(b, dy, node.inputs[0]!, node.inputs[1]!, node.outputs[0]!).map(
            (g, i) => g && b.sumTo(g, node.inputs[i]!.shape),
          )
        : [undefined, undefined],
  }) as const satisfies OpDef<NoAttrs>;

export const add = binary("add", (_b, dy) => [dy, dy]);
export const sub = binary("sub", (b, dy) => [dy, b.neg(dy)]);
export const mul = binary("mul", (b, dy, x, y) => [b.mul(dy, y), b.mul(dy, x)]);
export const div = binary("div", (b, dy, _x, y, out) => [b.div(dy, y), b.neg(b.div(b.mul(dy, out), y))]);
/** Where x = y the gradient goes to x. */
export const maximum = binary("maximum", (b, dy, x, y) => {
  const toY = b.greater(y, x);
  return [b.mul(dy, b.sub(b.full(1), toY)), b.mul(dy, toY)];
});
export const minimum = binary("minimum", (b, dy, x, y) => {
  const toY = b.greater(x, y);
  return [b.mul(dy, b.sub(b.full(1), toY)), b.mul(dy, toY)];
});
export const greater = binary("greater", () => [undefined, undefined]);
export const equal = binary("equal", () => [undefined, undefined]);

export const select = {
  name: "select",
  kind: "primitive",
  infer: ([c, x, y]) => [broadcastShapes(c!.shape, broadcastShapes(x!.shape, y!.shape))],
  vjp: (b, node, [dy]) => {
    const [c, x, y] = node.inputs as [Value, Value, Value];
    if (!dy) return [undefined, undefined, undefined];
    return [undefined, b.sumTo(b.select(c, dy, 0), x.shape), b.sumTo(b.select(c, 0, dy), y.shape)];
  },
} as const satisfies OpDef<NoAttrs>;

// ---- Shape ------------------------------------------------------------------------------------------------------------

const moves = () => 0;

export const reshape = {
  name: "reshape",
  kind: "primitive",
  infer: ([x], attrs) => {
    if (sizeOf(attrs.shape) !== sizeOf(x!.shape) || attrs.shape.some((d) => !Number.isInteger(d) || d < 0)) {
      throw new Error(
        `cannot become ${showShape(attrs.shape)}: ${sizeOf(x!.shape)} elements against ${sizeOf(attrs.shape)}.`,
      );
    }
    return [attrs.shape];
  },
  vjp: (b, node, [dy]) => [dy && b.reshape(dy, node.inputs[0]!.shape)],
  flops: moves,
} as const satisfies OpDef<{ shape: Shape }>;

export const transpose = {
  name: "transpose",
  kind: "primitive",
  infer: ([x], { perm }) => {
    if (perm.length !== x!.shape.length || [...perm].sort((i, j) => i - j).some((axis, i) => axis !== i)) {
      throw new Error(`perm ${showShape(perm)} is no permutation of ${x!.shape.length} axes.`);
    }
    return [perm.map((axis) => x!.shape[axis]!)];
  },
  vjp: (b, node, [dy]) => {
    const inverse = node.attrs.perm.map((_, i) => node.attrs.perm.indexOf(i));
    return [dy && b.transpose(dy, inverse)];
  },
  flops: moves,
} as const satisfies OpDef<{ perm: readonly number[] }>;

export const broadcastTo = {
  name: "broadcastTo",
  kind: "primitive",
  infer: ([x], { shape }) => {
    if (showShape(broadcastShapes(x!.shape, shape)) !== showShape(shape))
      throw new Error(`does not broadcast to ${showShape(shape)}.`);
    return [shape];
  },
  vjp: (b, node, [dy]) => [dy && b.sumTo(dy, node.inputs[0]!.shape)],
  flops: moves,
} as const satisfies OpDef<{ shape: Shape }>;

export const slice = {
  name: "slice",
  kind: "primitive",
  infer: ([x], { starts, sizes }) => {
    const bad = x!.shape.findIndex((d, i) => starts[i]! < 0 || sizes[i]! < 0 || starts[i]! + sizes[i]! > d);
    if (starts.length !== x!.shape.length || sizes.length !== x!.shape.length || bad >= 0) {
      throw new Error(`starts ${showShape(starts)} with sizes ${showShape(sizes)} leave ${showShape(x!.shape)}.`);
    }
    return [sizes];
  },
  vjp: (b, node, [dy]) => {
    const shape = node.inputs[0]!.shape;
    const { starts, sizes } = node.attrs;
    return [
      dy &&
        b.pad(
          dy,
          starts,
          shape.map((d, i) => d - starts[i]! - sizes[i]!),
        ),
    ];
  },
  flops: moves,
} as const satisfies OpDef<{ starts: readonly number[]; sizes: readonly number[] }>;

/** Zeros around: `before` and `after` elements on each axis. */
export const pad = {
  name: "pad",
  kind: "primitive",
  infer: ([x], { before, after }) => {
    if (
      before.length !== x!.shape.length ||
      after.length !== x!.shape.length ||
      [...before, ...after].some((n) => n < 0)
    ) {
      throw new Error(`pads ${showShape(before)} and ${showShape(after)} do not fit ${showShape(x!.shape)}.`);
    }
    return [x!.shape.map((d, i) => d + before[i]! + after[i]!)];
  },
  vjp: (b, node, [dy]) => [dy && b.slice(dy, node.attrs.before, node.inputs[0]!.shape)],
  flops: moves,
} as const satisfies OpDef<{ before: readonly number[]; after: readonly number[] }>;

export const concat = {
  name: "concat",
  kind: "primitive",
  infer: (parts, { axis }) => {
    const first = parts[0]!.shape;
    const bad = parts.find(
      (v) => v.shape.length !== first.length || v.shape.some((d, i) => i !== axis && d !== first[i]),
    );
    if (bad || axis < 0 || axis >= first.length) throw new Error(`shapes must agree outside axis ${axis}.`);
    return [first.map((d, i) => (i === axis ? parts.reduce((n, v) => n + v.shape[axis]!, 0) : d))];
  },
  vjp: (b, node, [dy]) => {
    const { axis } = node.attrs;
    let start = 0;
    return node.inputs.map((v) => {
      const from = start;
      start += v.shape[axis]!;
      return dy && b.sliceAxis(dy, axis, from, v.shape[axis]!);
    });
  },
  flops: moves,
} as const satisfies OpDef<{ axis: number }>;

const checkIndices = (indices: Int32Array, size: number): void => {
  const bad = indices.findIndex((i) => i < 0 || i >= size);
  if (bad >= 0) throw new Error(`index ${indices[bad]} at position ${bad} is outside the ${size} rows.`);
};

export const gather = {
  name: "gather",
  kind: "primitive",
  infer: ([x], { indices }) => {
    checkIndices(indices, x!.shape[0]!);
    return [[indices.length, ...x!.shape.slice(1)]];
  },
  vjp: (b, node, [dy]) => [dy && b.scatterAdd(dy, node.attrs.indices, node.inputs[0]!.shape[0]!)],
  flops: moves,
} as const satisfies OpDef<{ indices: Int32Array }>;

export const scatterAdd = {
  name: "scatterAdd",
  kind: "primitive",
  infer: ([x], { indices, size }) => {
    checkIndices(indices, size);
    if (indices.length !== x!.shape[0]) throw new Error(`${x!.shape[0]} rows came with ${indices.length} indices.`);
    return [[size, ...x!.shape.slice(1)]];
  },
  vjp: (b, node, [dy]) => [dy && b.gather(dy, node.attrs.indices)],
} as const satisfies OpDef<{ indices: Int32Array; size: number }>;

// ---- Reductions and products --------------------------------------------------------------------------------------------

type ReduceAttrs = { axes: readonly number[]; keepDims: boolean };

const reducedShape = (x: Value, { axes, keepDims }: ReduceAttrs): Shape => {
  if (axes.some((axis) => axis < 0 || axis >= x.shape.length))
    throw new Error(`axes ${showShape(axes)} are not all in ${showShape(x.shape)}.`);
  return keepDims ? x.shape.map((d, i) => (axes.includes(i) ? 1 : d)) : x.shape.filter((_, i) => !axes.includes(i));
};

const keptShape = (x: Value, axes: readonly number[]): Shape => x.shape.map((d, i) => (axes.includes(i) ? 1 : d));

export const reduceSum = {
  name: "reduceSum",
  kind: "primitive",
  infer: ([x], attrs) => [reducedShape(x!, attrs)],
  vjp: (b, node, [dy]) => {
    const x = node.inputs[0]!;
    return [dy && b.broadcastTo(b.reshape(dy, keptShape(x, node.attrs.axes)), x.shape)];
  },
  flops: (node) => sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<ReduceAttrs>;

/** The gradient goes to every element that equals the maximum (ties are not split: the losses use it as a constant shift only). */
export const reduceMax = {
  name: "reduceMax",
  kind: "primitive",
  infer: ([x], attrs) => {
    if (attrs.axes.some((axis) => x!.shape[axis] === 0)) throw new Error("the maximum over no elements is undefined.");
    return [reducedShape(x!, attrs)];
  },
  vjp: (b, node, [dy]) => {
    const x = node.inputs[0]!;
    const kept = keptShape(x, node.attrs.axes);
    return [dy && b.mul(b.equal(x, b.reshape(node.outputs[0]!, kept)), b.reshape(dy, kept))];
  },
  flops: (node) => sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<ReduceAttrs>;

/** Over the last axis, shifted by the maximum. */
export const softmax = {
  name: "softmax",
  kind: "primitive",
  infer: ([x]) => {
    if (x!.shape.length === 0) throw new Error("needs at least one axis.");
    return [x!.shape];
  },
  // dx = y (dy - sum(dy y))
  vjp: (b, node, [dy]) => {
    const y = node.outputs[0]!;
    if (!dy) return [undefined];
    return [b.mul(y, b.sub(dy, b.sum(b.mul(dy, y), [y.shape.length - 1], true)))];
  },
  flops: (node) => 4 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<NoAttrs>;

type MatmulAttrs = { transposeA: boolean; transposeB: boolean };

/** M, N, K and the batch of a product node; `batch` is the number of products. */
export function matmulSizes(
  a: Shape,
  b: Shape,
  { transposeA, transposeB }: MatmulAttrs,
): { m: number; n: number; k: number; kB: number; batch: Shape } {
  const [rowsA, colsA] = a.slice(-2) as [number, number];
  const [rowsB, colsB] = b.slice(-2) as [number, number];
  const batchA = a.slice(0, -2);
  const batchB = b.slice(0, -2);
  if (batchA.length > 0 && batchB.length > 0 && showShape(batchA) !== showShape(batchB)) {
    throw new Error(`leading axes ${showShape(batchA)} and ${showShape(batchB)} must be equal, or absent on one side.`);
  }
  return {
    m: transposeA ? colsA : rowsA,
    k: transposeA ? rowsA : colsA,
    kB: transposeB ? colsB : rowsB,
    n: transposeB ? rowsB : colsB,
    batch: batchA.length > 0 ? batchA : batchB,
  };
}

/** Sums a gradient over leading axes that its operand does not have. */
const sumLeading = (b: Builder, grad: Value, operand: Value): Value =>
  b.sum(
    grad,
    Array.from({ length: grad.shape.length - operand.shape.length }, (_, i) => i),
  );

/**
 * Gradient of the operand without leading axes: the leading axes of the others are folded into the summed axis, so that
 * one product replaces a batch of products and a sum. x: [batch..., p, q], y: [batch..., p, r] → [q, r].
 */
const foldedProduct = (b: Builder, x: Value, y: Value): Value =>
  b.matmul(b.reshape(x, [-1, x.shape.at(-1)!]), b.reshape(y, [-1, y.shape.at(-1)!]), true, false);

export const matmul = {
  name: "matmul",
  kind: "primitive",
  infer: ([a, b], attrs) => {
    if (a!.shape.length < 2 || b!.shape.length < 2) throw new Error("both sides need at least two axes.");
    const { m, n, k, kB, batch } = matmulSizes(a!.shape, b!.shape, attrs);
    if (k !== kB)
      throw new Error(
        `inner sizes ${k} and ${kB} differ (transposeA ${attrs.transposeA}, transposeB ${attrs.transposeB}).`,
      );
    return [[...batch, m, n]];
  },
  vjp: (b, node, [dy]) => {
    if (!dy) return [undefined, undefined];
    const [x, w] = node.inputs as [Value, Value];
    const { transposeA: ta, transposeB: tb } = node.attrs;
    // y = op(x) op(w): d op(x) = dy op(w)ᵀ, d op(w) = op(x)ᵀ dy, each transposed back where op transposes.
    const dx = ta ? b.matmul(w, dy, tb, true) : b.matmul(dy, w, false, !tb);
    const foldable = w.shape.length === 2 && x.shape.length > 2 && !ta;
    if (foldable) return [dx, tb ? foldedProduct(b, dy, x) : foldedProduct(b, x, dy)];
    const dw = tb ? b.matmul(dy, x, true, ta) : b.matmul(x, dy, !ta, false);
    return [sumLeading(b, dx, x), sumLeading(b, dw, w)];
  },
  flops: (node) => {
    const { m, n, k, batch } = matmulSizes(node.inputs[0]!.shape, node.inputs[1]!.shape, node.attrs);
    return 2 * m * n * k * sizeOf(batch);
  },
} as const satisfies OpDef<MatmulAttrs>;

export const primitives = [
  input,
  state,
  constant,
  full,
  neg,
  abs,
  sign,
  exp,
  log,
  log1p,
  sqrt,
  reciprocal,
  erf,
  tanh,
  sigmoid,
  relu,
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,
  greater,
  equal,
  select,
  reshape,
  transpose,
  broadcastTo,
  slice,
  pad,
  concat,
  gather,
  scatterAdd,
  reduceSum,
  reduceMax,
  softmax,
  matmul,
] as const;

export type Primitive = (typeof primitives)[number];
export type PrimitiveName = Primitive["name"];
/** Primitives that compute: the rows of an executor's table. */
export type ComputedName = Exclude<PrimitiveName, "input" | "state" | "constant" | "full">;
