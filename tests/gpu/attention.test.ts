import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import type { KernelRule } from "../../src/core/graph/kernel";
import { type Node, type Shape, sizeOf } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { windowAttention, windowAttentionGradDef } from "../../src/core/ops/windowAttention";
import { referenceAttention, type Sizes } from "../unit/windowAttentionReference";
import { gpuLimits, runCalls, softwareLimits, worst } from "./runCalls";

function draw(shape: Shape, word: string, deviation = 1): Float32Array {
  const stream = random(13, "attention test", word);
  return Float32Array.from({ length: sizeOf(shape) }, () => deviation * stream.normal());
}

const calls = (node: Node, limits = gpuLimits) => (node.op.kernel as KernelRule)(node, limits);

function nodes({ batch, height, width, channels, heads, window, shift }: Sizes, dBias: boolean) {
  const b = new Builder();
  const qkv = b.input("qkv", [batch, height, width, 3 * channels]);
  const bias = b.input("bias", [heads, window ** 2, window ** 2]);
  const dy = b.input("dy", [batch, height, width, channels]);
  const attrs = { heads, window, shift };
  const forward = windowAttention(b, qkv, bias, attrs).node;
  const backward = b.apply(windowAttentionGradDef, [qkv, bias, ...forward.outputs, dy], { ...attrs, dBias })[0]!.node;
  return { forward, backward, qkv, bias, dy };
}

async function check(sizes: Sizes, deviation = 1) {
  const { forward, backward, qkv, bias, dy } = nodes(sizes, true);
  const data = [draw(qkv.shape, "qkv", deviation), draw(bias.shape, "bias")] as const;
  const dyData = draw(dy.shape, "dy");
  const truth = referenceAttention(...data, dyData, sizes);
  const [y, logSumExp] = await runCalls(forward, calls(forward)!, data);
  const [dqkv, dBias] = await runCalls(backward, calls(backward)!, [...data, y!, logSumExp!, dyData]);
  return {
    y: worst(y!, truth.y),
    logSumExp: worst(logSumExp!, truth.logSumExp),
    dqkv: worst(dqkv!, truth.dqkv),
    dBias: worst(dBias!, truth.dBias),
  };
}

const base = { batch: 1, height: 4, width: 4, channels: 8, heads: 2, window: 4, shift: 0 };
const cases: Record<string, Sizes> = {
  "one window": base,
  "shifted, two images, several units in a workgroup": { ...base, batch: 2, height: 8, width: 12, shift: 2 },
  "window 7, shifted, head size 32": { ...base, height: 14, width: 7, channels: 64, window: 7, shift: 3 },
  "odd head size": { ...base, batch: 2, height: 6, width: 6, channels: 10, window: 3, shift: 1 },
  "heads of one channel": { ...base, channels: 3, heads: 3, window: 2, shift: 1 },
  "one token": { ...base, height: 1, width: 1, window: 1 },
  "window 12": { ...base, height: 12, width: 12, channels: 4, heads: 1, window: 12 },
  "more windows than units, so that some add up several": {
    ...base,
    height: 4,
    width: 12,
    channels: 240,
    heads: 240,
  },
};

describe("window attention on WebGPU", () => {
  it.each(Object.entries(cases))("%s: value and gradients agree with loops in float64", async (_name, sizes) => {
    const errors = await check(sizes);
    for (const error of Object.values(errors)) expect(error).toBeLessThan(4e-6);
  });

  it("stays exact for scores in the hundreds", async () => {
    const errors = await check({ ...base, batch: 2 }, 15);
    // Scores of some hundreds hold 5 decimals in float32, and P follows their absolute error.
    for (const error of Object.values(errors)) expect(error).toBeLessThan(2e-4);
  });

  it("computes the same dqkv in one launch where the bias is frozen", async () => {
    const sizes = { ...base, batch: 2, shift: 1 };
    const [all, some] = [nodes(sizes, true), nodes(sizes, false)];
    const data = [draw(all.qkv.shape, "qkv"), draw(all.bias.shape, "bias")] as const;
    const forward = await runCalls(all.forward, calls(all.forward)!, data);
    const inputs = [...data, forward[0]!, forward[1]!, draw(all.dy.shape, "dy")];
    const [withBias] = await runCalls(all.backward, calls(all.backward)!, inputs);
    const [without] = await runCalls(some.backward, calls(some.backward)!, inputs);
    expect(calls(all.backward)!.length).toBe(2);
    expect(calls(some.backward)!.length).toBe(1);
    expect(without).toEqual(withBias);
  });

  it("leaves windows that do not fit the device to the expansion", () => {
    expect(calls(nodes({ ...base, height: 17, width: 17, window: 17 }, true).forward)).toBeNull();
    expect(calls(nodes({ ...base, height: 12, width: 12, channels: 128, window: 12 }, true).forward)).not.toBeNull();
  });

  it("leaves long windows to the expansion on a software adapter", () => {
    const { forward, backward } = nodes({ ...base, height: 9, width: 9, window: 9 }, true);
    expect([calls(forward, softwareLimits), calls(backward, softwareLimits)]).toEqual([null, null]);
    expect([calls(forward), calls(backward)]).not.toContain(null);
    expect(calls(nodes({ ...base, height: 8, width: 8, window: 8 }, true).forward, softwareLimits)).not.toBeNull();
  });
});
