/** Sizes, mask and attributes of window attention; letters as in windowAttention.ts. */
import { type Shape, showShape } from "../graph/node";

export type WindowAttrs = { heads: number; window: number; shift: number };
/** Without `dBias` only dqkv is computed: for position biases that are frozen. */
export type WindowGradAttrs = WindowAttrs & { dBias: boolean };

/** Sizes that follow from the shape of qkv; throws where heads, window or shift do not fit it. */
export function windowSizes(qkv: Shape, { heads, window, shift }: WindowAttrs) {
  if (qkv.length !== 4) throw new Error(`qkv must be [B,H,W,3C]; ${showShape(qkv)} came.`);
  const [batch, height, width, channels3] = qkv as [number, number, number, number];
  const channels = channels3 / 3;
  if (channels3 % (3 * heads) !== 0)
    throw new Error(
      `the last axis must hold queries, keys and values for ${heads} heads; ${channels3} is no multiple of ${3 * heads}.`,
    );
  if (height % window !== 0 || width % window !== 0)
    throw new Error(
      `${height}×${width} tokens do not split into windows of ${window}×${window}. Pad the map or choose another window.`,
    );
  if (!Number.isInteger(shift) || shift < 0 || shift >= window)
    throw new Error(`shift must be a whole number from 0 to ${window - 1}, below the window; ${shift} came.`);
  const windowsPerImage = (height / window) * (width / window);
  return { batch, height, width, channels, windowsPerImage, tokens: window * window, headSize: channels / heads };
}

const masks = new Map<string, Float32Array>();

/**
 * [nW,M²,M²]: 0 where two tokens of a window come from the same region, else -100. Regions are the parts that the cuts at
 * size - M and size - shift leave of the rolled rows and columns. One array object for equal sizes, so that equal masks merge.
 */
export function shiftMask(height: number, width: number, window: number, shift: number): Float32Array {
  const key = `${height},${width},${window},${shift}`;
  const known = masks.get(key);
  if (known) return known;
  const region = (i: number, size: number): number => (i < size - window ? 0 : i < size - shift ? 1 : 2);
  const columns = width / window;
  const tokens = window * window;
  const mask = new Float32Array((height / window) * columns * tokens * tokens);
  for (let w = 0; w < (height / window) * columns; w++) {
    const ids = Array.from({ length: tokens }, (_, t) => {
      const row = Math.floor(w / columns) * window + Math.floor(t / window);
      const column = (w % columns) * window + (t % window);
      return 3 * region(row, height) + region(column, width);
    });
    for (let i = 0; i < tokens; i++)
      for (let j = 0; j < tokens; j++) if (ids[i] !== ids[j]) mask[(w * tokens + i) * tokens + j] = -100;
  }
  masks.set(key, mask);
  return mask;
}
