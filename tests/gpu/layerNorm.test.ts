import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import { type Node, type Shape, sizeOf } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { gelu, geluGradDef } from "../../src/core/ops/gelu";
import { layerNorm, layerNormDef, layerNormGradDef } from "../../src/core/ops/layerNorm";
import { gpuLimits, runCalls, softwareLimits, worst } from "./runCalls";

const adapters = { gpu: gpuLimits, software: softwareLimits };

function draw(shape: Shape, word: string, mean = 0, deviation = 1): Float32Array {
  const stream = random(11, "layer norm test", word);
  return Float32Array.from({ length: sizeOf(shape) }, () => mean + deviation * stream.normal());
}

/** Plain loops in float64: forward, and the gradients for dy. */
function reference(x: Float32Array, gamma: Float32Array, beta: Float32Array, dy: Float32Array, eps: number) {
  const channels = gamma.length;
  const rows = x.length / channels;
  const [y, dx] = [new Float64Array(x.length), new Float64Array(x.length)];
  const [mean, rstd] = [new Float64Array(rows), new Float64Array(rows)];
  const [dGamma, dBeta] = [new Float64Array(channels), new Float64Array(channels)];
  for (let r = 0; r < rows; r++) {
    const row = Array.from(x.subarray(r * channels, (r + 1) * channels));
    mean[r] = row.reduce((a, v) => a + v, 0) / channels;
    rstd[r] = 1 / Math.sqrt(row.reduce((a, v) => a + (v - mean[r]!) ** 2, 0) / channels + eps);
    const xHat = row.map((v) => (v - mean[r]!) * rstd[r]!);
    const g = row.map((_, c) => dy[r * channels + c]! * gamma[c]!);
    const meanG = g.reduce((a, v) => a + v, 0) / channels;
    const meanGX = g.reduce((a, v, c) => a + v * xHat[c]!, 0) / channels;
    for (let c = 0; c < channels; c++) {
      const i = r * channels + c;
      y[i] = xHat[c]! * gamma[c]! + beta[c]!;
      dx[i] = rstd[r]! * (g[c]! - meanG - xHat[c]! * meanGX);
      dGamma[c]! += dy[i]! * xHat[c]!;
      dBeta[c]! += dy[i]!;
    }
  }
  return { y, mean, rstd, dx, dGamma, dBeta };
}

const shapes: Record<string, Shape> = {
  typical: [2, 9, 32],
  "rows and channels odd": [7, 13],
  "one channel": [5, 1],
  "one row": [1, 96],
  "more rows than workgroups, so that each takes several": [600, 128],
  "wide rows": [3, 700],
};

describe.each(Object.entries(adapters))("layer norm on WebGPU, kernels for %s", (_name, limits) => {
  it.each(Object.entries(shapes))("%s: value and gradients agree with loops in float64", async (_case, shape) => {
    const channels = shape.at(-1)!;
    const b = new Builder();
    const [x, gamma, beta] = [b.input("x", shape), b.input("gamma", [channels]), b.input("beta", [channels])];
    const forward = layerNorm(b, x, gamma, beta).node as Node<{ eps: number }>;
    const data = [draw(shape, "x", 3, 2), draw([channels], "gamma", 1, 0.3), draw([channels], "beta")] as const;
    const dyData = draw(shape, "dy");
    const truth = reference(...data, dyData, 1e-5);
    const [y, mean, rstd] = await runCalls(forward, layerNormDef.kernel(forward, limits)!, data);
    expect(worst(y!, truth.y)).toBeLessThan(1e-6);
    expect(worst(mean!, truth.mean)).toBeLessThan(1e-6);
    expect(worst(rstd!, truth.rstd)).toBeLessThan(1e-6);
    for (const parameters of [true, false]) {
      const inputs = [b.input("dy", shape), x, gamma, forward.outputs[1]!, forward.outputs[2]!];
      const backward = b.apply(layerNormGradDef, inputs, { parameters })[0]!.node as Node<{ parameters: boolean }>;
      const calls = layerNormGradDef.kernel(backward, limits)!;
      expect(calls.length).toBe(parameters ? 2 : 1);
      const grads = await runCalls(backward, calls, [dyData, data[0], data[1], mean!, rstd!]);
      // With one channel x̂ is rounding noise times rstd = 316: the truth is 0.
      expect(worst(grads[0]!, truth.dx)).toBeLessThan(channels === 1 ? 1e-4 : 2e-6);
      if (!parameters) continue;
      expect(worst(grads[1]!, truth.dGamma)).toBeLessThan(channels === 1 ? 1e-4 : 2e-6);
      expect(worst(grads[2]!, truth.dBeta)).toBeLessThan(2e-6);
    }
  });
});

