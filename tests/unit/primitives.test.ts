import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import { sizeOf } from "../../src/core/graph/node";
import { primitives } from "../../src/core/graph/primitives";
import { caseData } from "../reference/caseData";
import { checkDerivative } from "../reference/differences";
import { erf } from "../reference/erf";
import { evaluate } from "../reference/evaluate";
import { primitiveCases } from "../reference/primitiveCases";

const DERIVATIVE_TOLERANCE = 1e-7;

describe.each(Object.entries(primitiveCases))("%s", (name, cases) => {
  it("is in the list of primitives", () => {
    expect(primitives.map((p) => p.name)).toContain(name);
  });

  it.each(cases.filter((c) => c.wrt.length > 0).map((c) => [c.name, c] as const))(
    "%s: the derivative agrees with central differences",
    (_name, c) => {
      const data = c.inputs.map((input, i) => caseData(input, c.name, i));
      const shapes = c.inputs.map((input) => input.shape);
      const { error, checked } = checkDerivative(c.build, shapes, data, { wrt: c.wrt });
      expect(checked).toBeGreaterThan(0);
      expect(error).toBeLessThan(DERIVATIVE_TOLERANCE);
    },
  );
});

/** The output of a one-output graph over one input. */
function numbersOf(build: (b: Builder) => ReturnType<Builder["full"]>): number[] {
  const b = new Builder();
  b.output("y", build(b));
  return [...evaluate(b.build()).outputs["y"]!];
}

const range = (b: Builder, shape: readonly number[]) =>
  b.constant(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => i),
    shape,
  );

describe("the reference evaluator, by hand", () => {
  it("has erf to the last digits", () => {
    expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 15);
    expect(erf(-1)).toBeCloseTo(-0.8427007929497149, 15);
    expect(erf(3)).toBeCloseTo(0.9999779095030014, 15);
    expect([erf(0), erf(7), Number.isNaN(erf(Number.NaN))]).toEqual([0, 1, true]);
  });
  it("broadcasts a column against a row", () => {
    expect(numbersOf((b) => b.add(b.mul(range(b, [2, 1]), 10), range(b, [1, 3])))).toEqual([0, 1, 2, 10, 11, 12]);
  });
  it("transposes", () => {
    expect(numbersOf((b) => b.transpose(range(b, [2, 3]), [1, 0]))).toEqual([0, 3, 1, 4, 2, 5]);
    expect(numbersOf((b) => b.transpose(range(b, [2, 1, 2, 2]), [2, 1, 0, 3]))).toEqual([0, 1, 4, 5, 2, 3, 6, 7]);
  });
  it("slices and pads", () => {
    expect(numbersOf((b) => b.slice(range(b, [3, 3]), [1, 0], [2, 2]))).toEqual([3, 4, 6, 7]);
    expect(numbersOf((b) => b.pad(range(b, [1, 2]), [1, 0], [0, 1]))).toEqual([0, 0, 0, 0, 1, 0]);
  });
  it("concatenates, gathers, scatters", () => {
    expect(numbersOf((b) => b.concat([range(b, [2, 1]), range(b, [2, 2])], 1))).toEqual([0, 0, 1, 1, 2, 3]);
    expect(numbersOf((b) => b.gather(range(b, [3, 2]), Int32Array.of(2, 2, 0)))).toEqual([4, 5, 4, 5, 0, 1]);
    expect(numbersOf((b) => b.scatterAdd(range(b, [3, 1]), Int32Array.of(1, 1, 3), 4))).toEqual([0, 1, 0, 2]);
  });
  it("reduces", () => {
    expect(numbersOf((b) => b.sum(range(b, [2, 3]), [0]))).toEqual([3, 5, 7]);
    expect(numbersOf((b) => b.max(range(b, [2, 3]), [1]))).toEqual([2, 5]);
    expect(numbersOf((b) => b.mean(range(b, [4])))).toEqual([1.5]);
  });
  it("multiplies matrices with either side transposed", () => {
    const product = [3, 4, 5, 9, 14, 19];
    const a = (b: Builder) => range(b, [2, 2]);
    const w = (b: Builder) => range(b, [2, 3]);
    expect(numbersOf((b) => b.matmul(a(b), w(b)))).toEqual([3, 4, 5, 6 + 3 * 1, 2 + 3 * 4, 4 + 3 * 5]);
    expect(numbersOf((b) => b.matmul(b.transpose(a(b), [1, 0]), w(b), true))).toEqual(product);
    expect(numbersOf((b) => b.matmul(a(b), b.transpose(w(b), [1, 0]), false, true))).toEqual(product);
  });
});
