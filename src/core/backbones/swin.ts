/**
 * Swin transformer (Liu et al., ICCV 2021), as multi-task dense prediction uses it: no absolute position embedding, no final norm, no
 * classifier. Where the window is not smaller than the map, the window is the map and nothing is shifted. Parameter names are those
 * of the original release, under "backbone.".
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import { declareLayerNorm, declareLinear, type Layer } from "../nn/layers";
import { type LinearSite, type Streams, sharedOnly } from "../nn/site";
import { spaceToDepth } from "../ops/spaceToDepth";
import { split } from "../ops/split";
import type { Backbone, BackboneContext, BackboneDef, FeatureMap, StageFeatures } from "./backbone";
import { type BlockPlace, declareBlock } from "./swinBlock";

export interface SwinSettings {
  /** Side of a patch in pixels. */
  readonly patch: number;
  /** E: channels of the first stage; every stage doubles them. */
  readonly embed: number;
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  /** Attention heads of each stage. */
  readonly heads: readonly number[];
  /** M: side of a window in tokens. */
  readonly window: number;
  readonly mlpRatio: number;
  /** Drop path rate of the last block; it rises linearly from 0 at the first. */
  readonly dropPath: number;
  /** Decoders get a stage's map before patch merging (strides 4, 8, 16, 32) instead of after it (8, 16, 32, 32, as the reference has it). */
  readonly featuresBeforeMerging: boolean;
}

interface Stage {
  readonly side: number;
  readonly width: number;
  readonly streams: Streams;
  readonly blocks: readonly Layer[];
  /** x: [S,B,L,C] → [S,B,L/4,2C]; the last stage has none. */
  readonly merge: Layer | undefined;
}

export function buildSwin(settings: SwinSettings, context: BackboneContext): Backbone {
  checkSettings(settings, context.imageSize);
  const embed = declarePatchEmbed(settings, context);
  const sites: LinearSite[] = [];
  const stages = settings.depths.map((_, index) => declareStage(settings, context, index, sites));
  const features = stages.map((stage) => featureMap(stage, settings.featuresBeforeMerging));
  const forward: Backbone["forward"] = (f, image) => {
    let x = f.b.scope("patch_embed", () => embed(f, image));
    return stages.map((stage, i) =>
      f.b.scope(`stage${i}`, () => {
        const [feature, next] = forwardStage(f, stage, x, settings.featuresBeforeMerging);
        x = next;
        return onMap(f, feature, features[i]!);
      }),
    );
  };
  return { sites, features, forward };
}

/** Streams of [S,B,L,C], taken apart. */
function part(f: Forward, x: Value, { shared, tasks }: Streams): StageFeatures {
  if (tasks.length === 0) return { shared: x, tasks: undefined };
  if (!shared) return { shared: undefined, tasks: x };
  const [first, rest] = split(f.b, x, 0, [1, tasks.length]);
  return { shared: first, tasks: rest };
}

/** x: [1,B,L,C] → the stage's features, and what the next stage starts from. */
function forwardStage(f: Forward, stage: Stage, x: Value, beforeMerging: boolean): readonly [StageFeatures, Value] {
  const { b } = f;
  const output = stage.blocks.reduce((h, block, j) => b.scope(`block${j}`, () => block(f, h)), x);
  const merge = (h: Value): Value => (stage.merge ? b.scope("merge", () => stage.merge!(f, h)) : h);
  if (!beforeMerging) {
    const features = part(f, merge(output), stage.streams);
    return [features, features.shared ?? output];
  }
  const features = part(f, output, stage.streams);
  return [features, features.shared && stage.merge ? merge(features.shared) : output];
}

const onMap = (f: Forward, { shared, tasks }: StageFeatures, { side, channels }: FeatureMap): StageFeatures => {
  const reshape = (x: Value | undefined) => x && f.b.reshape(x, [x.shape[0]!, x.shape[1]!, side, side, channels]);
  return { shared: reshape(shared), tasks: reshape(tasks) };
};

const featureMap = ({ side, width, streams, merge }: Stage, beforeMerging: boolean): FeatureMap =>
  beforeMerging || !merge ? { side, channels: width, streams } : { side: side / 2, channels: 2 * width, streams };

