/**
 * Moves pixels between the plane and the channels: patches become channels (spaceToDepth) and back (depthToSpace). Each is the
 * other's inverse and derivative, since both only permute.
 *
 * Letters: B samples, H and W sides, C channels, k = block.
 * Order of the k² neighbours (dy,dx) in the channels: "row": (0,0),(0,1),(1,0),(1,1), dy outer; "column": (0,0),(1,0),(0,1),(1,1), dx
 * outer, as Swin's patch merging concatenates them. The C channels of a neighbour stay together.
 */
import spaceToDepthWgsl from "../../../shaders/spaceToDepth.wgsl?raw";
import type { Builder } from "../graph/builder";
import { groupsFor, type KernelCall } from "../graph/kernel";
import { type Node, type OpDef, showShape, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";

export type NeighbourOrder = "row" | "column";
type BlockAttrs = { readonly block: number; readonly order: NeighbourOrder };

function checkBlock(x: Value, { block }: BlockAttrs): readonly [number, number, number, number] {
  if (x.shape.length !== 4) throw new Error(`expects [B,H,W,C]; ${showShape(x.shape)} came.`);
  if (!Number.isInteger(block) || block < 1) throw new Error(`the block must be whole and at least 1; ${block} came.`);
  return x.shape as [number, number, number, number];
}

/** `depth` is the side of the node that has its pixels in channels. */
function moveCall(node: Node<BlockAttrs>, entry: "toDepth" | "toSpace", depth: Value): KernelCall {
  const { block, order } = node.attrs;
  const size = sizeOf(depth.shape);
  return {
    shader: { name: "spaceToDepth", code: spaceToDepthWgsl },
    entry,
    overrides: {
      columns: depth.shape[2]!,
      block,
      channels: depth.shape[3]! / (block * block),
      columnOrder: Number(order === "column"),
      size,
    },
    reads: node.inputs,
    writes: node.outputs,
    groups: groupsFor(Math.ceil(size / 256)),
  };
}

/** [B,H,W,C] → [B,H/k,W/k,k²C]. */
export const spaceToDepthDef = {
  name: "spaceToDepth",
  kind: "composite",
  infer: ([x], attrs) => {
    const [batch, height, width, channels] = checkBlock(x!, attrs);
    const { block } = attrs;
    if (height % block !== 0 || width % block !== 0) {
      throw new Error(
        `sides ${height}×${width} are not multiples of the block ${block}; pad or resize the image first.`,
      );
    }
    return [[batch, height / block, width / block, block * block * channels]];
  },
  expand: (b, [x], attrs) => {
    const [batch, height, width, channels] = checkBlock(x!, attrs);
    const { block, order } = attrs;
    const [rows, columns] = [height / block, width / block];
    const split = b.reshape(x!, [batch, rows, block, columns, block, channels]);
    const moved = b.transpose(split, order === "row" ? [0, 1, 3, 2, 4, 5] : [0, 1, 3, 4, 2, 5]);
    return [b.reshape(moved, [batch, rows, columns, block * block * channels])];
  },
  vjp: (b, node, [dy]) => [dy && b.one(depthToSpaceDef, [dy], node.attrs)],
  kernel: (node) => [moveCall(node, "toDepth", node.outputs[0]!)],
  flops: () => 0,
} as const satisfies OpDef<BlockAttrs>;

/** [B,H,W,k²C] → [B,kH,kW,C]. */
export const depthToSpaceDef: OpDef<BlockAttrs> = {
  name: "depthToSpace",
  kind: "composite",
  infer: ([x], attrs) => {
    const [batch, rows, columns, depth] = checkBlock(x!, attrs);
    const { block } = attrs;
    if (depth % (block * block) !== 0)
      throw new Error(`${depth} channels are not a multiple of block² = ${block * block}.`);
    return [[batch, rows * block, columns * block, depth / (block * block)]];
  },
  expand: (b, [x], attrs) => {
    const [batch, rows, columns, depth] = checkBlock(x!, attrs);
    const { block, order } = attrs;
    const channels = depth / (block * block);
    const split = b.reshape(x!, [batch, rows, columns, block, block, channels]);
    const moved = b.transpose(split, order === "row" ? [0, 1, 3, 2, 4, 5] : [0, 1, 4, 2, 3, 5]);
    return [b.reshape(moved, [batch, rows * block, columns * block, channels])];
  },
  vjp: (b, node, [dy]) => [dy && b.one(spaceToDepthDef, [dy], node.attrs)],
  kernel: (node) => [moveCall(node, "toSpace", node.inputs[0]!)],
  flops: () => 0,
};

/** x: [B,H,W,C] → [B,H/k,W/k,k²C]; H and W are multiples of the block k. */
export const spaceToDepth = (b: Builder, x: Value, block: number, order: NeighbourOrder): Value =>
  b.one(spaceToDepthDef, [x], { block, order });

/** x: [B,H,W,k²C] → [B,kH,kW,C]. */
export const depthToSpace = (b: Builder, x: Value, block: number, order: NeighbourOrder): Value =>
  b.one(depthToSpaceDef, [x], { block, order });

const blockCase = (name: string, shape: readonly number[], make: (b: Builder, x: Value) => Value): OpCases[number] => ({
  name,
  inputs: [{ shape }],
  build: (b, [x]) => [make(b, x!)],
  wrt: [0],
});

export const spaceToDepthCases: OpCases = [
  blockCase("rows of 2×2", [2, 4, 6, 3], (b, x) => spaceToDepth(b, x, 2, "row")),
  blockCase("columns of 2×2", [1, 6, 4, 5], (b, x) => spaceToDepth(b, x, 2, "column")),
  blockCase("one block of 3×3", [1, 3, 3, 1], (b, x) => spaceToDepth(b, x, 3, "row")),
  blockCase("patches of 4×4", [1, 8, 4, 3], (b, x) => spaceToDepth(b, x, 4, "row")),
];

export const depthToSpaceCases: OpCases = [
  blockCase("rows of 2×2", [2, 2, 3, 12], (b, x) => depthToSpace(b, x, 2, "row")),
  blockCase("columns of 3×3", [1, 1, 2, 18], (b, x) => depthToSpace(b, x, 3, "column")),
];
