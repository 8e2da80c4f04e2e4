import { describe, expect, it } from "vitest";
import { fuse, repeatedRows, rowsPerGroup } from "../../src/core/exec/webgpu/fuse";
import { dropUnusedGradients } from "../../src/core/exec/webgpu/fuseGradients";
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { type Graph, sizeOf, type Value } from "../../src/core/graph/node";
import { removeDeadNodes } from "../../src/core/graph/passes";
import { random } from "../../src/core/math/random";
import { dropPath } from "../../src/core/ops/dropPath";
import { gelu } from "../../src/core/ops/gelu";
import { layerNorm } from "../../src/core/ops/layerNorm";
import { windowAttention } from "../../src/core/ops/windowAttention";
import { evaluate } from "../reference/evaluate";

const limits = {
  maxWorkgroupInvocations: 256,
  maxWorkgroupStorageBytes: 16384,
  maxStorageBuffers: 8,
  subgroups: false,
  cpuAdapter: false,
};

function feedsOf(graph: Graph): Record<string, Float64Array> {
  const feeds: Record<string, Float64Array> = {};
  for (const node of graph.nodes) {
    if (node.op.name !== "input") continue;
    const name = String(node.attrs["name"]);
    const stream = random(3, "fuse test", name);
    feeds[name] = Float64Array.from({ length: sizeOf(node.outputs[0]!.shape) }, () => stream.normal());
  }
  return feeds;
}

/** Fuses, checks that every output is unchanged, and returns how often each op occurs. */
function fuseAndCompare(graph: Graph): { counts: Record<string, number>; fused: Graph } {
  const plain = removeDeadNodes(graph);
  const fused = fuse(plain, limits);
  const feeds = feedsOf(plain);
  const before = evaluate(plain, feeds).outputs;
  const after = evaluate(fused, feeds).outputs;
  expect(Object.keys(after)).toEqual(Object.keys(before));
  for (const [name, truth] of Object.entries(before)) {
    const error = truth.reduce((worst, v, i) => Math.max(worst, Math.abs(v - after[name]![i]!)), 0);
    expect(error, name).toBeLessThan(1e-12);
  }
  const counts: Record<string, number> = {};
  for (const node of fused.nodes) counts[node.op.name] = (counts[node.op.name] ?? 0) + 1;
  return { counts, fused };
}

const linear = (b: Builder, x: Value, name: string, out: number): Value => {
  const weight = b.input(`${name}.weight`, [out, x.shape.at(-1)!]);
  return b.add(b.matmul(x, weight, false, true), b.input(`${name}.bias`, [out]));
};

