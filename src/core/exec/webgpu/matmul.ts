/**
 * Matrix products on WebGPU: C[M,N] = A[M,K] B[K,N] for every entry of a batch, either side transposed, either side shared by
 * the batch, any sizes.
 *
 * A kernel is put together from parts (shaders/matmul): a reader per operand, for vec4 or single floats; a writer, plain
 * or with an epilogue; and a loop. The loop, its tile and the number of K splits come from a cost function of the sizes.
 */
import direct from "../../../../shaders/matmul/direct.wgsl?raw";
import grid from "../../../../shaders/matmul/grid.wgsl?raw";
import readA1 from "../../../../shaders/matmul/readA1.wgsl?raw";
import readA4 from "../../../../shaders/matmul/readA4.wgsl?raw";
import readB1 from "../../../../shaders/matmul/readB1.wgsl?raw";
import readB4 from "../../../../shaders/matmul/readB4.wgsl?raw";
import sizes from "../../../../shaders/matmul/sizes.wgsl?raw";
import tiled4x4 from "../../../../shaders/matmul/tiled4x4.wgsl?raw";
import tiled8x8 from "../../../../shaders/matmul/tiled8x8.wgsl?raw";
import write1 from "../../../../shaders/matmul/write1.wgsl?raw";
import write4 from "../../../../shaders/matmul/write4.wgsl?raw";
import { type DeviceLimits, groupsFor, type KernelCall, type KernelRule, type Shader } from "../../graph/kernel";
import { type Node, type Shape, sizeOf } from "../../graph/node";
import { matmulSizes } from "../../graph/primitives";
import { sumPartials } from "../../ops/sumPartials";

export type MatmulAttrs = { transposeA: boolean; transposeB: boolean };

/** A batch of products; strides are floats from one matrix to the next, 0 where the batch shares one. */
export interface Product extends MatmulAttrs {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly strideA: number;
  readonly strideB: number;
}

const loops = { tiled8x8, tiled4x4, direct };

/** How a workgroup covers the result. `side` is the square a thread computes. */
export interface Tile {
  readonly loop: keyof typeof loops;
  readonly side: number;
  readonly threadsM: number;
  readonly threadsN: number;
  /** Share of the peak that the loop is expected to reach on a real GPU, to rank tiles: by loads per multiply-add. */
  readonly efficiency: number;
}

export const tiles = {
  "128x128": { loop: "tiled8x8", side: 8, threadsM: 16, threadsN: 16, efficiency: 1 },
  "128x64": { loop: "tiled8x8", side: 8, threadsM: 16, threadsN: 8, efficiency: 0.92 },
  "64x128": { loop: "tiled8x8", side: 8, threadsM: 8, threadsN: 16, efficiency: 0.92 },
  "64x64": { loop: "tiled8x8", side: 8, threadsM: 8, threadsN: 8, efficiency: 0.85 },
  "32x32": { loop: "tiled4x4", side: 4, threadsM: 8, threadsN: 8, efficiency: 0.45 },
  // A thread stands alone here, 64 of them in a workgroup.
  direct: { loop: "direct", side: 4, threadsM: 1, threadsN: 1, efficiency: 0.12 },
} as const satisfies Record<string, Tile>;

export type TileName = keyof typeof tiles;

export interface Tiling {
  readonly tile: TileName;
  readonly splits: number;
  /** K of one split, a multiple of 16. */
  readonly kPerSplit: number;
}

/** The product of a node. Entries that share B and hold A by rows are one tall product. */
export function productOf(a: Shape, b: Shape, attrs: MatmulAttrs): Product {
  const { m, n, k, batch } = matmulSizes(a, b, attrs);
  const count = sizeOf(batch);
  const { transposeA, transposeB } = attrs;
  if (b.length === 2 && !transposeA)
    return { batch: 1, m: m * count, n, k, strideA: 0, strideB: 0, transposeA, transposeB };
  const strideA = a.length > 2 ? m * k : 0;
  const strideB = b.length > 2 ? n * k : 0;
  return { batch: count, m, n, k, strideA, strideB, transposeA, transposeB };
}

const roundUp = (n: number, unit: number): number => Math.ceil(n / unit) * unit;

/** Floating-point operations that a tiling issues, padding included. */
export function issuedFlops(product: Product, { tile, splits, kPerSplit }: Tiling): number {
  const { side, threadsM, threadsN, loop } = tiles[tile];
  const depth = splits > 1 ? splits * kPerSplit : roundUp(product.k, loop === "direct" ? 4 : 16);
  return 2 * product.batch * roundUp(product.m, side * threadsM) * roundUp(product.n, side * threadsN) * depth;
}

// Figures of a middling GPU; they only rank tilings.
/** Threads that fill the device. */
const fullThreads = 8192;
/** Operations that take as long as moving one byte. */
const flopsPerByte = 30;
/** Operations that take as long as launching one more kernel. */
const flopsPerLaunch = 2.5e8;

