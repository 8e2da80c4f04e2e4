/**
 * Cuts a value into consecutive parts of one axis. Unlike several slices it goes backward as one concatenation, where each slice would
 * pad its gradient to the whole and add it to the others'.
 */
import type { Builder } from "../graph/builder";
import { type OpDef, showShape, type Value } from "../graph/node";
import type { OpCases } from "./cases";

type SplitAttrs = { readonly axis: number; readonly sizes: readonly number[] };

export const splitDef = {
  name: "split",
  kind: "composite",
  infer: ([x], { axis, sizes }) => {
    const total = sizes.reduce((n, size) => n + size, 0);
    if (x!.shape[axis] !== total || sizes.some((size) => size < 0))
      throw new Error(`parts [${sizes}] do not make up axis ${axis} of ${showShape(x!.shape)}.`);
    return sizes.map((size) => x!.shape.map((d, i) => (i === axis ? size : d)));
  },
  expand: (b, [x], { axis, sizes }) => {
    let start = 0;
    return sizes.map((size) => {
      start += size;
      return b.sliceAxis(x!, axis, start - size, size);
    });
  },
  // dx = the parts' gradients side by side, zero where a part has none.
  vjp: (b, node, grads) => [
    b.concat(
      node.outputs.map((part, i) => grads[i] ?? b.full(0, part.shape)),
      node.attrs.axis,
    ),
  ],
  onnx: (emit, { attrs: { axis, sizes } }, [x]) =>
    emit.node("Split", [x!, emit.ints([...sizes])], { axis: { int: axis } }, sizes.length),
  flops: () => 0,
} as const satisfies OpDef<SplitAttrs>;

/** Parts of x along `axis`, `sizes` long each; together they are the whole axis. */
export const split = (b: Builder, x: Value, axis: number, sizes: readonly number[]): readonly Value[] =>
  sizes.length === 1 ? [x] : b.apply(splitDef, [x], { axis, sizes });

const splitCase = (
  name: string,
  shape: readonly number[],
  axis: number,
  sizes: readonly number[],
  used = sizes.length,
): OpCases[number] => ({
  name,
  inputs: [{ shape }],
  build: (b, [x]) => split(b, x!, axis, sizes).slice(0, used),
  wrt: [0],
});

export const splitCases: OpCases = [
  splitCase("one number each", [3], 0, [1, 1, 1]),
  splitCase("unequal parts of the first axis", [7, 5], 0, [2, 4, 1]),
  splitCase("parts of the last axis", [2, 3, 9], 2, [4, 3, 2]),
  splitCase("a part that nothing reads", [6, 4], 0, [1, 3, 2], 2),
];