describe("fusing products", () => {
  it("takes bias, GELU, drop path and residual of a whole MLP into two products, derivatives included", () => {
    const b = new Builder();
    const x = b.input("x", [2, 3, 3, 8]);
    const hidden = gelu(b, linear(b, x, "fc1", 16));
    const y = b.add(x, dropPath(b, linear(b, hidden, "fc2", 8), b.input("mask", [2])));
    b.output("y", y);
    const weights = b.nodes.filter((n) => n.op.name === "input" && n !== x.node).map((n) => n.outputs[0]!);
    const wrt = [x, ...weights.filter((v) => v.shape.length > 1)];
    for (const [i, g] of gradients(b, b.sum(b.mul(y, y)), wrt).entries()) b.output(`g${i}`, g!);
    const { counts, fused } = fuseAndCompare(b.build());
    // fc1, fc2, the derivative of fc2 times the slope of GELU, the derivative of fc1 plus that of the short cut
    expect(counts["fusedMatmul"]).toBe(4);
    // dW of both
    expect(counts["matmul"]).toBe(2);
    expect(counts["gelu"]).toBeUndefined();
    expect(counts["geluGrad"]).toBeUndefined();
    const kept = fused.nodes.filter((n) => n.attrs["keep"] === "z");
    expect(kept.length).toBe(1);
  });

  it("takes the factored DiTASK linear with one scale per task stream: ((x V) s') Uᵀ + b", () => {
    const b = new Builder();
    const x = b.input("x", [3, 5, 8]);
    const scale = b.reshape(b.input("s", [3, 8]), [3, 1, 8]);
    const product = b.mul(b.matmul(x, b.input("V", [8, 8])), scale);
    b.output("y", b.add(b.matmul(product, b.input("U", [12, 8]), false, true), b.input("b", [12])));
    const { counts, fused } = fuseAndCompare(b.build());
    expect(counts).toMatchObject({ fusedMatmul: 2 });
    expect(counts["mul"] ?? counts["add"] ?? counts["matmul"]).toBeUndefined();
    expect(fused.nodes.find((n) => n.op.name === "fusedMatmul")!.attrs["rowsPerScale"]).toBe(5);
  });

  it("keeps the product of a scaled one, which the gradient of the scale reads", () => {
    const b = new Builder();
    const [x, s] = [b.input("x", [2, 5, 8]), b.input("s", [8])];
    const y = b.matmul(b.mul(b.matmul(x, b.input("V", [8, 8])), s), b.input("U", [12, 8]), false, true);
    b.output("y", y);
    const [dx, ds] = gradients(b, b.sum(b.mul(y, y)), [x, s]);
    b.output("dx", dx!);
    b.output("ds", ds!);
    const { fused, counts } = fuseAndCompare(b.build());
    expect(counts).toMatchObject({ fusedMatmul: 2, matmul: 2 });
    // x V forward and dy U backward are scaled in their epilogues, and both are read again by ds = Σ (dy U) (x V).
    expect(fused.nodes.filter((n) => n.attrs["keep"] === "product").length).toBe(2);
  });

  it("leaves a product of two maps that is only summed to the kernel of the sum", () => {
    const b = new Builder();
    const product = b.matmul(b.input("x", [4, 5]), b.input("w", [5, 6]));
    b.output("y", b.sum(b.mul(product, b.input("z", [4, 6])), [0]));
    expect(fuseAndCompare(b.build()).counts["fusedMatmul"]).toBeUndefined();
  });

  it("takes a scale along K into the product, of all entries or one for each", () => {
    const b = new Builder();
    const [u, v] = [b.input("u", [4, 6]), b.input("v", [6, 5])];
    b.output("one", b.matmul(b.mul(u, b.input("s", [1, 1, 6])), v));
    b.output("each", b.matmul(b.mul(b.input("t", [3, 1, 6]), b.input("us", [3, 4, 6])), b.input("vs", [3, 6, 5])));
    b.output("rows", b.matmul(b.mul(u, b.input("r", [4, 1])), v));
    const { counts, fused } = fuseAndCompare(b.build());
    expect(counts).toMatchObject({ fusedMatmul: 2, matmul: 1, mul: 1 });
    expect(fused.nodes.flatMap((n) => n.attrs["innerGroups"] ?? [])).toEqual([1, 3]);
  });

  it("reads parts of parameter vectors in place", () => {
    const b = new Builder();
    const parameters = b.input("parameters", [100]);
    const product = b.matmul(b.input("x", [2, 3, 4]), b.input("w", [4, 5]));
    const mask = b.reshape(b.slice(parameters, [21], [2]), [2, 1, 1]);
    b.output("y", b.mul(b.add(product, b.slice(parameters, [7], [5])), mask));
    const { counts, fused } = fuseAndCompare(b.build());
    expect(counts).toEqual({ input: 3, fusedMatmul: 1 });
    expect(fused.nodes.at(-1)!.attrs).toMatchObject({ biasStart: 7, gateStart: 21, rowsPerGate: 3 });
  });

  it("adds a residual that all streams share", () => {
    const b = new Builder();
    const product = b.matmul(b.input("x", [3, 2, 4]), b.input("w", [4, 5]));
    b.output("y", b.add(b.input("shared", [1, 2, 5]), product));
    const { counts, fused } = fuseAndCompare(b.build());
    expect(counts).toEqual({ input: 3, fusedMatmul: 1 });
    expect(fused.nodes.at(-1)!.attrs["residualRows"]).toBe(2);
  });

  it("sees through reshapes that keep the columns", () => {
    const b = new Builder();
    const tokens = b.matmul(b.input("x", [12, 8]), b.input("w", [8, 4]));
    b.output("y", b.add(b.reshape(tokens, [3, 4, 4]), b.input("bias", [3, 1, 4])));
    const { counts, fused } = fuseAndCompare(b.build());
    expect(counts).toEqual({ input: 3, fusedMatmul: 1 });
    expect(fused.nodes.at(-1)!.attrs["rowsPerBias"]).toBe(4);
  });

  it("leaves a product alone whose result is read elsewhere or is an output", () => {
    const b = new Builder();
    const [x, w, bias] = [b.input("x", [4, 4]), b.input("w", [4, 4]), b.input("bias", [4])];
    const shared = b.matmul(x, w);
    b.output("a", b.add(shared, bias));
    b.output("b", b.neg(shared));
    const returned = b.matmul(w, x);
    b.output("c", returned);
    b.output("d", b.add(returned, bias));
    expect(fuseAndCompare(b.build()).counts["fusedMatmul"]).toBeUndefined();
  });

  it("leaves what broadcasts the product, squares it, or scales it after the bias", () => {
    const b = new Builder();
    const product = (name: string) => b.matmul(b.input(`${name}x`, [3, 4]), b.input(`${name}w`, [4, 5]));
    b.output("stretched", b.add(product("a"), b.input("big", [2, 3, 5])));
    const squared = product("b");
    b.output("squared", b.mul(squared, squared));
    b.output("late", b.mul(b.add(product("c"), b.input("bias", [5])), b.input("scale", [5])));
    const { counts } = fuseAndCompare(b.build());
    expect(counts).toMatchObject({ fusedMatmul: 1, matmul: 2 });
  });

  it("adds two products by one epilogue", () => {
    const b = new Builder();
    const x = b.input("x", [3, 4]);
    b.output("y", b.add(b.matmul(x, b.input("v", [4, 5])), b.matmul(x, b.input("w", [4, 5]))));
    expect(fuseAndCompare(b.build()).counts).toEqual({ input: 3, matmul: 1, fusedMatmul: 1 });
  });

  it("does not end a chain behind a reader of the kept pre-activation", () => {
    const b = new Builder();
    const z = b.matmul(b.input("x", [3, 4]), b.input("w", [4, 5]));
    const y = gelu(b, z);
    const early = b.neg(z);
    b.output("y", b.add(y, early));
    b.output("early", early);
    const { counts } = fuseAndCompare(b.build());
    expect(counts).toMatchObject({ fusedMatmul: 1, add: 1, neg: 1 });
  });

  it("counts rows of a group", () => {
    expect(rowsPerGroup([5], [2, 3, 5])).toBe(6);
    expect(rowsPerGroup([2, 1, 5], [2, 3, 5])).toBe(3);
    expect(rowsPerGroup([2, 3, 5], [2, 3, 5])).toBe(1);
    expect(rowsPerGroup([2, 1, 1, 1], [2, 3, 4, 5])).toBe(12);
    expect(rowsPerGroup([], [2, 5])).toBe(2);
    expect(rowsPerGroup([1, 3, 5], [2, 3, 5])).toBeUndefined();
    expect(repeatedRows([1, 3, 5], [2, 3, 5])).toBe(3);
    expect(repeatedRows([2, 3, 5], [2, 3, 5])).toBe(6);
    expect(repeatedRows([5], [2, 3, 5])).toBe(1);
    expect(repeatedRows([2, 1, 5], [2, 3, 5])).toBeUndefined();
    expect(repeatedRows([3, 1], [2, 3, 5])).toBeUndefined();
  });
});

