/**
 * One Swin block: windowed attention and a two-layer MLP, each behind a layer norm and a residual. In the last block of a stage the
 * streams may part after the attention: y_t = h + proj_t(a), o_t = y_t + fc2_t(gelu(fc1_t(norm2 y_t))), computed as one batch over the
 * leading axis of streams.
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import { declareLayerNorm, type Layer } from "../nn/layers";
import { type Slot, zeros } from "../nn/parameters";
import { type LinearSite, type Streams, sharedOnly, streamCount } from "../nn/site";
import { gelu } from "../ops/gelu";
import { windowAttention } from "../ops/windowAttention";
import type { BackboneContext } from "./backbone";

export interface BlockPlace {
  readonly name: string;
  readonly stage: number;
  readonly block: number;
  /** Side of the map in tokens. */
  readonly side: number;
  /** C */
  readonly width: number;
  readonly heads: number;
  /** M */
  readonly window: number;
  readonly shift: number;
  /** Width of the MLP's hidden layer. */
  readonly hidden: number;
  readonly dropPath: number;
  /** Streams of the output; the input has the shared one. */
  readonly streams: Streams;
}

const siteNames = { qkv: "attn.qkv", proj: "attn.proj", fc1: "mlp.fc1", fc2: "mlp.fc2" } as const;

/** x: [1,B,L,C] → [S,B,L,C]. */
export function declareBlock(context: BackboneContext, place: BlockPlace, sites: LinearSite[]): Layer {
  const { store, adapter, dropPaths } = context;
  const { name, width, hidden, streams } = place;
  const addSite = (kind: keyof typeof siteNames, inSize: number, outSize: number, input: Streams, output: Streams) => {
    const site: LinearSite = {
      name: `${name}.${siteNames[kind]}`,
      label: `stage ${place.stage + 1}, block ${place.block + 1}, ${kind}`,
      kind,
      group: "linear",
      hasBias: true,
      stage: place.stage,
      block: place.block,
      inSize,
      outSize,
      parts: kind === "qkv" ? 3 : 1,
      tokens: place.side ** 2,
      input,
      output,
    };
    sites.push(site);
    return adapter.linear(store, site);
  };
  const norm1 = declareLayerNorm(store, `${name}.norm1`, width);
  const bias = declarePositionBias(context, place);
  const qkv = addSite("qkv", width, 3 * width, sharedOnly, sharedOnly);
  const proj = addSite("proj", width, width, sharedOnly, streams);
  const norm2 = declareLayerNorm(store, `${name}.norm2`, width);
  const fc1 = addSite("fc1", width, hidden, streams, streams);
  const fc2 = addSite("fc2", hidden, width, streams, streams);
  const dropAttention = dropPaths.branch(place.dropPath, streamCount(streams));
  const dropMlp = dropPaths.branch(place.dropPath, streamCount(streams));
  return (f, x) => {
    const { b } = f;
    const attended = attention(f, qkv(f, norm1(f, x)), f.value(bias), place);
    const y = b.add(x, dropAttention(f, proj(f, attended)));
    return b.add(y, dropMlp(f, fc2(f, gelu(b, fc1(f, norm2(f, y))))));
  };
}

/** The table of learned biases [(2M-1)²,heads], indexed by the offset between query and key. */
function declarePositionBias({ store }: BackboneContext, { name, window, heads }: BlockPlace): Slot {
  return store.declare({
    name: `${name}.attn.relative_position_bias_table`,
    shape: [(2 * window - 1) ** 2, heads],
    group: "position_bias",
    init: zeros,
  });
}

/** qkv: [1,B,L,3C], table: [(2M-1)²,heads] → [1,B,L,C]. */
function attention(f: Forward, qkv: Value, table: Value, { side, width, heads, window, shift }: BlockPlace): Value {
  const { b } = f;
  const batch = qkv.shape[1]!;
  const indices = f.once(`swin.positionIndex.${window}.${heads}`, () => positionBiasIndex(window, heads));
  const area = window * window;
  const bias = b.reshape(b.gather(b.reshape(table, [-1]), indices), [heads, area, area]);
  const map = b.reshape(qkv, [batch, side, side, 3 * width]);
  return b.reshape(windowAttention(b, map, bias, { heads, window, shift }), [1, batch, side * side, width]);
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
