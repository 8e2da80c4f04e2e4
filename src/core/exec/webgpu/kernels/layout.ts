/** Kernel rules of the primitives that only move elements. */
import {
  groupsFor,
  type KernelCall,
  type KernelRule,
  type ReadOperand,
  type WriteOperand,
} from "../../../graph/kernel";
import { type Shape, sizeOf, type Value } from "../../../graph/node";
import { type Axes, broadcastStrides, maxAxes, mergeAxes, numbered, padAxes, stridesOf } from "./axes";
import { concatShader, fillShader, gatherShader, padShader, scatterAddShader, stridedShader } from "./shaders";

/** One strided move, see strided.wgsl: `axes.strides` are those of the source and of the target. */
function stridedMove(from: ReadOperand, to: WriteOperand, axes: Axes, fromOffset = 0, toOffset = 0): KernelCall {
  const { sizes, strides } = padAxes(mergeAxes(axes), maxAxes);
  const [source, target] = strides as [readonly number[], readonly number[]];
  const inner = maxAxes - 1;
  const whole = (n: number): boolean => n % 4 === 0;
  const outerStrides = [...source.slice(0, inner), ...target.slice(0, inner)];
  const quads =
    source[inner] === 1 && target[inner] === 1 && [sizes[inner]!, fromOffset, toOffset, ...outerStrides].every(whole);
  const unit = quads ? 4 : 1;
  // The innermost axis keeps its stride of 1: one quadruple after another.
  const scaled = (list: readonly number[]): number[] => list.map((n, i) => (i === inner ? n : n / unit));
  const count = sizeOf(sizes) / unit;
  return {
    shader: stridedShader,
    entry: quads ? "main4" : "main",
    overrides: {
      count,
      ...numbered("size", [...sizes.slice(0, inner), sizes[inner]! / unit], 1),
      fromOffset: fromOffset / unit,
      toOffset: toOffset / unit,
      ...numbered("f", scaled(source)),
      ...numbered("t", scaled(target)),
    },
    reads: [from],
    writes: [to],
    groups: groupsFor(Math.ceil(count / 64)),
    flops: 0,
  };
}

/** Copies `size` numbers. */
export const copyCall = (from: ReadOperand, to: WriteOperand, size: number): KernelCall =>
  stridedMove(from, to, { sizes: [size], strides: [[1], [1]] });

/** Writes one number everywhere. */
export function fillCall(to: WriteOperand, size: number, value: number): KernelCall {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0]!;
  const groups = groupsFor(Math.ceil(size / 64));
  return {
    shader: fillShader,
    entry: "main",
    overrides: { count: size, bits },
    reads: [],
    writes: [to],
    groups,
    flops: 0,
  };
}

const io = (node: { inputs: readonly Value[]; outputs: readonly Value[] }): [Value, Value] => [
  node.inputs[0]!,
  node.outputs[0]!,
];

/** Only where a view was not possible: reshape is an alias otherwise. */
export const reshapeKernel: KernelRule = (node) => {
  const [x, y] = io(node);
  return [copyCall(x, y, sizeOf(y.shape))];
};

export const transposeKernel: KernelRule<{ perm: readonly number[] }> = (node) => {
  const [x, y] = io(node);
  const own = stridesOf(x.shape);
  const source = node.attrs.perm.map((axis) => own[axis]!);
  return [stridedMove(x, y, { sizes: y.shape, strides: [source, stridesOf(y.shape)] })];
};

export const broadcastKernel: KernelRule = (node) => {
  const [x, y] = io(node);
  return [stridedMove(x, y, { sizes: y.shape, strides: [broadcastStrides(x.shape, y.shape), stridesOf(y.shape)] })];
};

const offsetOf = (starts: readonly number[], shape: Shape): number =>
  stridesOf(shape).reduce((sum, stride, i) => sum + stride * starts[i]!, 0);

export const sliceKernel: KernelRule<{ starts: readonly number[]; sizes: readonly number[] }> = (node) => {
  const [x, y] = io(node);
  const axes = { sizes: y.shape, strides: [stridesOf(x.shape), stridesOf(y.shape)] };
  return [stridedMove(x, y, axes, offsetOf(node.attrs.starts, x.shape), 0)];
};

/** The move of part `index` into its place; parts that are written in place by their producers need none. */
function concatMove(parts: readonly Value[], index: number, out: Value, axis: number): KernelCall {
  const part = parts[index]!;
  const start = parts.slice(0, index).reduce((n, v) => n + v.shape[axis]!, 0);
  const strides = stridesOf(out.shape);
  const axes = { sizes: part.shape, strides: [stridesOf(part.shape), strides] };
  return stridedMove(part, out, axes, 0, start * strides[axis]!);
}

/** Parts that concat.wgsl joins in one dispatch. */
export const partsAtOnce = 7;

