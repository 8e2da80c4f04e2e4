/**
 * Attention inside windows with extra tokens in every window: how prompts live in Swin (Jia et al., "Visual Prompt Tuning", ECCV 2022,
 * and its released Swin). The extra tokens stand before the tokens of each window, as queries and as keys, with zero position bias and
 * no mask; their outputs are averaged over the windows of an image. The average stands before the attention's output map here, which
 * is the same for a linear map and saves it (windows - 1) times.
 *
 * Letters: B images, L = side² tokens of the map, E extra tokens, T = E + L, C channels, M window side, nW windows of an image.
 */
import type { Builder } from "../graph/builder";
import type { Value } from "../graph/node";
import { attention } from "../nn/attention";
import { shiftMask, type WindowAttrs } from "../ops/windowSizes";

type Windows = WindowAttrs & { readonly side: number };

interface Tables {
  /** [B·nW·(E+M²)]: the row of [B·T] that each token of each window is. One gather rolls, cuts and spreads; its transpose goes back. */
  readonly rows: Int32Array;
  /** [T,1]: 1 / nW for extra tokens, which every window holds, 1 for the map's. */
  readonly shares: Float32Array;
}

const tables = new Map<string, Tables>();

function tablesOf(batch: number, extra: number, { side, window, shift }: Windows): Tables {
  const key = [batch, extra, side, window, shift].join();
  const known = tables.get(key);
  if (known) return known;
  const [across, area, tokens] = [side / window, window ** 2, extra + side ** 2];
  const [windows, size] = [across ** 2, extra + area];
  const rows = Int32Array.from({ length: batch * windows * size }, (_, i) => {
    const [place, w] = [(i % size) - extra, Math.floor(i / size) % windows];
    const image = Math.floor(i / size / windows) * tokens;
    if (place < 0) return image + place + extra;
    const row = (Math.floor(w / across) * window + Math.floor(place / window) + shift) % side;
    const column = ((w % across) * window + (place % window) + shift) % side;
    return image + extra + row * side + column;
  });
  const made = { rows, shares: Float32Array.from({ length: tokens }, (_, t) => (t < extra ? 1 / windows : 1)) };
  tables.set(key, made);
  return made;
}

/** qkv: [B,T,3C], bias: [heads,M²,M²] → [B,T,C]. */
export function promptedWindowAttention(b: Builder, qkv: Value, bias: Value, windows: Windows): Value {
  const { side, heads, window, shift } = windows;
  const [batch, tokens, width3] = qkv.shape as [number, number, number];
  const [area, extra, count] = [window ** 2, tokens - side ** 2, (side / window) ** 2];
  const { rows, shares } = tablesOf(batch, extra, windows);
  const joined = b.gather(b.reshape(qkv, [batch * tokens, width3]), rows);
  const padded = (table: Value): Value => b.pad(table, [0, extra, extra], [0, 0, 0]);
  const mask = (): Value => b.constant(shiftMask(side, side, window, shift), [count, area, area], "shift mask");
  const y = attention(b, b.reshape(joined, [batch * count, extra + area, width3]), {
    heads,
    bias: padded(bias),
    mask: shift > 0 ? padded(mask()) : undefined,
  });
  const sums = b.scatterAdd(b.reshape(y, [rows.length, width3 / 3]), rows, batch * tokens);
  return b.mul(b.reshape(sums, [batch, tokens, width3 / 3]), b.constant(shares, [tokens, 1], "window shares"));
}
