/**
 * A matrix product with an epilogue, which the pass in fuse.ts makes of a product and the elementwise nodes behind it:
 *
 *   z = (A B) · scale + bias, or (A diag(scale) B) + bias,   y = act(z) · gate + residual
 *
 * Every part but the product is optional. Letters: N = columns of the product, R = its rows over all entries of the batch. scale
 * and bias are [groups,N] and gate is [groups], where a group is a run of R / groups rows (a task stream, a sample).
 */

import geluMath from "../../../../shaders/geluMath.wgsl?raw";
import epilogue from "../../../../shaders/matmul/epilogue.wgsl?raw";
import finish1 from "../../../../shaders/matmul/finish1.wgsl?raw";
import finish4 from "../../../../shaders/matmul/finish4.wgsl?raw";
import left from "../../../../shaders/matmul/left.wgsl?raw";
import reduce from "../../../../shaders/matmul/reduce.wgsl?raw";
import sizes from "../../../../shaders/matmul/sizes.wgsl?raw";
import type { Builder } from "../../graph/builder";
import { type DeviceLimits, groupsFor, type KernelCall, type KernelRule, type ReadOperand } from "../../graph/kernel";
import { type Node, type OpDef, type Shape, showShape, sizeOf, type Value } from "../../graph/node";
import { matmul, matmulSizes } from "../../graph/primitives";
import { geluDef, geluGradDef } from "../../ops/gelu";
import {
  chooseTiling,
  issuedFlops,
  type MatmulAttrs,
  plainWriter,
  productGroups,
  productOf,
  productOverrides,
  productShader,
  type ShaderPart,
} from "./matmul";

/** none; gelu: y = gelu(z); geluGrad: y = z · gelu'(operand), the derivative of a GELU behind the derivative of a product. */
export type Activation = "none" | "gelu" | "geluGrad";

/** The second output: the product before everything, or z. */
export type StoredIdentity = "none" | "product" | "z";

export type FusedMatmulAttrs = MatmulAttrs & {
  /** Of y; the last axis is N. */
  shape: Shape;
  /** Rows of a group; 0 where there is no such operand. */
  rowsPerScale: number;
  rowsPerBias: number;
  rowsPerGate: number;
  /** Rows of a scale along K, [groups,K], of the entries of A or of all of them: A diag(s) B. 0 where there is none. */
  innerGroups: number;
  /** Where the operand starts in the flat value that is given for it: parameters and masks are often slices of one vector. */
  scaleStart: number;
  biasStart: number;
  gateStart: number;
  activation: Activation;
  keep: StoredIdentity;
  /** Rows of the residual, which repeats over the rows of the result; 0 where there is none. */
  residualRows: number;
};

const readsOperand = (attrs: FusedMatmulAttrs): boolean => attrs.residualRows > 0 || attrs.activation === "geluGrad";

/** The inputs by role; `operand` is what geluGrad or the residual reads, [R,N] in any shape. */
function operandsOf<T>(inputs: readonly T[], attrs: FusedMatmulAttrs) {
  const [a, b, ...rest] = inputs as [T, T, ...T[]];
  const take = (present: boolean): T | undefined => (present ? rest.shift() : undefined);
  const scale = take(attrs.rowsPerScale > 0 || attrs.innerGroups > 0);
  const bias = take(attrs.rowsPerBias > 0);
  const gate = take(attrs.rowsPerGate > 0);
  return { a, b, scale, bias, gate, operand: take(readsOperand(attrs)) };
}

function checkOperands(inputs: readonly Value[], attrs: FusedMatmulAttrs, rows: number, n: number): void {
  const { k, batch } = matmulSizes(inputs[0]!.shape, inputs[1]!.shape, attrs);
  const fits = inputs[1]!.shape.length > 2 && attrs.innerGroups === sizeOf(batch);
  if (attrs.innerGroups > 0 && (attrs.transposeA || attrs.rowsPerScale > 0 || (attrs.innerGroups > 1 && !fits)))
    throw new Error(`a scale along K needs A by rows, one row of it for each of ${sizeOf(batch)} entries or for all.`);
  const { scale, bias, gate, operand } = operandsOf(inputs, attrs);
  const needed: [string, Value | undefined, number][] = [
    ["scale", scale, attrs.scaleStart + (attrs.innerGroups * k || (rows / attrs.rowsPerScale) * n)],
    ["bias", bias, attrs.biasStart + (rows / attrs.rowsPerBias) * n],
    ["gate", gate, attrs.gateStart + rows / attrs.rowsPerGate],
    ["operand", operand, (attrs.residualRows || rows) * n],
  ];
  for (const [name, value, size] of needed) {
    if (value && sizeOf(value.shape) < size)
      throw new Error(`${name} must hold ${size} numbers for ${rows} rows of ${n}; ${showShape(value.shape)} came.`);
  }
  if (attrs.residualRows > 0 && rows % attrs.residualRows !== 0)
    throw new Error(`a residual of ${attrs.residualRows} rows does not repeat over ${rows} rows.`);
}

