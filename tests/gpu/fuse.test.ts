import { describe, expect, it } from "vitest";
import { type FusedMatmulAttrs, fusedMatmulCalls, fusedMatmulDef } from "../../src/core/exec/webgpu/matmulFused";
import { Builder } from "../../src/core/graph/builder";
import { type Node, type Shape, sizeOf } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { evaluate } from "../reference/evaluate";
import { gpuLimits, runCalls, worst } from "./runCalls";

const none = {
  transposeA: false,
  transposeB: true,
  rowsPerScale: 0,
  rowsPerBias: 0,
  rowsPerGate: 0,
  innerGroups: 0,
  scaleStart: 0,
  biasStart: 0,
  gateStart: 0,
  activation: "none",
  keep: "none",
  residualRows: 0,
} as const;

function draw(shape: Shape, word: string): Float32Array {
  const stream = random(5, "fused product", word);
  return Float32Array.from({ length: sizeOf(shape) }, () => 0.4 * stream.normal());
}

type Epilogue = Partial<Omit<FusedMatmulAttrs, "shape">>;

/** Error of each output of x [R,K] wᵀ [K,N] with an epilogue, against the expansion in float64. */
async function errorsOf(epilogue: Epilogue, n: number, splits: number, tile: "direct" | "32x32"): Promise<number[]> {
  const [rows, k] = [12, 40];
  const attrs: FusedMatmulAttrs = { ...none, ...epilogue, shape: [3, 4, n] };
  const shapes: Shape[] = [[rows, k], attrs.transposeB ? [n, k] : [k, n]];
  if (attrs.rowsPerScale) shapes.push([attrs.scaleStart + (rows / attrs.rowsPerScale) * n]);
  if (attrs.innerGroups) shapes.push([attrs.scaleStart + attrs.innerGroups * k]);
  if (attrs.rowsPerBias) shapes.push([attrs.biasStart + (rows / attrs.rowsPerBias) * n]);
  if (attrs.rowsPerGate) shapes.push([attrs.gateStart + rows / attrs.rowsPerGate]);
  if (attrs.residualRows || attrs.activation === "geluGrad") shapes.push([attrs.residualRows || rows, n]);
  const b = new Builder();
  const inputs = shapes.map((shape, i) => b.input(`${i}`, shape));
  const outputs = b.apply(fusedMatmulDef, inputs, attrs);
  for (const [i, v] of outputs.entries()) b.output(`${i}`, v);
  const data = shapes.map((shape, i) => draw(shape, `${i}`));
  const truth = evaluate(b.build(), Object.fromEntries(data.map((d, i) => [`${i}`, d]))).outputs;
  const node = outputs[0]!.node as Node<FusedMatmulAttrs>;
  const tiling = { tile, splits, kPerSplit: splits > 1 ? 16 : 48 };
  const calls = fusedMatmulCalls(node, tiling, gpuLimits)!;
  expect(calls.length).toBe(splits > 1 ? 2 : 1);
  const results = await runCalls(node, calls, data);
  return results.map((y, i) => worst(y, truth[`${i}`]!));
}

const epilogues: Record<string, Epilogue> = {
  bias: { rowsPerBias: 12 },
  "scale and bias by groups": { rowsPerScale: 4, rowsPerBias: 3 },
  "bias, GELU, pre-activation kept": { rowsPerBias: 12, activation: "gelu", keep: "z" },
  "GELU alone": { activation: "gelu" },
  "slope of GELU": { activation: "geluGrad", transposeB: false },
  "scale, product kept": { rowsPerScale: 12, keep: "product" },
  "parts of longer vectors": {
    rowsPerScale: 6,
    scaleStart: 3,
    rowsPerBias: 4,
    biasStart: 5,
    rowsPerGate: 3,
    gateStart: 7,
  },
  "bias, gate by samples, residual": { rowsPerBias: 12, rowsPerGate: 4, residualRows: 12 },
  "a scale along K": { innerGroups: 1, scaleStart: 2, rowsPerBias: 12 },
  "a residual that repeats": { rowsPerBias: 12, residualRows: 4 },
  everything: { rowsPerScale: 12, rowsPerBias: 6, activation: "gelu", keep: "z", rowsPerGate: 1, residualRows: 12 },
};

describe.each(Object.entries(epilogues))("product with %s on WebGPU", (_name, epilogue) => {
  it.each([8, 7])("agrees with the expansion in float64, %d columns", async (n) => {
    for (const error of await errorsOf(epilogue, n, 1, "direct")) expect(error).toBeLessThan(2e-6);
  });
});

describe("product with everything on WebGPU", () => {
  it.each([8, 7])("agrees where K is split, %d columns", async (n) => {
    for (const error of await errorsOf(epilogues["everything"]!, n, 3, "direct")) expect(error).toBeLessThan(2e-6);
  });

  it("agrees where each entry of a batch scales A along K by itself", async () => {
    const [a, w, s] = [draw([3, 4, 10], "a"), draw([3, 10, 8], "w"), draw([30], "s")];
    const b = new Builder();
    const inputs = [b.input("0", [3, 4, 10]), b.input("1", [3, 10, 8]), b.input("2", [30])];
    const attrs: FusedMatmulAttrs = { ...none, transposeB: false, innerGroups: 3, shape: [3, 4, 8] };
    const y = b.one(fusedMatmulDef, inputs, attrs);
    b.output("y", y);
    const truth = evaluate(b.build(), { 0: a, 1: w, 2: s }).outputs["y"]!;
    const node = y.node as Node<FusedMatmulAttrs>;
    for (const tile of ["direct", "32x32"] as const) {
      const calls = fusedMatmulCalls(node, { tile, splits: 1, kPerSplit: 16 }, gpuLimits)!;
      expect(worst((await runCalls(node, calls, [a, w, s]))[0]!, truth)).toBeLessThan(2e-6);
    }
  });

  it("agrees by the tiled loop", async () => {
    for (const error of await errorsOf(epilogues["everything"]!, 36, 1, "32x32")) expect(error).toBeLessThan(2e-6);
  });

  it("is expanded on a device that binds fewer than 8 buffers", () => {
    const b = new Builder();
    const node = b.one(fusedMatmulDef, [b.input("a", [2, 3]), b.input("b", [4, 3])], { ...none, shape: [2, 4] }).node;
    expect(node.op.kernel!(node, { ...gpuLimits, maxStorageBuffers: 7 })).toBeNull();
  });
});
