/**
 * Multi-head self-attention inside windows, plain and shifted, with a position bias (Swin, Liu et al. 2021, §3.2).
 *
 * Letters: B = images, H, W = rows and columns of tokens, C = channels, M = window side, d = C / heads, nW = windows of one
 * image, H W / M². Tokens of a window and windows of an image count row by row. The last axis of qkv holds the queries, the
 * keys and the values, C each, heads contiguous inside each.
 *
 * A shifted layer reads its windows from the image rolled by `shift` tokens up and left. Where a window then holds tokens
 * from different borders of the image, pairs of them get -100 added before the softmax, as the official code does it.
 */
import type { Builder } from "../graph/builder";
import { type OpDef, type Shape, sameShape, showShape, type Value } from "../graph/node";
import type { OpCases } from "./cases";
import { windowAttentionGradKernel, windowAttentionKernel } from "./windowAttentionKernel";
import { shiftMask, type WindowAttrs, type WindowGradAttrs, windowSizes } from "./windowSizes";

function checkBias(bias: Value, heads: number, tokens: number): void {
  if (!sameShape(bias.shape, [heads, tokens, tokens]))
    throw new Error(`bias must be [heads,M²,M²] = [${heads},${tokens},${tokens}]; ${showShape(bias.shape)} came.`);
}

/** Rolls H and W of [B,H,W,X] up and left by `shift` tokens; a negative shift rolls back. */
function roll(b: Builder, x: Value, shift: number): Value {
  return [1, 2].reduce((v, axis) => {
    const size = v.shape[axis]!;
    const cut = ((shift % size) + size) % size;
    return cut === 0 ? v : b.concat([b.sliceAxis(v, axis, cut, size - cut), b.sliceAxis(v, axis, 0, cut)], axis);
  }, x);
}

/** [B,H,W,parts·C] → [parts, B·nW, heads, M², d], rolled. */
function toWindows(b: Builder, x: Value, parts: number, { heads, window, shift }: WindowAttrs): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [rows, columns] = [height / window, width / window];
  const split = b.reshape(roll(b, x, shift), [batch * rows, window, columns, window, channels]);
  const windows = b.transpose(split, [0, 2, 1, 3, 4]);
  const perHead = b.reshape(windows, [batch * rows * columns, window * window, parts, heads, channels / parts / heads]);
  return b.transpose(perHead, [2, 0, 3, 1, 4]);
}

/** The inverse: [parts, B·nW, heads, M², d] → [B,H,W,parts·C], rolled back. */
function fromWindows(b: Builder, x: Value, image: Shape, { window, shift }: WindowAttrs): Value {
  const [batch, height, width] = image as [number, number, number];
  const [parts, , heads, , headSize] = x.shape as [number, number, number, number, number];
  const [rows, columns, channels] = [height / window, width / window, parts * heads * headSize];
  const tokens = b.reshape(b.transpose(x, [1, 3, 0, 2, 4]), [batch * rows, columns, window, window, channels]);
  const map = b.reshape(b.transpose(tokens, [0, 2, 1, 3, 4]), [batch, height, width, channels]);
  return roll(b, map, -shift);
}

/** Part `index` of [parts, ...] → [...]. */
const part = (b: Builder, x: Value, index: number): Value => b.reshape(b.sliceAxis(x, 0, index, 1), x.shape.slice(1));

/** Queries scaled by 1/√d, keys, values: [B·nW, heads, M², d]; scores with bias and mask: [B·nW, heads, M², M²]. */
function attend(b: Builder, qkv: Value, bias: Value, attrs: WindowAttrs) {
  const { batch, height, width, windowsPerImage, tokens, headSize } = windowSizes(qkv.shape, attrs);
  const windows = toWindows(b, qkv, 3, attrs);
  const q = b.mul(part(b, windows, 0), 1 / Math.sqrt(headSize));
  const k = part(b, windows, 1);
  let scores = b.add(b.matmul(q, k, false, true), bias);
  if (attrs.shift > 0) {
    const mask = shiftMask(height, width, attrs.window, attrs.shift);
    const perImage = b.reshape(scores, [batch, windowsPerImage, attrs.heads, tokens, tokens]);
    const masked = b.add(perImage, b.constant(mask, [windowsPerImage, 1, tokens, tokens], "shift mask"));
    scores = b.reshape(masked, scores.shape);
  }
  return { q, k, v: part(b, windows, 2), scores };
}

const statisticsShape = (qkv: Shape, attrs: WindowAttrs): Shape => {
  const { batch, windowsPerImage, tokens } = windowSizes(qkv, attrs);
  return [batch * windowsPerImage, attrs.heads, tokens, 1];
};

/**
 * (qkv [B,H,W,3C], bias [heads,M²,M²], y [B,H,W,C], logSumExp [B·nW,heads,M²,1], dy [B,H,W,C]) → dqkv [B,H,W,3C], dbias
 * [heads,M²,M²].
 */
