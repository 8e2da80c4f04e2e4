import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { batchNormGradDef, batchNormTrainDef } from "../../src/core/ops/batchNorm";
import { againstExpansion } from "./againstExpansion";
import { gpuLimits, softwareLimits } from "./runCalls";

type Shape3 = readonly [number, number, number];

const draw = (shape: readonly number[], word: string, mean = 0, deviation = 1) => {
  const stream = random(13, "batch norm test", word);
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => mean + deviation * stream.normal()) };
};

async function run([t, n, c]: Shape3, mean = 0, limits = gpuLimits) {
  const x = draw([t, n, c], "x", mean);
  const gamma = draw([t, c], "gamma", 1, 0.3);
  const forward = await againstExpansion(batchNormTrainDef, { eps: 1e-5 }, [x, gamma, draw([t, c], "beta")], limits);
  const [, meanOut, variance] = forward.got;
  const perChannel = [meanOut!, variance!].map((data) => ({ shape: [t, c], data }));
  const inputs = [x, gamma, perChannel[0]!, perChannel[1]!, draw([t, n, c], "dy")];
  const backward = await againstExpansion(batchNormGradDef, { eps: 1e-5 }, inputs, limits);
  return { forward: forward.errors, backward: backward.errors, got: backward.got };
}

const shapes: Record<string, Shape3> = {
  "one row, one channel": [1, 1, 1],
  "one row": [2, 1, 70],
  "channels beyond two workgroups": [1, 33, 150],
  "more rows than parts": [1, 2500, 3],
  "many streams": [5, 40, 17],
  "a decoder's hidden layer": [4, 98, 1080],
};

describe.each(Object.entries({ gpu: gpuLimits, software: softwareLimits }))(
  "batch norm, kernels for %s",
  (_n, limits) => {
    it.each(Object.entries(shapes))("%s: value, statistics and gradients agree with float64", async (_name, shape) => {
      const { forward, backward } = await run(shape, 0, limits);
      for (const error of [...forward, ...backward]) expect(error).toBeLessThan(2e-6);
    });
  },
);

describe("batch norm on WebGPU", () => {
  it("keeps digits where the mean is a thousand deviations", async () => {
    const { forward } = await run([1, 500, 5], 1000);
    // x itself is rounded to 6e-5 there, and so are its deviations.
    expect(forward[0]).toBeLessThan(3e-4);
    expect(forward[1]).toBeLessThan(1e-6);
    expect(forward[2]).toBeLessThan(1e-4);
  });

  it("gives the same bits twice", async () => {
    const [first, second] = [await run([2, 300, 9]), await run([2, 300, 9])];
    expect(first.got).toEqual(second.got);
  });
});
