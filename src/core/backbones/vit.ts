/**
 * Plain vision transformer (Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021) in the sizes of DeiT (Touvron et al.,
 * "Training data-efficient image transformers", ICML 2021): patches, a class token, learned absolute positions, blocks with norms first.
 * Parameter names are those of the official release and of timm, under "backbone.". There is no final norm and no classifier: dense
 * prediction reads the maps after the last block of each stage, all at the stride of a patch, without the class token. DeiT's distillation
 * token is a register here. A stage is nothing but the blocks up to a map; its last block is where the streams of tasks part.
 *
 * The positions belong to one image size: at another one they are other parameters, and pretrained ones do not fit.
 * Letters as in backbone.ts; R registers; E extra tokens: the class token, registers, and prompts behind them; T = E + L.
 */
import type { Value } from "../graph/node";
import { attention } from "../nn/attention";
import type { Forward } from "../nn/forward";
import { type Layer, WEIGHT_DEVIATION } from "../nn/layers";
import type { Slot } from "../nn/parameters";
import { type LinearSite, type Streams, sharedOnly } from "../nn/site";
import { split } from "../ops/split";
import type { Backbone, BackboneContext, BackboneDef, FeatureMap, StageFeatures } from "./backbone";
import { type BlockPlace, declareBlock, dropPathAt } from "./block";
import { declarePatchProjection, onMap, partStreams } from "./features";

export interface VitSettings {
  /** Side of a patch in pixels. */
  readonly patch: number;
  /** C */
  readonly width: number;
  /** Blocks up to each feature map, counted from the one before it. */
  readonly depths: readonly number[];
  /** Attention heads of every block. */
  readonly heads: number;
  readonly mlpRatio: number;
  /** Register tokens: learned ones without a place, behind the class token (Darcet et al., ICLR 2024, as DINOv2 has them). */
  readonly registers: number;
  /** Drop path rate of the last block; it rises linearly from 0 at the first. */
  readonly dropPath: number;
}

const NORM_EPS = 1e-6;
const CLASS_TOKENS = 1;
/** Tokens before the map's. */
const leadingTokens = ({ registers }: VitSettings): number => CLASS_TOKENS + registers;

interface Stage {
  readonly streams: Streams;
  readonly blocks: readonly Layer[];
}

export function buildVit(settings: VitSettings, context: BackboneContext): Backbone {
  checkSettings(settings, context.imageSize);
  const side = context.imageSize / settings.patch;
  const embed = declareTokens(settings, context, side);
  const sites: LinearSite[] = [];
  const stages = settings.depths.map((_, index) => declareStage(settings, context, index, sites));
  const features = stages.map(({ streams }): FeatureMap => ({ side, channels: settings.width, streams }));
  const forward: Backbone["forward"] = (f, image) => {
    let x = f.b.scope("patch_embed", () => embed(f, image));
    return stages.map((stage, i) =>
      f.b.scope(`stage${i}`, () => {
        const parts = forwardStage(f, stage, x);
        x = parts.shared ?? x;
        return onMap(f, parts, features[i]!);
      }),
    );
  };
  return { sites, features, forward };
}

/** x: [1,B,T,C] → [1,B,T,C] shared and [tasks,B,T,C]. */
function forwardStage(f: Forward, { blocks, streams }: Stage, x: Value): StageFeatures {
  const output = blocks.reduce((h, block, j) => f.b.scope(`block${j}`, () => block(f, h)), x);
  return partStreams(f, output, streams);
}

/** image: [B,S,S,3] → [1,B,1+R+L,C]: the class token and the patches, each with its place, and the registers between them. */
function declareTokens({ patch, width, registers }: VitSettings, { store }: BackboneContext, side: number): Layer {
  const init = { kind: "normal", deviation: WEIGHT_DEVIATION } as const;
  const group = "position_bias";
  const shape = [1, CLASS_TOKENS + side ** 2, width];
  const classToken = store.declare({ name: "backbone.cls_token", shape: [1, 1, width], group, init });
  const places = store.declare({ name: "backbone.pos_embed", shape, group, init });
  const registerTokens =
    registers > 0 && store.declare({ name: "backbone.register_tokens", shape: [1, registers, width], group, init });
  const project = declarePatchProjection(store, patch, width);
  return (f, image) => {
    const { b } = f;
    const batch = image.shape[0]!;
    const forAll = (tokens: Slot, count: number): Value =>
      b.broadcastTo(b.reshape(f.value(tokens), [1, 1, count, width]), [1, batch, count, width]);
    const placed = b.add(
      b.concat([forAll(classToken, CLASS_TOKENS), project(f, image)], 2),
      b.reshape(f.value(places), [1, ...shape]),
    );
    if (!registerTokens) return placed;
    const [first, map] = split(b, placed, 2, [CLASS_TOKENS, side ** 2]) as [Value, Value];
    return b.concat([first, forAll(registerTokens, registers), map], 2);
  };
}

function declareStage(settings: VitSettings, context: BackboneContext, index: number, sites: LinearSite[]): Stage {
  const { depths, width, heads, patch, mlpRatio } = settings;
  const { method, tasks } = context;
  const shared = index < depths.length - 1 || method.keepDeadStream;
  const streams: Streams = method.taskStreams ? { shared, tasks } : sharedOnly;
  const total = depths.reduce((n, d) => n + d, 0);
  const first = depths.slice(0, index).reduce((n, d) => n + d, 0);
  const blocks = Array.from({ length: depths[index]! }, (_, block) => {
    const depth = first + block;
    const place: BlockPlace = {
      name: `backbone.blocks.${depth}`,
      stage: index,
      block,
      depth,
      side: context.imageSize / patch,
      leading: leadingTokens(settings),
      width,
      heads,
      hidden: Math.round(width * mlpRatio),
      patch,
      normEps: NORM_EPS,
      dropPath: dropPathAt(settings.dropPath, depth, total),
      streams: block === depths[index]! - 1 ? streams : sharedOnly,
    };
    return declareBlock(context, place, sites, () => attendToAll(place));
  });
  return { streams, blocks };
}

/** qkv: [1,B,T,3C] → [1,B,T,C]. */
const attendToAll =
  ({ width, heads }: BlockPlace): Layer =>
  ({ b }, qkv) => {
    const [, batch, tokens] = qkv.shape as [number, number, number, number];
    const y = attention(b, b.reshape(qkv, [batch, tokens, 3 * width]), { heads });
    return b.reshape(y, [1, batch, tokens, width]);
  };

/** @throws where the image does not fall into patches, or the channels into heads. */
function checkSettings({ patch, width, heads }: VitSettings, imageSize: number): void {
  if (imageSize % patch !== 0)
    throw new Error(
      `input.imageSize is ${imageSize}, which patches of ${patch} pixels do not tile. Choose a multiple of ${patch}.`,
    );
  if (width % heads !== 0) throw new Error(`A token has ${width} channels, which ${heads} heads do not divide.`);
}

/** A catalogue entry of this family. */
export const vit = (
  id: string,
  label: string,
  imageSize: number,
  decoderWidths: readonly number[],
  settings: VitSettings,
): BackboneDef<VitSettings> => ({ id, label, family: "vit", settings, imageSize, decoderWidths, build: buildVit });
