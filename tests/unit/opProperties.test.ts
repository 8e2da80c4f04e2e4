/** What batch norm, resize, space-to-depth and drop path mean, by hand-computed values and by their properties. */
import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import type { Shape, Value } from "../../src/core/graph/node";
import { batchNormEval, batchNormTrain } from "../../src/core/ops/batchNorm";
import { dropPath } from "../../src/core/ops/dropPath";
import { resizeBilinear } from "../../src/core/ops/resizeBilinear";
import { depthToSpace, type NeighbourOrder, spaceToDepth } from "../../src/core/ops/spaceToDepth";
import { evaluate } from "../reference/evaluate";

function run(
  inputs: readonly { readonly shape: Shape; readonly data: readonly number[] }[],
  build: (b: Builder, values: Value[]) => readonly Value[],
): number[][] {
  const b = new Builder();
  const values = inputs.map(({ shape }, i) => b.input(`x${i}`, shape));
  const outputs = build(b, values);
  for (const [i, y] of outputs.entries()) b.output(`y${i}`, y);
  const feeds = Object.fromEntries(inputs.map(({ data }, i) => [`x${i}`, data]));
  const result = evaluate(b.build(), feeds).outputs;
  return outputs.map((_, i) => [...result[`y${i}`]!]);
}

const iota = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const close = (got: readonly number[], want: readonly number[], digits = 6): void => {
  expect(got.length).toBe(want.length);
  for (const [i, v] of want.entries()) expect(got[i]).toBeCloseTo(v, digits);
};

describe("resizeBilinear", () => {
  it("gives PyTorch's numbers going up by two", () => {
    const [y] = run([{ shape: [1, 1, 3, 1], data: [0, 4, 8] }], (b, [x]) => [resizeBilinear(b, x!, 1, 6)]);
    close(y!, [0, 1, 3, 5, 7, 8]);
  });
  it("gives PyTorch's numbers going down, without a low-pass filter", () => {
    const [y] = run([{ shape: [1, 1, 6, 1], data: [0, 1, 2, 10, 20, 30] }], (b, [x]) => [resizeBilinear(b, x!, 1, 2)]);
    // Positions 1 and 4 exactly.
    close(y!, [1, 20]);
  });
  it("treats both axes and channels alike", () => {
    const data = iota(2 * 3).flatMap((i) => [i, -i]);
    const [y] = run([{ shape: [1, 2, 3, 2], data }], (b, [x]) => [resizeBilinear(b, x!, 4, 3)]);
    // The map is linear, so rows at positions 0, 0.25, 0.75, 1 (three numbers a row) are 0, 0.75, 2.25, 3 more.
    close(
      y!,
      [0, 0.75, 2.25, 3].flatMap((row) => [0, 1, 2].flatMap((x) => [row + x, -(row + x)])),
    );
  });
  it("keeps a constant and the same size as they are", () => {
    const [y] = run([{ shape: [1, 2, 2, 1], data: [7, 7, 7, 7] }], (b, [x]) => [resizeBilinear(b, x!, 5, 3)]);
    close(
      y!,
      Array.from({ length: 15 }, () => 7),
    );
    const b = new Builder();
    const x = b.input("x", [1, 2, 2, 1]);
    expect(resizeBilinear(b, x, 2, 2)).toBe(x);
  });
  it("refuses a size of nothing", () => {
    const b = new Builder();
    expect(() => resizeBilinear(b, b.input("x", [1, 2, 2, 1]), 0, 2)).toThrow(/at least 1×1; 0×2/);
  });
});

describe("spaceToDepth", () => {
  const picture = { shape: [1, 2, 4, 1], data: iota(8) };
  const moved = (order: NeighbourOrder) => run([picture], (b, [x]) => [spaceToDepth(b, x!, 2, order)])[0];
  it("orders neighbours by row: (0,0),(0,1),(1,0),(1,1)", () => {
    expect(moved("row")).toEqual([0, 1, 4, 5, 2, 3, 6, 7]);
  });
  it("orders neighbours by column, as Swin's patch merging: (0,0),(1,0),(0,1),(1,1)", () => {
    expect(moved("column")).toEqual([0, 4, 1, 5, 2, 6, 3, 7]);
  });
  it.each(["row", "column"] as const)("is undone by depthToSpace, order %s", (order) => {
    const data = iota(2 * 6 * 9 * 2);
    const [y] = run([{ shape: [2, 6, 9, 2], data }], (b, [x]) => [
      depthToSpace(b, spaceToDepth(b, x!, 3, order), 3, order),
    ]);
    expect(y).toEqual(data);
  });
  it("refuses sides that are no multiples of the block", () => {
    const b = new Builder();
    expect(() => spaceToDepth(b, b.input("x", [1, 5, 4, 1]), 2, "row")).toThrow(/5×4 are not multiples/);
  });
});

describe("batch norm", () => {
  const x = { shape: [2, 3, 1], data: [1, 2, 6, -4, 0, 4] };
  const one = { shape: [2, 1], data: [1, 1] };
  const zero = { shape: [2, 1], data: [0, 0] };
  it("normalises each stream by its own mean and biased variance", () => {
    const [y, mean, variance] = run([x, one, zero], (b, [v, gamma, beta]) => {
      const norm = batchNormTrain(b, v!, gamma!, beta!, 0);
      return [norm.y, norm.mean, norm.variance];
    });
    close(mean!, [3, 0]);
    close(variance!, [14 / 3, 32 / 3]);
    const s = [Math.sqrt(14 / 3), Math.sqrt(32 / 3)] as const;
    close(y!, [-2 / s[0], -1 / s[0], 3 / s[0], -4 / s[1], 0, 4 / s[1]]);
  });
  it("evaluated with the statistics of the same rows, it gives the training result", () => {
    const gamma = { shape: [2, 1], data: [2, 0.5] };
    const beta = { shape: [2, 1], data: [-1, 3] };
    const [trained, evaluated] = run([x, gamma, beta], (b, [v, g, shift]) => {
      const norm = batchNormTrain(b, v!, g!, shift!);
      return [norm.y, batchNormEval(b, v!, g!, shift!, norm.mean, norm.variance)];
    });
    close(evaluated!, trained!, 12);
  });
  it("refuses statistics over no rows", () => {
    const b = new Builder();
    const gamma = b.input("gamma", [1, 2]);
    expect(() => batchNormTrain(b, b.input("x", [1, 0, 2]), gamma, gamma)).toThrow(/over no rows/);
  });
});

describe("dropPath", () => {
  it("scales samples one by one", () => {
    const x = { shape: [3, 2, 1], data: iota(6) };
    const [y] = run([x, { shape: [3], data: [0, 1.25, 2] }], (b, [v, mask]) => [dropPath(b, v!, mask!)]);
    expect(y).toEqual([0, 0, 2.5, 3.75, 8, 10]);
  });
  it("refuses a mask of another length", () => {
    const b = new Builder();
    expect(() => dropPath(b, b.input("x", [3, 2]), b.input("mask", [2]))).toThrow(/mask \[B\]/);
  });
});
