import { describe, expect, it } from "vitest";
import { type Shape, sizeOf } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { resizeBilinearDef, resizeBilinearGradDef } from "../../src/core/ops/resizeBilinear";
import { depthToSpaceDef, spaceToDepthDef } from "../../src/core/ops/spaceToDepth";
import { againstExpansion } from "./againstExpansion";

const draw = (shape: Shape, word: string) => {
  const stream = random(17, "resize test", word);
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => stream.normal()) };
};

const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, v, i) => sum + v * y[i]!, 0);

describe("bilinear resize on WebGPU", () => {
  it.each([
    ["eight times up", [1, 7, 7, 3], 56, 56],
    ["up by no whole number", [2, 5, 9, 2], 13, 16],
    ["by less than one pixel", [1, 15, 16, 1], 16, 15],
    ["far down", [1, 40, 31, 2], 3, 4],
    ["one pixel", [2, 1, 1, 5], 9, 1],
  ] as const)(
    "%s: value and gradient agree with the matrices, and are adjoint",
    async (_name, shape, height, width) => {
      const x = draw(shape, "x");
      const dy = draw([shape[0], height, width, shape[3]], "dy");
      const forward = await againstExpansion(resizeBilinearDef, { height, width }, [x]);
      const backward = await againstExpansion(resizeBilinearGradDef, { height: shape[1], width: shape[2] }, [dy]);
      expect(forward.errors[0]).toBeLessThan(5e-7);
      expect(backward.errors[0]).toBeLessThan(5e-7);
      // ⟨dy, R x⟩ = ⟨Rᵀ dy, x⟩
      const [left, right] = [dot(dy.data, forward.got[0]!), dot(backward.got[0]!, x.data)];
      expect(Math.abs(left - right)).toBeLessThan(1e-4);
    },
  );
});

describe("space to depth on WebGPU", () => {
  it.each(["row", "column"] as const)("order %s moves every number to its place and back", async (order) => {
    const x = draw([2, 6, 9, 5], order);
    const there = await againstExpansion(spaceToDepthDef, { block: 3, order }, [x]);
    expect(there.errors).toEqual([0]);
    const depth = { shape: [2, 2, 3, 45], data: there.got[0]! };
    const back = await againstExpansion(depthToSpaceDef, { block: 3, order }, [depth]);
    expect(back.errors).toEqual([0]);
    expect(back.got[0]).toEqual(x.data);
  });
});