describe("adding around norms", () => {
  it("adds the short cut's gradient where the norm's is computed, in blocks one after the other", () => {
    const b = new Builder();
    const x = b.input("x", [3, 6]);
    const block = (h: Value, name: string) => {
      const normed = layerNorm(b, h, b.input(`${name}.gamma`, [6]), b.input(`${name}.beta`, [6]));
      return b.add(h, b.matmul(normed, b.input(`${name}.w`, [6, 6])));
    };
    const y = block(block(x, "first"), "second");
    b.output("dx", gradients(b, b.sum(b.mul(y, y)), [x])[0]!);
    const { fused } = fuseAndCompare(b.build());
    const norms = fused.nodes.filter((n) => n.op.name === "layerNormGrad");
    expect(norms.map((n) => n.attrs["residual"])).toEqual([true, true]);
  });
});

describe("dropping gradients that nobody reads", () => {
  it("keeps dx alone for frozen norms and position biases, and everything where a parameter is trained", () => {
    const b = new Builder();
    const x = b.input("x", [1, 2, 2, 6]);
    const [gamma, beta, bias] = [b.input("gamma", [6]), b.input("beta", [6]), b.input("bias", [1, 4, 4])];
    const y = windowAttention(b, layerNorm(b, x, gamma, beta), bias, { heads: 1, window: 2, shift: 0 });
    const loss = b.sum(b.mul(y, y));
    b.output("dx", gradients(b, loss, [x])[0]!);
    const frozen = fuseAndCompare(b.build()).fused;
    const outputsOf = (graph: Graph) =>
      Object.fromEntries(
        graph.nodes.filter((n) => n.op.name.endsWith("Grad")).map((n) => [n.op.name, n.outputs.length]),
      );
    expect(outputsOf(frozen)).toEqual({ layerNormGrad: 1, windowAttentionGrad: 1 });
    const [dGamma, dBias] = gradients(b, loss, [gamma, bias]);
    b.output("dGamma", dGamma!);
    b.output("dBias", dBias!);
    expect(outputsOf(dropUnusedGradients(removeDeadNodes(b.build())))).toEqual({
      layerNormGrad: 3,
      windowAttentionGrad: 2,
    });
  });
});
