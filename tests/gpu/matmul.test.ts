import { describe, expect, it } from "vitest";
import {
  chooseTiling,
  issuedFlops,
  matmulCalls,
  matmulKernel,
  productOf,
  type TileName,
  type Tiling,
  tiles,
} from "../../src/core/exec/webgpu/matmul";
import { Builder } from "../../src/core/graph/builder";
import { type Node, type Shape, sizeOf } from "../../src/core/graph/node";
import { matmulSizes } from "../../src/core/graph/primitives";
import { random } from "../../src/core/math/random";
import { gpuLimits, runCalls, softwareLimits, worst } from "./runCalls";

const tolerance = 2e-6;

function draw(shape: Shape, word: string): Float32Array {
  const stream = random(7, "matmul test", word);
  return Float32Array.from({ length: sizeOf(shape) }, () => stream.normal());
}

type Flags = { transposeA: boolean; transposeB: boolean };

/** Plain loops in float64. */
function reference(a: Float32Array, b: Float32Array, shapeA: Shape, shapeB: Shape, flags: Flags): Float64Array {
  const { m, n, k, batch } = matmulSizes(shapeA, shapeB, flags);
  const count = sizeOf(batch);
  const c = new Float64Array(count * m * n);
  for (let e = 0; e < count; e++) {
    const baseA = shapeA.length > 2 ? e * m * k : 0;
    const baseB = shapeB.length > 2 ? e * n * k : 0;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++)
        for (let l = 0; l < k; l++) {
          const x = a[baseA + (flags.transposeA ? l * m + i : i * k + l)]!;
          const y = b[baseB + (flags.transposeB ? j * k + l : l * n + j)]!;
          c[(e * m + i) * n + j]! += x * y;
        }
  }
  return c;
}

function productNode(shapeA: Shape, shapeB: Shape, flags: Flags): Node {
  const b = new Builder();
  return b.matmul(b.input("a", shapeA), b.input("b", shapeB), flags.transposeA, flags.transposeB).node;
}

const flagsOf = (name: string): Flags => ({ transposeA: name[0] === "T", transposeB: name[1] === "T" });
const matrix = (rows: number, columns: number, transposed: boolean): Shape =>
  transposed ? [columns, rows] : [rows, columns];

const oddSizes = [
  { m: 1, n: 1, k: 1 },
  { m: 5, n: 7, k: 3 },
  { m: 36, n: 20, k: 24 },
  { m: 33, n: 67, k: 18 },
];
// A software adapter takes a second to compile a large tile: these get the sizes that cross their borders.
const sizesOf = (tile: TileName) =>
  tile === "direct" || tile === "32x32" ? oddSizes : tile === "64x64" ? [{ m: 70, n: 67, k: 18 }] : [];

/** Runs a product by one tiling and returns its error against float64. */
async function errorOf(shapeA: Shape, shapeB: Shape, layout: string, tiling: Tiling): Promise<number> {
  const flags = flagsOf(layout);
  const [a, b] = [draw(shapeA, "a"), draw(shapeB, "b")];
  const node = productNode(shapeA, shapeB, flags);
  const calls = matmulCalls(node, productOf(shapeA, shapeB, flags), tiling, gpuLimits);
  expect(calls.length).toBe(tiling.splits > 1 ? 2 : 1);
  const [c] = await runCalls(node, calls, [a, b]);
  return worst(c!, reference(a, b, shapeA, shapeB, flags));
}

describe.each((Object.keys(tiles) as TileName[]).filter((tile) => sizesOf(tile).length > 0))("tile %s", (tile) => {
  it.each(["NN", "NT", "TN", "TT"])("%s of any size agrees with loops in float64", async (layout) => {
    const { transposeA, transposeB } = flagsOf(layout);
    for (const { m, n, k } of sizesOf(tile)) {
      const tiling = { tile, splits: 1, kPerSplit: Math.ceil(k / 16) * 16 };
      const error = await errorOf(matrix(m, k, transposeA), matrix(k, n, transposeB), layout, tiling);
      expect(error, `${m}×${n}×${k}`).toBeLessThan(tolerance);
    }
  });
});

