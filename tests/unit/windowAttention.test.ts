import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { sizeOf, type Value } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { windowAttention } from "../../src/core/ops/windowAttention";
import { shiftMask } from "../../src/core/ops/windowSizes";
import { evaluate } from "../reference/evaluate";
import { referenceAttention, type Sizes } from "./windowAttentionReference";

const base: Sizes = { batch: 1, height: 4, width: 4, channels: 8, heads: 2, window: 4, shift: 0 };

const cases: Record<string, Sizes> = {
  plain: { ...base, batch: 2, window: 2 },
  shifted: { ...base, batch: 2, height: 8, width: 12, shift: 2 },
  "shifted, odd window": { ...base, height: 6, width: 9, channels: 6, window: 3, shift: 1 },
  "one token": { ...base, height: 1, width: 1, window: 1 },
};

function draw(v: Value): Float64Array {
  const stream = random(17, "window attention", String(v.node.attrs["name"]));
  return Float64Array.from({ length: sizeOf(v.shape) }, () => stream.normal());
}

const largest = (a: Float64Array, b: Float64Array): number =>
  a.reduce((worst, v, i) => Math.max(worst, Math.abs(v - b[i]!)), 0);

describe("window attention by primitives", () => {
  it.each(Object.entries(cases))("%s: value, log-sum-exp and gradients are those of plain loops", (_name, sizes) => {
    const { batch, height, width, channels, heads, window, shift } = sizes;
    const b = new Builder();
    const qkv = b.input("qkv", [batch, height, width, 3 * channels]);
    const bias = b.input("bias", [heads, window ** 2, window ** 2]);
    const dy = b.input("dy", [batch, height, width, channels]);
    const y = windowAttention(b, qkv, bias, { heads, window, shift });
    const [dqkv, dBias] = gradients(b, b.sum(b.mul(y, dy)), [qkv, bias]);
    b.output("y", y);
    b.output("logSumExp", y.node.outputs[1]!);
    b.output("dqkv", dqkv!);
    b.output("dBias", dBias!);
    const feeds = { qkv: draw(qkv), bias: draw(bias), dy: draw(dy) };
    const outputs = evaluate(b.build(), feeds).outputs;
    const truth = referenceAttention(feeds.qkv, feeds.bias, feeds.dy, sizes);
    for (const [name, expected] of Object.entries(truth))
      expect(largest(expected, outputs[name]!), name).toBeLessThan(1e-12);
  });

  it("keeps pairs from different borders apart, and no other pairs", () => {
    // 4 rows, 4 columns, window 2, shift 1: the last window holds four corners of the image, no two of one region.
    const mask = shiftMask(4, 4, 2, 1);
    expect([...mask.subarray(0, 16)]).toEqual(new Array(16).fill(0));
    const last = [...mask.subarray(48)];
    expect(last).toEqual(last.map((_, i) => (i % 5 === 0 ? 0 : -100)));
    expect(shiftMask(4, 4, 2, 1)).toBe(mask);
  });

  it("names what does not fit", () => {
    const b = new Builder();
    const bias = b.input("bias", [2, 4, 4]);
    const attrs = { heads: 2, window: 2, shift: 0 };
    expect(() => windowAttention(b, b.input("a", [1, 5, 4, 12]), bias, attrs)).toThrow(/5×4 tokens do not split/);
    expect(() => windowAttention(b, b.input("b", [1, 4, 4, 10]), bias, attrs)).toThrow(/10 is no multiple of 6/);
    expect(() => windowAttention(b, b.input("c", [1, 4, 4, 12]), bias, { ...attrs, shift: 2 })).toThrow(
      /shift must be/,
    );
    expect(() => windowAttention(b, b.input("c", [1, 4, 4, 12]), bias, { ...attrs, heads: 1 })).toThrow(/bias must be/);
  });
});
