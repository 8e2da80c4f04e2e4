import { describe, expect, it } from "vitest";
import { random } from "../../src/core/math/random";
import { adamwDef } from "../../src/core/ops/adamw";
import { againstExpansion } from "./againstExpansion";

const step = (size: number, decay: readonly number[], learningRates: readonly number[]) => {
  const stream = random(23, "adamw test", size);
  const vector = (draw: () => number) => ({ shape: [size], data: Float32Array.from({ length: size }, draw) });
  return againstExpansion(
    adamwDef,
    {
      groupOf: Int32Array.from({ length: size }, (_, i) => (i * 13) % decay.length),
      groups: decay.length,
      beta1: 0.9,
      beta2: 0.999,
      eps: 1e-8,
    },
    [
      vector(() => stream.normal()),
      vector(() => 10 * stream.normal()),
      vector(() => stream.normal()),
      vector(() => stream.uniform()),
      { shape: [2, decay.length], data: Float32Array.from([...learningRates, ...decay]) },
      { shape: [2], data: Float32Array.of(0, 0.25) },
      { shape: [2], data: Float32Array.of(1 - 0.9 ** 3, 1 - 0.999 ** 3) },
    ],
  );
};

describe("AdamW on WebGPU", () => {
  it.each([1, 5, 256, 4099])("moves %d parameters in place as float64 does", async (size) => {
    const { errors } = await step(size, [0.05, 0, 0.3], [1e-3, 5e-4, 2e-2]);
    for (const error of errors) expect(error).toBeLessThan(1e-6);
  });

  it("leaves zeros with a zero gradient at zero: padding stays padding", async () => {
    const zeros = { shape: [64], data: new Float32Array(64) };
    const { got } = await againstExpansion(
      adamwDef,
      { groupOf: new Int32Array(64), groups: 1, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
      [
        ...[zeros, zeros, zeros, zeros],
        { shape: [2, 1], data: Float32Array.of(1, 0.05) },
        { shape: [2], data: Float32Array.of(0, 1) },
        { shape: [2], data: Float32Array.of(0.1, 0.001) },
      ],
    );
    expect(got.every((y) => y.every((v) => v === 0))).toBe(true);
  });

  it("tells groups apart by byte, up to 256 of them", async () => {
    const decay = Array.from({ length: 256 }, (_, k) => k / 256);
    const { errors } = await step(
      1024,
      decay,
      decay.map((_, k) => 1e-3 * (k + 1)),
    );
    for (const error of errors) expect(error).toBeLessThan(1e-6);
  });
});