describe("large tiles", () => {
  it.each(["128x128", "128x64", "64x128"] as const)(
    "%s agrees with loops in float64 over its borders",
    async (tile) => {
      expect(await errorOf([133, 20], [131, 20], "NT", { tile, splits: 1, kPerSplit: 32 })).toBeLessThan(tolerance);
    },
  );
});

describe.each(["32x32", "direct"] as const)("tile %s", (tile) => {
  it("batches, with either side shared, agree with loops in float64", async () => {
    const forms: [Shape, Shape, string][] = [
      [[2, 3, 9, 8], [2, 3, 8, 12], "NN"],
      [[3, 9, 8], [12, 8], "NT"],
      [[9, 8], [3, 8, 5], "NN"],
      [[3, 8, 9], [8, 5], "TN"],
      [[3, 7, 9], [3, 5, 7], "TT"],
    ];
    for (const [a, b, layout] of forms)
      expect(await errorOf(a, b, layout, { tile, splits: 1, kPerSplit: 16 }), `${a} ${b}`).toBeLessThan(tolerance);
  });

  it("splits of a long K agree with loops in float64", async () => {
    expect(await errorOf([2, 150, 10], [2, 150, 9], "TN", { tile, splits: 5, kPerSplit: 32 })).toBeLessThan(tolerance);
  });
});

describe("the choice of a tiling", () => {
  const tn = { transposeA: true, transposeB: false };
  const nt = { transposeA: false, transposeB: true };

  it("cuts K of a weight gradient, whose result alone would not fill a device", () => {
    const { splits, kPerSplit } = chooseTiling(productOf([25088, 384], [25088, 96], tn), gpuLimits, true);
    expect(splits).toBeGreaterThanOrEqual(8);
    expect(splits * kPerSplit).toBeGreaterThanOrEqual(25088);
    expect(kPerSplit % 16).toBe(0);
  });

  it("takes large tiles for large products and small ones for small", () => {
    expect(chooseTiling(productOf([25088, 768], [3072, 768], nt), gpuLimits, true)).toMatchObject({
      tile: "128x128",
      splits: 1,
    });
    expect(["32x32", "direct"]).toContain(chooseTiling(productOf([64, 32], [32, 32], nt), gpuLimits, true).tile);
  });

  it("keeps to the direct loop on a software adapter, and to what the limits allow elsewhere", () => {
    const product = productOf([25088, 768], [3072, 768], nt);
    expect(chooseTiling(product, softwareLimits, true)).toMatchObject({ tile: "direct", splits: 1 });
    expect(chooseTiling(product, { ...gpuLimits, maxWorkgroupInvocations: 128 }, true).tile).not.toBe("128x128");
  });

  it("folds a batch that shares B into rows", () => {
    expect(productOf([4, 7, 7, 32], [96, 32], nt)).toMatchObject({ batch: 1, m: 196, n: 96, k: 32 });
  });

  it("counts padding in the operations that it issues", () => {
    const product = productOf([33, 8], [21, 8], nt);
    expect(issuedFlops(product, { tile: "32x32", splits: 1, kPerSplit: 16 })).toBe(2 * 64 * 32 * 16);
  });

  it("gives the same bits when run again", async () => {
    const [shapeA, shapeB]: [Shape, Shape] = [
      [600, 12],
      [600, 8],
    ];
    const inputs = [draw(shapeA, "a"), draw(shapeB, "b")];
    const node = productNode(shapeA, shapeB, tn);
    const calls = matmulKernel(node as Node<Flags>, gpuLimits)!;
    const [first] = await runCalls(node, calls, inputs);
    const [second] = await runCalls(node, calls, inputs);
    expect(second).toEqual(first);
  });
});
