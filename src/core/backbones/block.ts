/**
 * A transformer block with its norms first: attention and a two-layer MLP, each behind a layer norm and a residual (Vaswani et al., 2017;
 * norms first as in Dosovitskiy et al., ICLR 2021). Swin and ViT differ in the attention alone.
 *
 * The streams may part after the attention, in the last block before a feature map: y_t = h + proj_t(a),
 * o_t = y_t + fc2_t(gelu(fc1_t(norm2 y_t))), computed as one batch over the leading axis of streams.
 *
 * Letters as in backbone.ts; E extra tokens before the map's: class token and prompts; P prompts; T = E + L.
 */
import { sizeOf, type Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import { declareLayerNorm, type Layer } from "../nn/layers";
import { type LinearSite, type Streams, sharedOnly, streamCount } from "../nn/site";
import { gelu } from "../ops/gelu";
import type { BackboneContext } from "./backbone";

export interface BlockPlace {
  readonly name: string;
  /** Blocks up to a feature map make a stage; the block counts inside of it. */
  readonly stage: number;
  readonly block: number;
  /** How many blocks come before it in the backbone. */
  readonly depth: number;
  /** Side of the map in tokens. */
  readonly side: number;
  /** Tokens of the backbone's own before the map's (ViT's class token): prompts stand behind them. */
  readonly leading: number;
  /** C */
  readonly width: number;
  readonly heads: number;
  /** Width of the MLP's hidden layer. */
  readonly hidden: number;
  /** Side of a patch in pixels. */
  readonly patch: number;
  readonly normEps: number;
  readonly dropPath: number;
  /** Streams of the output; the input has the shared one. */
  readonly streams: Streams;
}

const siteNames = { qkv: "attn.qkv", proj: "attn.proj", fc1: "mlp.fc1", fc2: "mlp.fc2" } as const;

/** The place of the last of all blocks has the rate; it rises linearly from 0 at the first. */
export const dropPathAt = (rate: number, depth: number, blocks: number): number =>
  blocks > 1 ? (rate * depth) / (blocks - 1) : 0;

/**
 * x: [1,B,T,C] → [S,B,T',C], T' = T but where prompts come in. `declareAttention` declares what the attention needs beside its linear
 * maps and returns it: qkv [1,B,T',3C] → [1,B,T',C].
 */
export function declareBlock(
  context: BackboneContext,
  place: BlockPlace,
  sites: LinearSite[],
  declareAttention: () => Layer,
): Layer {
  const { store, method, dropPaths } = context;
  const { name, width, hidden, streams, normEps } = place;
  const addSite = (kind: keyof typeof siteNames, inSize: number, outSize: number, input: Streams, output: Streams) => {
    const site = blockSite(place, kind, inSize, outSize, { input, output });
    sites.push(site);
    return inStreams(method.linear(store, site), streamCount(output));
  };
  const prompt = declarePrompts(context, place);
  const norm1 = declareLayerNorm(store, `${name}.norm1`, width, "norm", normEps);
  const attend = declareAttention();
  const qkv = addSite("qkv", width, 3 * width, sharedOnly, sharedOnly);
  const proj = addSite("proj", width, width, sharedOnly, streams);
  const norm2 = declareLayerNorm(store, `${name}.norm2`, width, "norm", normEps);
  const fc1 = addSite("fc1", width, hidden, streams, streams);
  const fc2 = addSite("fc2", hidden, width, streams, streams);
  const dropAttention = dropPaths.branch(place.dropPath, streamCount(streams));
  const dropMlp = dropPaths.branch(place.dropPath, streamCount(streams));
  return (f, input) => {
    const { b } = f;
    const x = prompt(f, input);
    const y = b.add(x, dropAttention(f, proj(f, attend(f, qkv(f, norm1(f, x))))));
    return b.add(y, dropMlp(f, fc2(f, gelu(b, fc1(f, norm2(f, y))))));
  };
}

/** A layer whose output has the streams that its site names: where nothing adapts it, all of them are the one that it computes. */
const inStreams =
  (layer: Layer, streams: number): Layer =>
  (f, x) => {
    const y = layer(f, x);
    return f.b.broadcastTo(y, [streams, ...y.shape.slice(1)]);
  };

const blockSite = (
  place: BlockPlace,
  kind: keyof typeof siteNames,
  inSize: number,
  outSize: number,
  streams: Pick<LinearSite, "input" | "output">,
): LinearSite => ({
  name: `${place.name}.${siteNames[kind]}`,
  label: `stage ${place.stage + 1}, block ${place.block + 1}, ${kind}`,
  kind,
  group: "linear",
  hasBias: true,
  stage: place.stage,
  block: place.block,
  inSize,
  outSize,
  parts: kind === "qkv" ? 3 : 1,
  tokens: place.leading + place.side ** 2,
  ...streams,
});

/** x: [1,B,T,C] → [1,B,leading+P+L,C]: the block's own prompts, if it has any, in place of those that came. */
function declarePrompts({ store, method }: BackboneContext, place: BlockPlace): Layer {
  const { name, depth, side, width, leading, patch } = place;
  const prompts = method.prompts?.(store, { name, depth, width, patchSize: 3 * patch ** 2 });
  return prompts ? (f, x) => replacePrompts(f, x, prompts(f), leading, side ** 2) : (_f, x) => x;
}

/** x: [1,B,leading+E+L,C], prompts: [P,C] → [1,B,leading+P+L,C]. */
function replacePrompts({ b }: Forward, x: Value, prompts: Value, leading: number, mapTokens: number): Value {
  const [, batch, tokens, width] = x.shape as [number, number, number, number];
  const count = sizeOf(prompts.shape) / width;
  const own = b.broadcastTo(b.reshape(prompts, [1, 1, count, width]), [1, batch, count, width]);
  const before = leading > 0 ? [b.sliceAxis(x, 2, 0, leading)] : [];
  return b.concat([...before, own, b.sliceAxis(x, 2, tokens - mapTokens, mapTokens)], 2);
}
