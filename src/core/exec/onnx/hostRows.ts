/** What runs on the host beside the host ops: movements of a few numbers, so that they need no session of their own. */
import { type Node, type Shape, sizeOf } from "../../graph/node";
import { collapseWindow } from "../collapse";

type HostRow = (inputs: readonly Float32Array[], node: Node) => Float32Array;

/** More numbers than this are left to ONNX Runtime. */
const MOST_NUMBERS = 1 << 16;

const shapeIn = (node: Node, i = 0): Shape => node.inputs[i]!.shape;

/** Copies the window of `sizes` at `starts` in `shape`, rows of the last axis at a time. */
function slice(x: Float32Array, shape: Shape, starts: readonly number[], sizes: readonly number[]): Float32Array {
  if (shape.length === 1) return x.slice(starts[0]!, starts[0]! + sizes[0]!);
  const step = sizeOf(shape.slice(1));
  const rows = Array.from({ length: sizes[0]! }, (_, i) => {
    const from = (starts[0]! + i) * step;
    return slice(x.subarray(from, from + step), shape.slice(1), starts.slice(1), sizes.slice(1));
  });
  return join(rows);
}

function join(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

const rows: Readonly<Record<string, HostRow>> = {
  reshape: ([x]) => x!,
  slice: ([x], node) => {
    const { starts, sizes } = node.attrs as { starts: readonly number[]; sizes: readonly number[] };
    const merged = collapseWindow(shapeIn(node), starts, sizes);
    return slice(x!, merged.shape, merged.starts, merged.sizes);
  },
  concat: (parts, node) => {
    const axis = node.attrs["axis"] as number;
    const outer = sizeOf(shapeIn(node).slice(0, axis));
    const pieces = Array.from({ length: outer }, (_, i) =>
      parts.map((x) => x.subarray((i * x.length) / outer, ((i + 1) * x.length) / outer)),
    );
    return join(pieces.flat());
  },
  gather: ([x], node) => {
    const width = sizeOf(shapeIn(node).slice(1));
    return join(Array.from(node.attrs["indices"] as Int32Array, (i) => x!.subarray(i * width, (i + 1) * width)));
  },
};

export const isHostRow = (node: Node): boolean =>
  rows[node.op.name] !== undefined && sizeOf(node.outputs[0]!.shape) <= MOST_NUMBERS;

/** Runs a host op, or a movement, on arrays. */
export function runOnHost(node: Node, inputs: readonly Float32Array[]): readonly Float32Array[] {
  const row = rows[node.op.name];
  if (row) return [row(inputs, node)];
  if (!node.op.compute) throw new Error(`The host op ${node.op.name} has no compute rule.`);
  const shapes = node.inputs.map((v) => v.shape);
  const results = node.op.compute(inputs, node.attrs, shapes);
  for (const [i, v] of node.outputs.entries()) {
    if (results[i]?.length !== sizeOf(v.shape))
      throw new Error(
        `${node.op.name} computed ${results[i]?.length} numbers for output ${i}, [${v.shape.join(",")}].`,
      );
  }
  return results;
}