/** image: [B,S,S,3] → [1,B,L,E]. The convolution with stride = kernel is a product over each patch's pixels (row, column, colour). */
function declarePatchEmbed({ patch, embed }: SwinSettings, { store }: BackboneContext): Layer {
  const group = "patch_embed";
  const project = declareLinear(store, "backbone.patch_embed.proj", patch * patch * 3, embed, { group, bias: true });
  const norm = declareLayerNorm(store, "backbone.patch_embed.norm", embed, group);
  return (f, image) => {
    const patches = spaceToDepth(f.b, image, patch, "row");
    const [batch, rows, cols, size] = patches.shape as [number, number, number, number];
    return norm(f, project(f, f.b.reshape(patches, [1, batch, rows * cols, size])));
  };
}

function declareStage(settings: SwinSettings, context: BackboneContext, index: number, sites: LinearSite[]): Stage {
  const { depths, heads } = settings;
  const side = context.imageSize / settings.patch / 2 ** index;
  const width = settings.embed * 2 ** index;
  const last = index === depths.length - 1;
  const { adapter, tasks } = context;
  const streams: Streams = adapter.taskStreams ? { shared: !last || adapter.keepDeadStream, tasks } : sharedOnly;
  const window = Math.min(settings.window, side);
  const total = depths.reduce((n, d) => n + d, 0);
  const first = depths.slice(0, index).reduce((n, d) => n + d, 0);
  const blocks = Array.from({ length: depths[index]! }, (_, block) => {
    const place: BlockPlace = {
      name: `backbone.layers.${index}.blocks.${block}`,
      stage: index,
      block,
      side,
      width,
      heads: heads[index]!,
      window,
      shift: block % 2 === 1 && window < side ? Math.floor(window / 2) : 0,
      hidden: Math.round(width * settings.mlpRatio),
      dropPath: total > 1 ? (settings.dropPath * (first + block)) / (total - 1) : 0,
      streams: block === depths[index]! - 1 ? streams : sharedOnly,
    };
    return declareBlock(context, place, sites);
  });
  return { side, width, streams, blocks, merge: last ? undefined : declareMerge(context, sites, index, side, width) };
}

/** Patch merging: the four neighbours' channels side by side, a norm, and a linear map to twice the channels. */
function declareMerge(
  { store, adapter }: BackboneContext,
  sites: LinearSite[],
  stage: number,
  side: number,
  width: number,
): Layer {
  const name = `backbone.layers.${stage}.downsample`;
  const site: LinearSite = {
    name: `${name}.reduction`,
    label: `stage ${stage + 1}, patch merging`,
    kind: "reduction",
    group: "patch_merging",
    hasBias: false,
    stage,
    block: -1,
    inSize: 4 * width,
    outSize: 2 * width,
    parts: 1,
    tokens: side ** 2 / 4,
    input: sharedOnly,
    output: sharedOnly,
  };
  sites.push(site);
  const reduce = adapter.linear(store, site);
  const norm = declareLayerNorm(store, `${name}.norm`, 4 * width);
  return (f, x) => {
    const [streams, batch] = x.shape as [number, number];
    const map = f.b.reshape(x, [streams * batch, side, side, width]);
    const gathered: Value = spaceToDepth(f.b, map, 2, "column");
    return reduce(f, norm(f, f.b.reshape(gathered, [streams, batch, (side * side) / 4, 4 * width])));
  };
}

function checkSettings(settings: SwinSettings, imageSize: number): void {
  const { patch, depths, heads, embed } = settings;
  if (depths.length !== heads.length)
    throw new Error(
      `Swin has ${depths.length} stages by its depths and ${heads.length} by its heads; give one of each a stage.`,
    );
  depths.forEach((_, i) => {
    const side = imageSize / patch / 2 ** i;
    const window = Math.min(settings.window, side);
    if (!Number.isInteger(side) || side % window !== 0)
      throw new Error(
        `An image of ${imageSize} pixels gives stage ${i} a map of side ${side}, which windows of ${settings.window} do not tile. ` +
          `Choose a multiple of ${patch * settings.window * 2 ** (depths.length - 1)}.`,
      );
    if ((embed * 2 ** i) % heads[i]! !== 0)
      throw new Error(`Stage ${i} has ${embed * 2 ** i} channels, which ${heads[i]} heads do not divide.`);
  });
}

/** A catalogue entry of this family. */
export const swin = (
  id: string,
  label: string,
  imageSize: number,
  decoderWidths: readonly number[],
  settings: SwinSettings,
): BackboneDef<SwinSettings> => ({ id, label, family: "swin", settings, imageSize, decoderWidths, build: buildSwin });
