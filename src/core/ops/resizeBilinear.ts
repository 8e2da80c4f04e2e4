/**
 * Bilinear resize of both axes, PyTorch's `interpolate(mode="bilinear", align_corners=False)` without antialiasing: pixels are areas,
 * output pixel i looks at position (i + 1/2) in/out - 1/2, and positions beyond the border are moved onto it.
 *
 * Each axis is one constant matrix M (rows sum to 1), so y = Mh x Mwᵀ and the gradient is dx = Mhᵀ dy Mw.
 * Letters: B samples, H and W sides, C channels.
 */
import resizeWgsl from "../../../shaders/resizeBilinear.wgsl?raw";
import type { Builder } from "../graph/builder";
import { groupsFor, type KernelCall } from "../graph/kernel";
import { type Node, type OpDef, showShape, sizeOf, type Value } from "../graph/node";
import { bilinearMatrix } from "../math/interpolation";
import type { OpCases } from "./cases";

type ResizeAttrs = { readonly height: number; readonly width: number };

const matrices = new Map<string, Float32Array>();

/** The matrix [out,in] as a constant; kept, so that equal resizes share one constant. */
function axisMatrix(b: Builder, outSize: number, inSize: number): Value {
  const key = `${inSize}→${outSize}`;
  let data = matrices.get(key);
  if (!data) {
    data = Float32Array.from(bilinearMatrix(outSize, inSize));
    matrices.set(key, data);
  }
  return b.constant(data, [outSize, inSize], `bilinear ${key}`);
}

/** Multiplies the columns by a matrix M (or Mᵀ). x: [B,H,W,C], M: [W',W] (or [W,W']) → [B,H,W',C]. */
function alongColumns(b: Builder, x: Value, matrix: Value, transposed: boolean): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const out = [batch, height, matrix.shape[transposed ? 1 : 0]!, channels];
  // With one channel a plain product instead of a batch of products with one column.
  if (channels === 1)
    return b.reshape(b.matmul(b.reshape(x, [batch * height, width]), matrix, false, !transposed), out);
  return b.reshape(b.matmul(matrix, b.reshape(x, [batch * height, width, channels]), transposed, false), out);
}

/** Multiplies the rows by a matrix M (or Mᵀ). x: [B,H,W,C], M: [H',H] (or [H,H']) → [B,H',W,C]. */
function alongRows(b: Builder, x: Value, matrix: Value, transposed: boolean): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const out = [batch, matrix.shape[transposed ? 1 : 0]!, width, channels];
  return b.reshape(b.matmul(matrix, b.reshape(x, [batch, height, width * channels]), transposed, false), out);
}

function checkResize(x: Value, { height, width }: ResizeAttrs): void {
  if (x.shape.length !== 4 || x.shape[1]! < 1 || x.shape[2]! < 1)
    throw new Error(`expects [B,H,W,C] with H and W of at least 1; ${showShape(x.shape)} came.`);
  for (const side of [height, width]) {
    if (!Number.isInteger(side) || side < 1)
      throw new Error(`the new size must be whole and at least 1×1; ${height}×${width} came.`);
  }
}

/** `before` and `after` are the values before and after the resize (in the derivative: dx and dy). */
function resizeCall(node: Node<ResizeAttrs>, entry: "forward" | "backward", before: Value, after: Value): KernelCall {
  const [, inHeight, inWidth, channels] = before.shape as [number, number, number, number];
  const size = sizeOf(node.outputs[0]!.shape);
  return {
    shader: { name: "resizeBilinear", code: resizeWgsl },
    entry,
    overrides: { inHeight, inWidth, outHeight: after.shape[1]!, outWidth: after.shape[2]!, channels, size },
    reads: node.inputs,
    writes: node.outputs,
    groups: groupsFor(Math.ceil(size / 256)),
  };
}

/** dy: [B,outH,outW,C] → dx: [B,height,width,C], where height and width are the sides before the resize. */
export const resizeBilinearGradDef = {
  name: "resizeBilinearGrad",
  kind: "composite",
  infer: ([dy], attrs) => {
    checkResize(dy!, attrs);
    return [[dy!.shape[0]!, attrs.height, attrs.width, dy!.shape[3]!]];
  },
  // Rows first: of the two orders it leaves the larger product in one well-shaped piece.
  expand: (b, [dy], { height, width }) => [
    alongColumns(
      b,
      alongRows(b, dy!, axisMatrix(b, dy!.shape[1]!, height), true),
      axisMatrix(b, dy!.shape[2]!, width),
      true,
    ),
  ],
  kernel: (node) => [resizeCall(node, "backward", node.outputs[0]!, node.inputs[0]!)],
  flops: (node) => 8 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<ResizeAttrs>;

export const resizeBilinearDef = {
  name: "resizeBilinear",
  kind: "composite",
  infer: ([x], attrs) => {
    checkResize(x!, attrs);
    return [[x!.shape[0]!, attrs.height, attrs.width, x!.shape[3]!]];
  },
  expand: (b, [x], { height, width }) => [
    alongRows(
      b,
      alongColumns(b, x!, axisMatrix(b, width, x!.shape[2]!), false),
      axisMatrix(b, height, x!.shape[1]!),
      false,
    ),
  ],
  // dx = Mhᵀ dy Mw
  vjp: (b, node, [dy]) => {
    const [, height, width] = node.inputs[0]!.shape as [number, number, number, number];
    return [dy && b.one(resizeBilinearGradDef, [dy], { height, width })];
  },
  kernel: (node) => [resizeCall(node, "forward", node.inputs[0]!, node.outputs[0]!)],
  flops: (node) => 8 * sizeOf(node.outputs[0]!.shape),
} as const satisfies OpDef<ResizeAttrs>;

/** x: [B,H,W,C] → [B,height,width,C]. */
export function resizeBilinear(b: Builder, x: Value, height: number, width: number): Value {
  return x.shape[1] === height && x.shape[2] === width ? x : b.one(resizeBilinearDef, [x], { height, width });
}

const resizeCase = (name: string, shape: readonly number[], height: number, width: number): OpCases[number] => ({
  name,
  inputs: [{ shape }],
  build: (b, [x]) => [resizeBilinear(b, x!, height, width)],
  wrt: [0],
});

export const resizeBilinearCases: OpCases = [
  resizeCase("one pixel to many", [1, 1, 1, 2], 3, 4),
  resizeCase("many pixels to one", [1, 3, 5, 2], 1, 1),
  resizeCase("four times up, one channel", [2, 3, 4, 1], 12, 16),
  resizeCase("odd sizes up", [1, 3, 5, 3], 7, 8),
  resizeCase("down past neighbours", [1, 9, 7, 4], 3, 2),
  resizeCase("up in one axis, down in the other", [2, 6, 2, 5], 2, 5),
];
