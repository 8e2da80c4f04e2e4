/** What single nodes say about memory: slices that are views, inputs that may be overwritten, values that are constants. */
import { type Graph, type Node, type Shape, sameShape, sizeOf, type Value } from "../../graph/node";
import { stridesOf } from "./kernels/axes";
import { isProgram } from "./program";

/** Floats before a slice's first element, or undefined where the slice is not one run of memory. */
export function contiguousOffset(
  shape: Shape,
  starts: readonly number[],
  sizes: readonly number[],
): number | undefined {
  const outer = sizes.findIndex((size) => size !== 1);
  const whole = sizes.every((size, i) => outer < 0 || i <= outer || size === shape[i]);
  return whole ? stridesOf(shape).reduce((sum, stride, i) => sum + stride * starts[i]!, 0) : undefined;
}

/** What an op may overwrite; an elementwise program may overwrite a state of its own shape. */
export function inPlaceOf(node: Node): Readonly<Record<number, number>> {
  if (!isProgram(node) || node.attrs.total) return node.op.inPlace ?? {};
  const { shape, views } = node.attrs;
  const isWhole = (i: number): boolean => views[i]!.offset === 0 && sameShape(views[i]!.shape, shape);
  const input = node.inputs.findIndex(
    (v, i) => v.node.op.name === "state" && isWhole(i) && sizeOf(v.shape) === sizeOf(shape),
  );
  return input < 0 ? {} : { 0: input };
}

/** Where a state is updated twice, the later update stands. */
export function finalUpdates(graph: Graph): readonly { readonly target: Value; readonly value: Value }[] {
  return graph.updates.filter((u, i) => !graph.updates.slice(i + 1).some((later) => later.target === u.target));
}

export function constantOf(v: Value): Float32Array | number | undefined {
  if (v.node.op.name === "full") return (v.node.attrs as { value: number }).value;
  if (v.node.op.name === "constant") return (v.node.attrs as { data: Float32Array }).data;
  return undefined;
}
