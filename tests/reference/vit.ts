/** A plain vision transformer in float64 loops, written from the papers' formulas and from nothing of src but the weights' names. */
import type { Weights } from "../../src/core/nn/weights";
import { erf } from "./erf";

type Rows = Float64Array[];

export interface VitShape {
  readonly side: number;
  readonly patch: number;
  readonly width: number;
  readonly heads: number;
  readonly blocks: number;
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>, size: number, fromA = 0, fromB = 0): number => {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += a[fromA + i]! * b[fromB + i]!;
  return sum;
};

function linear(weights: Weights, name: string, rows: Rows): Rows {
  const weight = weights.get(`${name}.weight`);
  const bias = weights.get(`${name}.bias`);
  return rows.map((x) => Float64Array.from(bias, (offset, o) => offset + dot(x, weight, x.length, 0, o * x.length)));
}

function layerNorm(weights: Weights, name: string, rows: Rows): Rows {
  const [gain, shift] = [weights.get(`${name}.weight`), weights.get(`${name}.bias`)];
  return rows.map((x) => {
    const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
    const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length;
    return x.map((v, i) => ((v - mean) / Math.sqrt(variance + 1e-6)) * gain[i]! + shift[i]!);
  });
}

/** Rows of queries, keys and values side by side → rows of the heads' outputs side by side. */
export function selfAttention(qkv: Rows, width: number, heads: number): Rows {
  const d = width / heads;
  return qkv.map((query) => {
    const out = new Float64Array(width);
    for (let head = 0; head < heads; head++) {
      const scores = qkv.map((key) => Math.exp(dot(query, key, d, head * d, width + head * d) / Math.sqrt(d)));
      const total = scores.reduce((sum, s) => sum + s, 0);
      for (let i = 0; i < d; i++)
        out[head * d + i] = qkv.reduce((sum, v, t) => sum + (scores[t]! / total) * v[2 * width + head * d + i]!, 0);
    }
    return out;
  });
}

const add = (a: Rows, b: Rows): Rows => a.map((row, t) => row.map((v, i) => v + b[t]![i]!));
const gelu = (rows: Rows): Rows => rows.map((row) => row.map((v) => 0.5 * v * (1 + erf(v / Math.SQRT2))));

/** One image [S,S,3] → patches' pixels in the order row, column, colour. */
function patches(image: ArrayLike<number>, { side, patch }: VitShape): Rows {
  const pixels = side * patch;
  return Array.from({ length: side * side }, (_, l) => {
    const [top, left] = [Math.floor(l / side) * patch, (l % side) * patch];
    return Float64Array.from({ length: patch * patch * 3 }, (_, i) => {
      const [y, x, colour] = [Math.floor(i / 3 / patch), Math.floor(i / 3) % patch, i % 3];
      return image[((top + y) * pixels + left + x) * 3 + colour]!;
    });
  });
}

/** The tokens [1+L,C] after each block. `prompts(block)` are put behind the class token in place of those that came. */
export function vitTokens(
  weights: Weights,
  shape: VitShape,
  image: ArrayLike<number>,
  prompts: (block: number) => Rows | undefined = () => undefined,
): Rows[] {
  const { width, heads, side } = shape;
  const places = weights.get("backbone.pos_embed");
  const first = Float64Array.from(weights.get("backbone.cls_token"));
  const embedded = [first, ...linear(weights, "backbone.patch_embed.proj", patches(image, shape))];
  let x: Rows = embedded.map((row, t) => row.map((v, i) => v + places[t * width + i]!));
  return Array.from({ length: shape.blocks }, (_, n) => {
    const name = `backbone.blocks.${n}`;
    const own = prompts(n);
    if (own) x = [x[0]!, ...own, ...x.slice(x.length - side * side)];
    const qkv = linear(weights, `${name}.attn.qkv`, layerNorm(weights, `${name}.norm1`, x));
    const y = add(x, linear(weights, `${name}.attn.proj`, selfAttention(qkv, width, heads)));
    const hidden = gelu(linear(weights, `${name}.mlp.fc1`, layerNorm(weights, `${name}.norm2`, y)));
    x = add(y, linear(weights, `${name}.mlp.fc2`, hidden));
    return x;
  });
}