/** A diag(s), by entries of the batch. */
function scaledInside(
  b: Builder,
  a: Value,
  scale: Value | undefined,
  { innerGroups, scaleStart }: FusedMatmulAttrs,
): Value {
  if (!scale || innerGroups === 0) return a;
  const k = a.shape.at(-1)!;
  const part = b.slice(b.reshape(scale, [-1]), [scaleStart], [innerGroups * k]);
  const entries = b.mul(b.reshape(a, [innerGroups, -1, k]), b.reshape(part, [innerGroups, 1, k]));
  return b.reshape(entries, a.shape);
}

function expand(b: Builder, inputs: readonly Value[], attrs: FusedMatmulAttrs): readonly Value[] {
  const { a, b: right, scale, bias, gate, operand } = operandsOf(inputs, attrs);
  const product = b.matmul(scaledInside(b, a, scale, attrs), right, attrs.transposeA, attrs.transposeB);
  const n = product.shape.at(-1)!;
  const rows = sizeOf(attrs.shape) / n;
  // y by groups of rows, [groups, rows of a group, N], with a part of the flat value, [groups, 1, N or 1].
  type Binary = (x: Value, y: Value) => Value;
  const grouped = (
    x: Value,
    flat: Value,
    start: number,
    rowsPerGroup: number,
    columns: number,
    apply: Binary,
  ): Value => {
    const groups = rows / rowsPerGroup;
    const part = b.slice(b.reshape(flat, [-1]), [start], [groups * columns]);
    const result = apply(b.reshape(x, [groups, rowsPerGroup, n]), b.reshape(part, [groups, 1, columns]));
    return b.reshape(result, attrs.shape);
  };
  let z = b.reshape(product, attrs.shape);
  if (scale && attrs.innerGroups === 0) z = grouped(z, scale, attrs.scaleStart, attrs.rowsPerScale, n, b.mul);
  if (bias) z = grouped(z, bias, attrs.biasStart, attrs.rowsPerBias, n, b.add);
  let y = z;
  if (attrs.activation === "gelu") y = b.one(geluDef, [z], {});
  if (attrs.activation === "geluGrad") y = b.one(geluGradDef, [b.reshape(operand!, attrs.shape), z], {});
  if (gate) y = grouped(y, gate, attrs.gateStart, attrs.rowsPerGate, 1, b.mul);
  const repeated = [rows / attrs.residualRows, attrs.residualRows * n];
  if (attrs.residualRows > 0)
    y = b.reshape(b.add(b.reshape(y, repeated), b.reshape(operand!, [1, attrs.residualRows * n])), attrs.shape);
  if (attrs.keep === "none") return [y];
  return [y, attrs.keep === "z" ? z : b.reshape(product, attrs.shape)];
}

const writerOf = (n: number): ShaderPart =>
  n % 4 === 0
    ? ["finish4", `${geluMath}\n${epilogue}\n${finish4}`]
    : ["finish1", `${geluMath}\n${epilogue}\n${finish1}`];

const epilogueOverrides = (attrs: FusedMatmulAttrs, rows: number): Record<string, number> => ({
  hasScale: Number(attrs.rowsPerScale > 0),
  innerScale: Number(attrs.innerGroups > 0),
  innerGroups: Math.max(1, attrs.innerGroups),
  hasBias: Number(attrs.rowsPerBias > 0),
  hasGate: Number(attrs.rowsPerGate > 0),
  rowsPerScale: Math.max(1, attrs.rowsPerScale),
  rowsPerBias: Math.max(1, attrs.rowsPerBias),
  rowsPerGate: Math.max(1, attrs.rowsPerGate),
  activation: { none: 0, gelu: 1, geluGrad: 2 }[attrs.activation],
  scaleStart: attrs.scaleStart,
  biasStart: attrs.biasStart,
  gateStart: attrs.gateStart,
  keepProduct: Number(attrs.keep === "product"),
  keepZ: Number(attrs.keep === "z"),
  residual: Number(attrs.residualRows > 0),
  operandRows: attrs.residualRows || rows,
});

