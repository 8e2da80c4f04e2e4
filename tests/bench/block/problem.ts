/**
 * The transformer block that all engines compute: y = h + fc2(gelu(fc1(norm2 h))), h = x + proj(attention(qkv(norm1 x))), loss = mean
 * of (y - target)², and the gradient of each of the 12 weights. Matrices are [out,in]; peers that multiply from the right transpose.
 */
import { type Shape, sizeOf } from "../../../src/core/graph/node";
import { random } from "../../../src/core/math/random";
import type { BlockSize } from "../contestant";

/** MLP: hidden channels a channel. */
export const mlpRatio = 4;
export const epsilon = 1e-5;

export function weightShapes({ width }: BlockSize): Readonly<Record<string, Shape>> {
  const hidden = mlpRatio * width;
  return {
    "norm1.weight": [width],
    "norm1.bias": [width],
    "qkv.weight": [3 * width, width],
    "qkv.bias": [3 * width],
    "proj.weight": [width, width],
    "proj.bias": [width],
    "norm2.weight": [width],
    "norm2.bias": [width],
    "fc1.weight": [hidden, width],
    "fc1.bias": [hidden],
    "fc2.weight": [width, hidden],
    "fc2.bias": [width],
  };
}

export interface BlockData {
  /** [B,L,C] */
  readonly x: Float32Array;
  /** [B,L,C] */
  readonly target: Float32Array;
  readonly weights: Readonly<Record<string, Float32Array>>;
}

/** The same numbers in every process. Matrices are scaled as by their inputs' count, so that no layer saturates. */
export function blockData(size: BlockSize): BlockData {
  const draw = (shape: Shape, name: string, deviation: number, mean = 0): Float32Array => {
    const stream = random(1, "bench", name);
    return Float32Array.from({ length: sizeOf(shape) }, () => mean + deviation * stream.normal());
  };
  const image = [size.batch, size.tokens, size.width];
  const weights = Object.entries(weightShapes(size)).map(([name, shape]) => {
    const isScale = /norm.*weight/.test(name);
    const deviation = shape.length === 2 ? 1 / Math.sqrt(shape[1]!) : 0.1;
    return [name, draw(shape, name, deviation, isScale ? 1 : 0)] as const;
  });
  return { x: draw(image, "x", 1), target: draw(image, "target", 1), weights: Object.fromEntries(weights) };
}

/** Operations of the products, forward and backward. */
export function blockFlops({ batch, tokens, width }: BlockSize): number {
  const rows = batch * tokens;
  const linear = 2 * rows * width * width * (3 + 1 + 2 * mlpRatio);
  const attention = 2 * 2 * rows * tokens * width;
  return 3 * (linear + attention);
}

/** [rows,cols] → [cols,rows] */
export function transposed(data: Float32Array, [rows, cols]: Shape): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows!; i++) for (let j = 0; j < cols!; j++) out[j * rows! + i] = data[i * cols! + j]!;
  return out;
}

export const norm = (data: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! ** 2;
  return Math.sqrt(sum);
};