/** Time of a tiling in operations at full rate. */
function cost(product: Product, tiling: Tiling): number {
  const { side, threadsM, threadsN, efficiency } = tiles[tiling.tile];
  const perEntry = Math.ceil(product.m / (side * threadsM)) * Math.ceil(product.n / (side * threadsN));
  const threads = perEntry * product.batch * tiling.splits * threadsM * threadsN;
  const work = (issuedFlops(product, tiling) / efficiency) * Math.max(1, fullThreads / threads);
  if (tiling.splits === 1) return work;
  const partialBytes = 8 * product.batch * product.m * product.n * tiling.splits;
  return work + partialBytes * flopsPerByte + flopsPerLaunch;
}

function fits(tile: TileName, limits: DeviceLimits): boolean {
  const { loop, side, threadsM, threadsN } = tiles[tile];
  if (loop === "direct") return true;
  const bytes = 16 * 4 * side * (threadsM + threadsN);
  return (
    !limits.cpuAdapter &&
    threadsM * threadsN <= limits.maxWorkgroupInvocations &&
    bytes <= limits.maxWorkgroupStorageBytes
  );
}

/** The cheapest tiling. `mayCut` allows splits of K, whose partial results a second kernel sums. */
export function chooseTiling(product: Product, limits: DeviceLimits, mayCut: boolean): Tiling {
  const candidates = (Object.keys(tiles) as TileName[])
    .filter((tile) => fits(tile, limits))
    .flatMap((tile) => {
      const counts = mayCut && !limits.cpuAdapter ? [1, 2, 4, 8, 16, 32, 64, 128] : [1];
      return counts
        .filter((splits) => splits === 1 || product.k >= 128 * splits)
        .map((wanted) => {
          const kPerSplit = roundUp(Math.max(1, Math.ceil(product.k / wanted)), 16);
          return { tile, splits: Math.max(1, Math.ceil(product.k / kPerSplit)), kPerSplit };
        });
    });
  return candidates.reduce((best, next) => (cost(product, next) < cost(product, best) ? next : best));
}

/** One part of the text: its name joins the shader's name. */
export type ShaderPart = readonly [name: string, code: string];

export const plainWriter = (n: number): ShaderPart => (n % 4 === 0 ? ["write4", write4] : ["write1", write1]);

/** Puts a kernel together; the writer may bring bindings 2 and up, and overrides, of its own. */
export function productShader(product: Product, tile: TileName, writer: ShaderPart): Shader {
  const innerA = product.transposeA ? product.m : product.k;
  const innerB = product.transposeB ? product.k : product.n;
  const { loop } = tiles[tile];
  const parts: ShaderPart[] = [
    ["matmul", sizes],
    innerA % 4 === 0 ? ["A4", readA4] : ["A1", readA1],
    innerB % 4 === 0 ? ["B4", readB4] : ["B1", readB1],
    writer,
    [loop, `${grid}\n${loops[loop]}`],
  ];
  return { name: parts.map(([name]) => name).join("."), code: parts.map(([, code]) => code).join("\n") };
}

export function productOverrides(product: Product, { tile, splits, kPerSplit }: Tiling): Record<string, number> {
  const { loop, side, threadsM, threadsN } = tiles[tile];
  const shared = {
    sizeM: product.m,
    sizeN: product.n,
    sizeK: product.k,
    batches: product.batch,
    splits,
    kPerSplit,
    transposeA: Number(product.transposeA),
    transposeB: Number(product.transposeB),
    strideA: product.strideA,
    strideB: product.strideB,
  };
  if (loop === "direct") return shared;
  return { ...shared, threadsM, threadsN, tileSizeA: 4 * side * threadsM, tileSizeB: 4 * side * threadsN };
}

export function productGroups(product: Product, { tile, splits }: Tiling): readonly [number, number, number] {
  const { loop, side, threadsM, threadsN } = tiles[tile];
  const perEntry = Math.ceil(product.m / (side * threadsM)) * Math.ceil(product.n / (side * threadsN));
  const count = perEntry * product.batch * splits;
  return groupsFor(loop === "direct" ? Math.ceil(count / 64) : count);
}

/** One call, or two where K is split. */
export const matmulKernel: KernelRule<MatmulAttrs> = (node, limits) => {
  const [a, b] = node.inputs;
  const product = productOf(a!.shape, b!.shape, node.attrs);
  return matmulCalls(node, product, chooseTiling(product, limits, true), limits);
};

/** The calls of a node under a given tiling. */
export function matmulCalls(node: Node, product: Product, tiling: Tiling, limits: DeviceLimits): readonly KernelCall[] {
  const size = product.batch * product.m * product.n;
  const result = tiling.splits === 1 ? node.outputs[0]! : { scratch: size * tiling.splits };
  const call: KernelCall = {
    shader: productShader(product, tiling.tile, plainWriter(product.n)),
    entry: "main",
    overrides: productOverrides(product, tiling),
    reads: [...node.inputs],
    writes: [result],
    groups: productGroups(product, tiling),
    flops: issuedFlops(product, tiling),
  };
  return tiling.splits === 1 ? [call] : [call, sumPartials(result, [node.outputs[0]!], tiling.splits, limits)];
}