/** One call; two where K is split, the second of which sums and finishes. */
const kernel: KernelRule<FusedMatmulAttrs> = (node, limits) => {
  const [a, b] = node.inputs;
  // The first stage of a split product is a plain one, which knows no scale of A.
  const mayCut = node.attrs.innerGroups === 0;
  return fusedMatmulCalls(node, chooseTiling(productOf(a!.shape, b!.shape, node.attrs), limits, mayCut), limits);
};

/** The calls of a node under a given tiling. */
export function fusedMatmulCalls(
  node: Node<FusedMatmulAttrs>,
  tiling: ReturnType<typeof chooseTiling>,
  limits: DeviceLimits,
): readonly KernelCall[] | null {
  if (limits.maxStorageBuffers < 8) return null;
  const { attrs } = node;
  const { a, b, scale, bias, gate, operand } = operandsOf(node.inputs, attrs);
  const product = productOf(a.shape, b.shape, attrs);
  const rows = product.batch * product.m;
  const writer = writerOf(product.n);
  const overrides = productOverrides(product, tiling);
  // Absent operands are bound to something that is read anyway, an absent second output to memory of its own.
  const epilogueReads = (any: ReadOperand) => [scale ?? any, bias ?? any, gate ?? any, operand ?? any];
  const writes = [node.outputs[0]!, node.outputs[1] ?? { scratch: 4 }];
  if (tiling.splits === 1) {
    return [
      {
        shader: productShader(product, tiling.tile, [writer[0], `${writer[1]}\n${left}`]),
        entry: "main",
        overrides: { ...overrides, ...epilogueOverrides(attrs, rows) },
        reads: [a, b, ...epilogueReads(a)],
        writes,
        groups: productGroups(product, tiling),
        flops: issuedFlops(product, tiling) + epilogueFlops(attrs),
      },
    ];
  }
  const parts = { scratch: tiling.splits * rows * product.n };
  const { sizeM, sizeN, sizeK, batches, splits, kPerSplit } = overrides as Record<string, number>;
  return [
    {
      shader: productShader(product, tiling.tile, plainWriter(product.n)),
      entry: "main",
      overrides,
      reads: [a, b],
      writes: [parts],
      groups: productGroups(product, tiling),
      flops: issuedFlops(product, tiling),
    },
    {
      shader: { name: `matmulReduce.${writer[0]}`, code: [sizes, writer[1], reduce].join("\n") },
      entry: "main",
      overrides: { sizeM, sizeN, sizeK, batches, splits, kPerSplit, ...epilogueOverrides(attrs, rows) } as Record<
        string,
        number
      >,
      reads: [parts, parts, ...epilogueReads(parts)],
      writes,
      groups: groupsFor(Math.ceil((rows * Math.ceil(product.n / 4)) / 64)),
      flops: tiling.splits * rows * product.n + epilogueFlops(attrs),
    },
  ];
}

function epilogueFlops({
  shape,
  rowsPerScale,
  rowsPerBias,
  rowsPerGate,
  activation,
  residualRows,
}: FusedMatmulAttrs): number {
  const simple = [rowsPerScale > 0, rowsPerBias > 0, rowsPerGate > 0, residualRows > 0].filter(Boolean).length;
  return sizeOf(shape) * (simple + { none: 0, gelu: 15, geluGrad: 20 }[activation]);
}

/** (A, B, then those of scale, bias, gate, operand that the attributes name) → y, and z where it is kept. */
export const fusedMatmulDef = {
  name: "fusedMatmul",
  kind: "composite",
  infer: (inputs, attrs) => {
    const [a, b] = inputs as [Value, Value];
    const [product] = matmul.infer([a, b], attrs);
    const n = product!.at(-1)!;
    if (sizeOf(product!) !== sizeOf(attrs.shape) || attrs.shape.at(-1) !== n)
      throw new Error(`a product ${showShape(product!)} cannot become ${showShape(attrs.shape)}.`);
    if (attrs.residualRows > 0 && attrs.activation === "geluGrad")
      throw new Error("a residual and the slope of a GELU cannot be read at once.");
    checkOperands(inputs, attrs, sizeOf(attrs.shape) / n, n);
    return attrs.keep === "none" ? [attrs.shape] : [attrs.shape, attrs.shape];
  },
  expand,
  kernel,
  flops: (node) => {
    const { m, n, k, batch } = matmulSizes(node.inputs[0]!.shape, node.inputs[1]!.shape, node.attrs);
    return 2 * m * n * k * sizeOf(batch) + epilogueFlops(node.attrs);
  },
} as const satisfies OpDef<FusedMatmulAttrs>;
