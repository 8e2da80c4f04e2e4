import { describe, expect, it } from "vitest";
import { fitPositions } from "../../src/core/checkpoint/positions";

const table = "backbone.layers.0.blocks.0.attn.relative_position_bias_table";
const places = "backbone.pos_embed";

describe("positions of a file at another size", () => {
  it("are left alone where the size is the same", () => {
    const values = Float32Array.from({ length: 18 }, (_, i) => i);
    expect(fitPositions(table, values, [9, 2], [9, 2])).toBe(values);
  });

  it("keep constants, head by head", () => {
    const values = Float32Array.from({ length: 9 * 2 }, (_, i) => (i % 2 === 0 ? 3 : -1));
    const resized = fitPositions(table, values, [9, 2], [49, 2]);
    expect(resized.length).toBe(98);
    for (let i = 0; i < 98; i++) expect(resized[i]).toBeCloseTo(i % 2 === 0 ? 3 : -1, 5);
  });

  it("follow PyTorch's bicubic interpolation without aligned corners", () => {
    // One head that rises along rows: 0, 1, 2 → five rows. torch.nn.functional.interpolate(..., mode="bicubic"), worked out by hand from
    // its kernel (a = -0.75): row 1 reads at 0.4, between rows 0 and 1, with the border repeated.
    const kernel = (t: number): number =>
      t <= 1 ? (1.25 * t - 2.25) * t * t + 1 : ((-0.75 * t + 3.75) * t - 6) * t + 3;
    const [rows, at] = [[0, 0, 1, 2], 0.4];
    const expected = rows.reduce((sum, row, tap) => sum + row * kernel(Math.abs(at - (tap - 1))), 0);
    const values = Float32Array.from({ length: 9 }, (_, i) => Math.floor(i / 3));
    const resized = Array.from(fitPositions(table, values, [9, 1], [25, 1]));
    for (const column of [0, 1, 2, 3, 4]) expect(resized[5 + column]).toBeCloseTo(expected, 6);
    expect(resized[12]).toBeCloseTo(1, 6);
  });

  it("keep the class token's and resize the map's alone", () => {
    const values = Float32Array.from({ length: 5 * 3 }, (_, i) => (i < 3 ? 10 + i : 7));
    const resized = Array.from(fitPositions(places, values, [1, 5, 3], [1, 10, 3]));
    expect(resized.slice(0, 3)).toEqual([10, 11, 12]);
    expect(resized.length).toBe(30);
    for (const value of resized.slice(3)) expect(value).toBeCloseTo(7, 5);
  });

  it.each([
    ["other heads", table, [9, 2], [25, 4]],
    ["a table that is no square", table, [10, 2], [25, 2]],
    ["a weight", "backbone.layers.0.blocks.0.mlp.fc1.weight", [4, 9], [4, 25]],
  ] as const)("refuse %s by name and sizes", (_what, name, from, to) => {
    const values = new Float32Array(from[0] * from[1]);
    expect(() => fitPositions(name, values, from, to)).toThrow(
      `${name} is [${from}] in the file, but this model needs [${to}]`,
    );
  });
});
