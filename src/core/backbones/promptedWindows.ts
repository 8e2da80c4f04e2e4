/**
 * Attention inside windows with extra tokens in every window: how prompts live in Swin (Jia et al., "Visual Prompt Tuning", ECCV 2022,
 * and its released Swin). The extra tokens stand before the tokens of each window, as queries and as keys, with zero position bias and
 * no mask; their outputs are averaged over the windows of an image. The average stands before the attention's output map here, which
 * is the same for a linear map and saves it (windows - 1) times.
 *
 * Letters: B images, L = side² tokens of the map, E extra tokens, C channels, M window side, nW windows of an image.
 */
import type { Builder } from "../graph/builder";
import type { Value } from "../graph/node";
import { attention } from "../nn/attention";
import { split } from "../ops/split";
import { roll } from "../ops/windowAttention";
import { shiftMask, type WindowAttrs } from "../ops/windowSizes";

type Windows = WindowAttrs & { readonly side: number };

/** [B,side²,X] → [B,nW,M²,X], rolled up and left by the shift. */
function toWindows(b: Builder, x: Value, { side, window, shift }: Windows): Value {
  const [batch, , width] = x.shape as [number, number, number];
  const rows = side / window;
  const map = roll(b, b.reshape(x, [batch, side, side, width]), shift);
  const cut = b.reshape(map, [batch * rows, window, rows, window * width]);
  return b.reshape(b.transpose(cut, [0, 2, 1, 3]), [batch, rows * rows, window * window, width]);
}

/** The inverse: [B,nW,M²,X] → [B,side²,X], rolled back. */
function fromWindows(b: Builder, x: Value, { side, window, shift }: Windows): Value {
  const [batch, , , width] = x.shape as [number, number, number, number];
  const rows = side / window;
  const cut = b.transpose(b.reshape(x, [batch * rows, rows, window, window * width]), [0, 2, 1, 3]);
  return b.reshape(roll(b, b.reshape(cut, [batch, side, side, width]), -shift), [batch, side * side, width]);
}

/** qkv: [B,E+L,3C] with E > 0, bias: [heads,M²,M²] → [B,E+L,C]. */
export function promptedWindowAttention(b: Builder, qkv: Value, bias: Value, windows: Windows): Value {
  const { side, heads, window, shift } = windows;
  const [batch, tokens, width3] = qkv.shape as [number, number, number];
  const [area, extra, count] = [window ** 2, tokens - side ** 2, (side / window) ** 2];
  const [own, map] = split(b, qkv, 1, [extra, side ** 2]) as [Value, Value];
  const spread = b.broadcastTo(b.reshape(own, [batch, 1, extra, width3]), [batch, count, extra, width3]);
  const joined = b.concat([spread, toWindows(b, map, windows)], 2);
  const padded = (table: Value): Value => b.pad(table, [0, extra, extra], [0, 0, 0]);
  const mask = (): Value => b.constant(shiftMask(side, side, window, shift), [count, area, area], "shift mask");
  const y = attention(b, b.reshape(joined, [batch * count, extra + area, width3]), {
    heads,
    bias: padded(bias),
    mask: shift > 0 ? padded(mask()) : undefined,
  });
  const parts = split(b, b.reshape(y, [batch, count, extra + area, width3 / 3]), 2, [extra, area]);
  return b.concat([b.mean(parts[0]!, [1]), fromWindows(b, parts[1]!, windows)], 1);
}
