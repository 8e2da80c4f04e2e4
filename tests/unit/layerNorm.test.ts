import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { layerNorm, layerNormGradDef } from "../../src/core/ops/layerNorm";
import { evaluate } from "../reference/evaluate";

describe("layer norm by primitives", () => {
  it("gives rows of mean beta and deviation gamma", () => {
    const b = new Builder();
    const [x, gamma, beta] = [b.input("x", [2, 4]), b.input("gamma", [4]), b.input("beta", [4])];
    b.output("y", layerNorm(b, x, gamma, beta, 1e-12));
    const { outputs } = evaluate(b.build(), {
      x: [1, 2, 3, 4, 50, 70, 70, 50],
      gamma: [2, 2, 2, 2],
      beta: [1, 1, 1, 1],
    });
    const half = 1 / Math.sqrt(5);
    const expected = [1 - 6 * half, 1 - 2 * half, 1 + 2 * half, 1 + 6 * half, -1, 3, 3, -1];
    for (const [i, v] of expected.entries()) expect(outputs["y"]![i]).toBeCloseTo(v, 9);
  });

  it("keeps mean and 1/deviation, with epsilon inside the root and the variance biased", () => {
    const b = new Builder();
    const x = b.input("x", [1, 2]);
    const [, mean, rstd] = layerNorm(b, x, b.input("g", [2]), b.input("b", [2]), 0.75).node.outputs;
    b.output("mean", mean!);
    b.output("rstd", rstd!);
    const { outputs } = evaluate(b.build(), { x: [1, 2], g: [1, 1], b: [0, 0] });
    expect([...outputs["mean"]!, ...outputs["rstd"]!]).toEqual([1.5, 1]);
  });

  it("gives gradients orthogonal to constants and to the row itself", () => {
    const b = new Builder();
    const [x, dy] = [b.input("x", [1, 5]), b.input("dy", [1, 5])];
    const y = layerNorm(b, x, b.full(1, [5]), b.full(0, [5]), 1e-12);
    const [dx] = gradients(b, b.sum(b.mul(y, dy)), [x]);
    b.output("constant", b.sum(dx!));
    b.output("row", b.sum(b.mul(dx!, y)));
    b.output("size", b.sum(b.abs(dx!)));
    const { outputs } = evaluate(b.build(), { x: [0.3, -1, 2, 0.1, 0.7], dy: [1, 2, -1, 0.5, 3] });
    expect(Math.abs(outputs["constant"]![0]!)).toBeLessThan(1e-12);
    expect(Math.abs(outputs["row"]![0]!)).toBeLessThan(1e-9);
    expect(outputs["size"]![0]!).toBeGreaterThan(0.1);
  });

  it("names what does not fit", () => {
    const b = new Builder();
    const [x, wrong] = [b.input("x", [2, 3]), b.input("wrong", [4])];
    expect(() => layerNorm(b, x, wrong, wrong)).toThrow(/must be \[3\].*\[4\] came/);
    expect(() => layerNorm(b, x, b.full(1, [3]), b.full(0, [3]), 0)).toThrow(/eps must be positive/);
    const mean = b.input("mean", [2]);
    expect(() => b.apply(layerNormGradDef, [x, x, b.full(1, [3]), mean, mean], { parameters: true })).toThrow(
      /\[2,1\]/,
    );
  });
});