describe("layer norm on WebGPU", () => {
  it("keeps digits where the mean is large against the deviation", async () => {
    const b = new Builder();
    const node = layerNorm(b, b.input("x", [4, 64]), b.input("g", [64]), b.input("b", [64])).node as Node<{
      eps: number;
    }>;
    const data = [draw([4, 64], "x", 1000, 1), draw([64], "g"), draw([64], "b")] as const;
    const truth = reference(...data, data[0], 1e-5);
    const [y] = await runCalls(node, layerNormDef.kernel(node, gpuLimits)!, data);
    expect(worst(y!, truth.y)).toBeLessThan(2e-4);
  });

  it("adds the gradient that goes around the norm", async () => {
    const b = new Builder();
    const shape = [5, 12];
    const [x, gamma, beta] = [b.input("x", shape), b.input("gamma", [12]), b.input("beta", [12])];
    const forward = layerNorm(b, x, gamma, beta).node as Node<{ eps: number }>;
    const data = [draw(shape, "x"), draw([12], "gamma"), draw([12], "beta")] as const;
    const [dyData, around] = [draw(shape, "dy"), draw(shape, "around")];
    const truth = reference(...data, dyData, 1e-5);
    const [, mean, rstd] = await runCalls(forward, layerNormDef.kernel(forward, gpuLimits)!, data);
    const inputs = [b.input("dy", shape), x, gamma, forward.outputs[1]!, forward.outputs[2]!, b.input("around", shape)];
    const attrs = { parameters: true, residual: true };
    const node = b.apply(layerNormGradDef, inputs, attrs)[0]!.node as Node<typeof attrs>;
    const calls = layerNormGradDef.kernel(node, gpuLimits)!;
    const [dx, dGamma] = await runCalls(node, calls, [dyData, data[0], data[1], mean!, rstd!, around]);
    const sum = truth.dx.map((v, i) => v + around[i]!);
    expect(worst(dx!, sum)).toBeLessThan(2e-6);
    expect(worst(dGamma!, truth.dGamma)).toBeLessThan(2e-6);
  });

  it("leaves rows that do not fit into workgroup memory to the expansion", () => {
    const b = new Builder();
    const [x, gamma] = [b.input("x", [2, 4096]), b.input("gamma", [4096])];
    const mean = b.input("mean", [2, 1]);
    const node = b.apply(layerNormGradDef, [x, x, gamma, mean, mean], { parameters: true })[0]!.node;
    expect(layerNormGradDef.kernel(node as Node<{ parameters: boolean }>, gpuLimits)).toBeNull();
  });
});

/** erfc by its Taylor series or continued fraction, float64. */
function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2.5) {
    let [term, sum] = [x, x];
    for (let n = 1; n < 80; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 100; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

describe("GELU on WebGPU", () => {
  it.each([1604, 1603])("%d numbers from -8 to 8: value and slope agree with float64", async (size) => {
    const x = Float32Array.from({ length: size }, (_, i) => (16 * i) / (size - 1) - 8);
    const dy = draw([size], "dy");
    const b = new Builder();
    const value = b.input("x", [size]);
    const forward = gelu(b, value).node as Node<Record<string, never>>;
    const backward = b.one(geluGradDef, [value, b.input("dy", [size])], {}).node as Node<Record<string, never>>;
    const [y] = await runCalls(forward, forward.op.kernel!(forward, gpuLimits)!, [x]);
    const [dx] = await runCalls(backward, backward.op.kernel!(backward, gpuLimits)!, [x, dy]);
    let [valueError, slopeError] = [0, 0];
    for (let i = 0; i < size; i++) {
      const v = x[i]!;
      const distribution = 0.5 * erfc(-v / Math.SQRT2);
      const density = Math.exp((-v * v) / 2) / Math.sqrt(2 * Math.PI);
      valueError = Math.max(valueError, Math.abs(y![i]! - v * distribution));
      slopeError = Math.max(slopeError, Math.abs(dx![i]! - dy[i]! * (distribution + v * density)));
    }
    expect(valueError).toBeLessThan(6e-7);
    expect(slopeError).toBeLessThan(1e-6);
  });

  it("stays finite and exact far out", async () => {
    const x = Float32Array.of(-1e30, -40, 40, 1e30);
    const b = new Builder();
    const value = b.input("x", [4]);
    const forward = gelu(b, value).node as Node<Record<string, never>>;
    const backward = b.one(geluGradDef, [value, b.input("dy", [4])], {}).node as Node<Record<string, never>>;
    const [y] = await runCalls(forward, forward.op.kernel!(forward, gpuLimits)!, [x]);
    const [dx] = await runCalls(backward, backward.op.kernel!(backward, gpuLimits)!, [x, x.map(() => 1)]);
    expect(worst(y!.subarray(0, 2), [0, 0])).toBeLessThan(1e-6);
    expect([...y!.subarray(2)]).toEqual([40, Math.fround(1e30)]);
    expect(worst(dx!, [0, 0, 1, 1])).toBeLessThan(1e-6);
  });
});
