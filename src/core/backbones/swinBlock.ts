/**
 * One Swin block (Liu et al., ICCV 2021): attention inside windows, plain or shifted, with a learned bias by the offset between query
 * and key. Letters as in block.ts; M side of a window.
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import type { Layer } from "../nn/layers";
import { type Slot, zeros } from "../nn/parameters";
import type { LinearSite } from "../nn/site";
import { windowAttention } from "../ops/windowAttention";
import type { BackboneContext } from "./backbone";
import { type BlockPlace, declareBlock } from "./block";
import { promptedWindowAttention } from "./promptedWindows";

export interface SwinBlockPlace extends BlockPlace {
  /** M */
  readonly window: number;
  readonly shift: number;
}

/** x: [1,B,E+L,C] → [S,B,E'+L,C]. */
export function declareSwinBlock(context: BackboneContext, place: SwinBlockPlace, sites: LinearSite[]): Layer {
  return declareBlock(context, place, sites, () => {
    const bias = declarePositionBias(context, place);
    return (f, qkv) => attendInWindows(f, qkv, f.value(bias), place);
  });
}

/** The table of learned biases [(2M-1)²,heads], indexed by the offset between query and key. */
function declarePositionBias({ store }: BackboneContext, { name, window, heads }: SwinBlockPlace): Slot {
  return store.declare({
    name: `${name}.attn.relative_position_bias_table`,
    shape: [(2 * window - 1) ** 2, heads],
    group: "position_bias",
    init: zeros,
  });
}

/** qkv: [1,B,E+L,3C], table: [(2M-1)²,heads] → [1,B,E+L,C]. */
function attendInWindows(f: Forward, qkv: Value, table: Value, place: SwinBlockPlace): Value {
  const { b } = f;
  const { side, width, heads, window, shift } = place;
  const [, batch, tokens] = qkv.shape as [number, number, number, number];
  const indices = f.once(`swin.positionIndex.${window}.${heads}`, () => positionBiasIndex(window, heads));
  const area = window * window;
  const bias = b.reshape(b.gather(b.reshape(table, [-1]), indices), [heads, area, area]);
  const attrs = { heads, window, shift };
  if (tokens > side ** 2) {
    const rows = b.reshape(qkv, [batch, tokens, 3 * width]);
    return b.reshape(promptedWindowAttention(b, rows, bias, { side, ...attrs }), [1, batch, tokens, width]);
  }
  const map = b.reshape(qkv, [batch, side, side, 3 * width]);
  return b.reshape(windowAttention(b, map, bias, attrs), [1, batch, tokens, width]);
}

/** [heads,M²,M²]: where each head's bias lies in the table [(2M-1)²,heads] read as one run, so that no transposition is needed. */
export function positionBiasIndex(window: number, heads: number): Int32Array {
  const rows = relativePositionIndex(window);
  return Int32Array.from({ length: heads * rows.length }, (_, i) => {
    const head = Math.floor(i / rows.length);
    return rows[i % rows.length]! * heads + head;
  });
}

/** [M²,M²]: row (dh + M - 1)(2M - 1) + dw + M - 1 of the table, with (dh,dw) the place of the query minus that of the key. */
export function relativePositionIndex(window: number): Int32Array {
  const area = window * window;
  const place = (i: number): readonly [number, number] => [Math.floor(i / window), i % window];
  return Int32Array.from({ length: area * area }, (_, i) => {
    const [qh, qw] = place(Math.floor(i / area));
    const [kh, kw] = place(i % area);
    return (qh - kh + window - 1) * (2 * window - 1) + (qw - kw + window - 1);
  });
}