/** Moves the given parts into place: all of them by one dispatch where they are few, else each by its own. */
export function concatCalls(
  parts: readonly Value[],
  moved: readonly number[],
  out: Value,
  axis: number,
): readonly KernelCall[] {
  const filled = parts.filter((v) => sizeOf(v.shape) > 0);
  const isAll = filled.length === moved.length && filled.length > 1 && filled.length <= partsAtOnce;
  return isAll ? [joinCall(filled, out, axis)] : moved.map((index) => concatMove(parts, index, out, axis));
}

function joinCall(parts: readonly Value[], out: Value, axis: number): KernelCall {
  const ends: number[] = [];
  for (const v of parts) ends.push((ends.at(-1) ?? 0) + v.shape[axis]!);
  const starts = Array.from({ length: partsAtOnce }, (_, i) => (i === 0 ? 0 : (ends[i - 1] ?? out.shape[axis]!)));
  const count = sizeOf(out.shape);
  return {
    shader: concatShader,
    entry: "main",
    overrides: {
      count,
      axis: out.shape[axis]!,
      inner: sizeOf(out.shape.slice(axis + 1)),
      ...numbered("start", starts, 1),
    },
    reads: Array.from({ length: partsAtOnce }, (_, i) => parts[i] ?? parts[0]!),
    writes: [out],
    groups: groupsFor(Math.ceil(count / 64)),
    flops: 0,
  };
}

export const concatKernel: KernelRule<{ axis: number }> = (node) => {
  const moved = node.inputs.flatMap((part, i) => (sizeOf(part.shape) === 0 ? [] : [i]));
  return concatCalls(node.inputs, moved, node.outputs[0]!, node.attrs.axis);
};

export const padKernel: KernelRule<{ before: readonly number[]; after: readonly number[] }> = (node) => {
  const [x, y] = io(node);
  // Axes without padding merge with their inner neighbour when that has none either; the strides say which may.
  const sizes: number[] = [];
  const inner: number[] = [];
  const before: number[] = [];
  y.shape.forEach((size, axis) => {
    const plain = node.attrs.before[axis] === 0 && node.attrs.after[axis] === 0;
    const last = sizes.length - 1;
    // A plain axis joins the axis outside it: that one's padding then counts whole rows.
    if (plain && last >= 0) {
      sizes[last]! *= size;
      inner[last]! *= size;
      before[last]! *= size;
    } else {
      sizes.push(size);
      inner.push(x.shape[axis]!);
      before.push(node.attrs.before[axis]!);
    }
  });
  const padded = padAxes({ sizes, strides: [inner, before] }, maxAxes);
  const missing = maxAxes - sizes.length;
  const innerSizes = padded.strides[0]!.map((n, i) => (i < missing ? 1 : n));
  const count = sizeOf(y.shape);
  const overrides = {
    count,
    ...numbered("size", padded.sizes, 1),
    ...numbered("before", padded.strides[1]!),
    ...numbered("inner", innerSizes),
  };
  const groups = groupsFor(Math.ceil(count / 64));
  return [{ shader: padShader, entry: "main", overrides, reads: [x], writes: [y], groups, flops: 0 }];
};

export const gatherKernel: KernelRule<{ indices: Int32Array }> = (node) => {
  const [x, y] = io(node);
  const inner = sizeOf(x.shape.slice(1));
  const quads = inner % 4 === 0;
  const unit = quads ? 4 : 1;
  const count = sizeOf(y.shape) / unit;
  return [
    {
      shader: gatherShader,
      entry: quads ? "main4" : "main",
      overrides: { count, inner: inner / unit },
      reads: [x, { table: node.attrs.indices }],
      writes: [y],
      groups: groupsFor(Math.ceil(count / 64)),
      flops: 0,
    },
  ];
};

const invertedTables = new WeakMap<Int32Array, Map<number, Uint32Array>>();

/** rows[r] to rows[r + 1]: where the list of the positions that hold index r stands in the same table. */
function invertedIndex(indices: Int32Array, size: number): Uint32Array {
  const bySize = invertedTables.get(indices) ?? new Map<number, Uint32Array>();
  invertedTables.set(indices, bySize);
  const known = bySize.get(size);
  if (known) return known;
  const table = new Uint32Array(size + 1 + indices.length);
  const counts = new Uint32Array(size);
  for (const index of indices) counts[index]!++;
  table[0] = size + 1;
  for (let r = 0; r < size; r++) table[r + 1] = table[r]! + counts[r]!;
  const next = table.slice(0, size);
  for (const [position, index] of indices.entries()) table[next[index]!++] = position;
  bySize.set(size, table);
  return table;
}

export const scatterAddKernel: KernelRule<{ indices: Int32Array; size: number }> = (node) => {
  const [x, y] = io(node);
  const count = sizeOf(y.shape);
  return [
    {
      shader: scatterAddShader,
      entry: "main",
      overrides: { count, inner: sizeOf(x.shape.slice(1)) },
      reads: [x, { table: invertedIndex(node.attrs.indices, node.attrs.size) }],
      writes: [y],
      groups: groupsFor(Math.ceil(count / 64)),
    },
  ];
};
