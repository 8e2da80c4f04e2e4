import { describe, expect, it } from "vitest";
import {
  bilinearMatrix,
  cubicTaps,
  linearTaps,
  nearestIndices,
  resample,
  tapsMatrix,
} from "../../src/core/math/interpolation";

const rows = (matrix: Float64Array, width: number): number[][] =>
  Array.from({ length: matrix.length / width }, (_, i) => [...matrix.subarray(i * width, (i + 1) * width)]);

describe("bilinearMatrix", () => {
  it("doubles as PyTorch does with align_corners=False", () => {
    expect(rows(bilinearMatrix(4, 2), 2)).toEqual([
      [1, 0],
      [0.75, 0.25],
      [0.25, 0.75],
      [0, 1],
    ]);
  });

  it("halves by averaging the two pixels in the middle, without a filter", () => {
    expect(rows(bilinearMatrix(1, 4), 4)).toEqual([[0, 0.5, 0.5, 0]]);
  });

  it("is the identity at equal sizes, and each row sums to 1", () => {
    expect(rows(bilinearMatrix(3, 3), 3)).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    for (const row of rows(bilinearMatrix(7, 5), 5)) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 15);
  });

  it("refuses sides below one pixel", () => {
    expect(() => bilinearMatrix(0, 3)).toThrow(/at least 1 pixel/);
  });
});

describe("cubicTaps", () => {
  it("gives the weights of Keys' kernel with a = -0.75 at a quarter pixel", () => {
    // w(1.25), w(0.25), w(0.75), w(1.75) of the kernel with a = -3/4.
    const expected = [-0.10546875, 0.87890625, 0.26171875, -0.03515625];
    const taps = cubicTaps(8, 4);
    expect([...taps.weights.subarray(12, 16)]).toEqual(expected);
    expect([...taps.indices.subarray(12, 16)]).toEqual([0, 1, 2, 3]);
  });

  it("keeps constants, and straight lines away from the border", () => {
    const matrix = rows(tapsMatrix(cubicTaps(20, 10), 10), 10);
    for (const row of matrix) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 14);
    expect(rows(tapsMatrix(cubicTaps(4, 4), 4), 4)[2]).toEqual([0, 0, 1, 0]);
  });
});

describe("nearestIndices", () => {
  it("takes the pixel under the centre", () => {
    expect([...nearestIndices(2, 4)]).toEqual([1, 3]);
    expect([...nearestIndices(4, 2)]).toEqual([0, 0, 1, 1]);
    expect([...nearestIndices(3, 3)]).toEqual([0, 1, 2]);
    expect([...nearestIndices(1, 1)]).toEqual([0]);
  });
});

describe("a window", () => {
  it("shows a stretch of the input, and the border beyond it", () => {
    const inner = { start: 1, length: 2 };
    expect([...nearestIndices(4, 4, inner)]).toEqual([1, 1, 2, 2]);
    expect(rows(tapsMatrix(linearTaps(2, 4, inner), 4), 4)).toEqual([
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ]);
    const beyond = { start: -2, length: 8 };
    expect([...nearestIndices(4, 4, beyond)]).toEqual([-1, 1, 3, -1]);
    for (const taps of [linearTaps(4, 4, beyond), cubicTaps(4, 4, beyond)]) {
      const first = rows(tapsMatrix(taps, 4), 4)[0]!;
      expect(first[0]).toBeGreaterThan(0.85);
      expect(first.reduce((a, b) => a + b)).toBeCloseTo(1, 14);
    }
  });

  it("that is the whole input changes nothing", () => {
    expect(cubicTaps(7, 5, { start: 0, length: 5 })).toEqual(cubicTaps(7, 5));
    expect(nearestIndices(7, 5, { start: 0, length: 5 })).toEqual(nearestIndices(7, 5));
  });
});

describe("resample", () => {
  it("is the product with both axes' matrices, channel by channel", () => {
    const image = { width: 3, height: 2, data: Float32Array.of(1, 10, 2, 20, 4, 40, 8, 80, 16, 160, 32, 320) };
    const result = resample(image, 2, linearTaps(3, 2), linearTaps(5, 3));
    const vertical = rows(bilinearMatrix(3, 2), 2);
    const horizontal = rows(bilinearMatrix(5, 3), 3);
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 5; x++) {
        let sum = 0;
        for (let i = 0; i < 2; i++) {
          for (let j = 0; j < 3; j++) sum += vertical[y]![i]! * horizontal[x]![j]! * image.data[(i * 3 + j) * 2]!;
        }
        expect(result[(y * 5 + x) * 2]).toBeCloseTo(sum, 4);
        expect(result[(y * 5 + x) * 2 + 1]).toBeCloseTo(10 * sum, 3);
      }
    }
  });
});