export const windowAttentionGradDef = {
  name: "windowAttentionGrad",
  kind: "composite",
  infer: (inputs, attrs) => {
    const [qkv, bias, y, logSumExp, dy] = inputs as [Value, Value, Value, Value, Value];
    const { batch, height, width, channels, tokens } = windowSizes(qkv.shape, attrs);
    checkBias(bias, attrs.heads, tokens);
    const expected = statisticsShape(qkv.shape, attrs);
    if (!sameShape(logSumExp.shape, expected))
      throw new Error(`logSumExp must be ${showShape(expected)}; ${showShape(logSumExp.shape)} came.`);
    const image = [batch, height, width, channels];
    const odd = [y, dy].find((v) => !sameShape(v.shape, image));
    if (odd) throw new Error(`y and dy must be ${showShape(image)}; ${showShape(odd.shape)} came.`);
    return attrs.dBias ? [qkv.shape, bias.shape] : [qkv.shape];
  },
  // P = softmax(S), S = (q/√d) kᵀ + bias + mask, y = P v:
  //   dv = Pᵀ dy,  dP = dy vᵀ,  dS = P (dP - Σ_j dP P),  dq = dS k / √d,  dk = dSᵀ (q/√d),  dbias = Σ_windows dS
  // The expansion repeats the forward's nodes, which the builder then merges with them; kernels recompute P from logSumExp.
  expand: (b, inputs, attrs) => {
    const [qkv, bias, , , dy] = inputs as [Value, Value, Value, Value, Value];
    const { q, k, v, scores } = attend(b, qkv, bias, attrs);
    const p = b.softmax(scores);
    const dOut = part(b, toWindows(b, dy, 1, attrs), 0);
    const dP = b.matmul(dOut, v, false, true);
    const dScores = b.mul(p, b.sub(dP, b.sum(b.mul(dP, p), [3], true)));
    const dq = b.mul(b.matmul(dScores, k), 1 / Math.sqrt(q.shape[3]!));
    const dk = b.matmul(dScores, q, true, false);
    const dv = b.matmul(p, dOut, true, false);
    const dqkv = fromWindows(b, b.stack([dq, dk, dv]), qkv.shape, attrs);
    return attrs.dBias ? [dqkv, b.sum(dScores, [0])] : [dqkv];
  },
  kernel: windowAttentionGradKernel,
  flops: (node) => {
    const { batch, height, width, channels, tokens } = windowSizes(node.inputs[0]!.shape, node.attrs);
    return batch * height * width * tokens * (10 * channels + 10 * node.attrs.heads);
  },
} as const satisfies OpDef<WindowGradAttrs>;

/** (qkv [B,H,W,3C], bias [heads,M²,M²]) → y [B,H,W,C], and for the derivative logSumExp [B·nW,heads,M²,1] of each row of scores. */
export const windowAttentionDef = {
  name: "windowAttention",
  kind: "composite",
  infer: (inputs, attrs) => {
    const [qkv, bias] = inputs as [Value, Value];
    const { batch, height, width, channels, tokens } = windowSizes(qkv.shape, attrs);
    checkBias(bias, attrs.heads, tokens);
    return [[batch, height, width, channels], statisticsShape(qkv.shape, attrs)];
  },
  // No gradient flows through logSumExp: it is an output for windowAttentionGrad alone.
  vjp: (b, node, [dy]) => {
    if (!dy) return [undefined, undefined];
    const [qkv, bias] = node.inputs as [Value, Value];
    return b.apply(windowAttentionGradDef, [qkv, bias, ...node.outputs, dy], { ...node.attrs, dBias: true });
  },
  expand: (b, inputs, attrs) => {
    const [qkv, bias] = inputs as [Value, Value];
    const { v, scores } = attend(b, qkv, bias, attrs);
    const out = b.matmul(b.softmax(scores), v);
    const y = fromWindows(b, b.reshape(out, [1, ...out.shape]), qkv.shape, attrs);
    const top = b.max(scores, [3], true);
    return [y, b.add(top, b.log(b.sum(b.exp(b.sub(scores, top)), [3], true)))];
  },
  kernel: windowAttentionKernel,
  flops: (node) => {
    const { batch, height, width, channels, tokens } = windowSizes(node.inputs[0]!.shape, node.attrs);
    return batch * height * width * tokens * (4 * channels + 6 * node.attrs.heads);
  },
} as const satisfies OpDef<WindowAttrs>;

/**
 * qkv: [B,H,W,3C], bias: [heads,M²,M²] → [B,H,W,C]. H and W must be multiples of the window; where the map is no larger than the
 * window, pass its side as window and no shift, as Swin does.
 */
export function windowAttention(b: Builder, qkv: Value, bias: Value, attrs: WindowAttrs): Value {
  return b.apply(windowAttentionDef, [qkv, bias], attrs)[0]!;
}

const cases: Record<string, { qkv: Shape; attrs: WindowAttrs }> = {
  plain: { qkv: [2, 4, 4, 24], attrs: { heads: 2, window: 2, shift: 0 } },
  shifted: { qkv: [1, 4, 8, 24], attrs: { heads: 2, window: 4, shift: 2 } },
  "shifted, odd window": { qkv: [2, 6, 6, 18], attrs: { heads: 2, window: 3, shift: 1 } },
  "one window": { qkv: [1, 3, 3, 12], attrs: { heads: 1, window: 3, shift: 0 } },
  "one token": { qkv: [2, 1, 1, 6], attrs: { heads: 1, window: 1, shift: 0 } },
  "heads of one channel": { qkv: [1, 2, 4, 9], attrs: { heads: 3, window: 2, shift: 1 } },
};

export const windowAttentionCases: OpCases = Object.entries(cases).map(([name, { qkv, attrs }]) => ({
  name,
  inputs: [{ shape: qkv }, { shape: [attrs.heads, attrs.window ** 2, attrs.window ** 2] }],
  build: (b, [x, bias]) => [windowAttention(b, x!, bias!, attrs)],
  wrt: [0, 1],
}));
