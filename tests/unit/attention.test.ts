import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import type { Shape, Value } from "../../src/core/graph/node";
import { attention } from "../../src/core/nn/attention";
import { windowAttention } from "../../src/core/ops/windowAttention";
import { normals } from "../reference/data";
import { checkDerivative } from "../reference/differences";
import { evaluate } from "../reference/evaluate";
import { relativeError } from "../reference/executors";

const HEADS = 2;
const sizes: Record<string, Shape> = { qkv: [4, 5, 24], bias: [HEADS, 5, 5], mask: [2, 5, 5] };
const data = Object.fromEntries(Object.entries(sizes).map(([name, shape]) => [name, normals(shape, name)]));

/** [N,T,C] by one loop a number. */
function naive(withBias: boolean, withMask: boolean): Float64Array {
  const [groups, tokens, width, d] = [4, 5, 8, 4];
  const y = new Float64Array(groups * tokens * width);
  const at = (n: number, t: number, part: number, head: number, i: number): number =>
    data["qkv"]![(n * tokens + t) * 3 * width + part * width + head * d + i]!;
  for (let n = 0; n < groups; n++)
    for (let head = 0; head < HEADS; head++)
      for (let q = 0; q < tokens; q++) {
        const scores = Array.from({ length: tokens }, (_, k) => {
          let score = 0;
          for (let i = 0; i < d; i++) score += (at(n, q, 0, head, i) * at(n, k, 1, head, i)) / Math.sqrt(d);
          if (withBias) score += data["bias"]![(head * tokens + q) * tokens + k]!;
          if (withMask) score += data["mask"]![((n % 2) * tokens + q) * tokens + k]!;
          return Math.exp(score);
        });
        const total = scores.reduce((sum, s) => sum + s, 0);
        for (let i = 0; i < d; i++)
          y[(n * tokens + q) * width + head * d + i] = scores.reduce(
            (sum, s, k) => sum + (s / total) * at(n, k, 2, head, i),
            0,
          );
      }
  return y;
}

const build = (b: Builder, [qkv, bias, mask]: readonly (Value | undefined)[]): Value =>
  attention(b, qkv!, { heads: HEADS, ...(bias ? { bias } : {}), ...(mask ? { mask } : {}) });

describe("attention", () => {
  it.each([
    [false, false],
    [true, false],
    [true, true],
  ])("is the softmax of products over the values (bias %s, mask %s)", (withBias, withMask) => {
    const b = new Builder();
    const input = (name: string, wanted: boolean) => (wanted ? b.input(name, sizes[name]!) : undefined);
    b.output("y", build(b, [input("qkv", true), input("bias", withBias), input("mask", withMask)]));
    const { y } = evaluate(b.build(), data).outputs;
    expect(relativeError(y!, naive(withBias, withMask))).toBeLessThan(1e-12);
  });

  it("agrees with central differences in all of its inputs", () => {
    const names = ["qkv", "bias", "mask"];
    const { error, checked } = checkDerivative(
      (b, inputs) => [build(b, inputs)],
      names.map((name) => sizes[name]!),
      names.map((name) => data[name]!),
    );
    expect(checked).toBeGreaterThan(100);
    expect(error).toBeLessThan(1e-8);
  });

  it("is window attention where the tokens are one window", () => {
    const b = new Builder();
    const [qkv, bias] = [b.input("qkv", [2, 9, 24]), b.input("bias", [HEADS, 9, 9])];
    b.output("y", attention(b, qkv, { heads: HEADS, bias }));
    const map = b.reshape(qkv, [2, 3, 3, 24]);
    b.output("window", windowAttention(b, map, bias, { heads: HEADS, window: 3, shift: 0 }));
    const feeds = { qkv: normals([2, 9, 24], "window"), bias: normals([HEADS, 9, 9], "window") };
    const { y, window } = evaluate(b.build(), feeds).outputs;
    expect(relativeError(y!, window!)).toBeLessThan(1e-12);
  });

  it("says which sizes do not fit", () => {
    const b = new Builder();
    const qkv = b.input("qkv", [3, 5, 24]);
    expect(() => attention(b, qkv, { heads: 5 })).toThrow(
      /must be a multiple of 15: queries, keys and values of 5 heads/,
    );
    expect(() => attention(b, qkv, { heads: 2, mask: b.input("mask", [2, 5, 5]) })).toThrow(
      /3 groups came with 2 masks/,
    );
  });
});
