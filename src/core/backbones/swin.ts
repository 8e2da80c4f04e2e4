/**
 * Swin transformer (Liu et al., ICCV 2021), as multi-task dense prediction uses it: no absolute position embedding, no final norm, no
 * classifier. Where the window is not smaller than the map, the window is the map and nothing is shifted. Parameter names are those
 * of the original release, under "backbone.". Extra tokens, which a method may put before a map's, go through blocks and merging with it;
 * merging repeats their channels four times in place of gathering neighbours (Jia et al., ECCV 2022).
 * Letters as in backbone.ts; E extra tokens.
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import { declareLayerNorm, type Layer } from "../nn/layers";
import { type LinearSite, type Streams, sharedOnly } from "../nn/site";
import { spaceToDepth } from "../ops/spaceToDepth";
import type { Backbone, BackboneContext, BackboneDef, FeatureMap, StageFeatures } from "./backbone";
import { dropPathAt } from "./block";
import { declarePatchProjection, onMap, partExtra, partStreams } from "./features";
import { declareSwinBlock, type SwinBlockPlace } from "./swinBlock";

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
  /** x: [S,B,E+L,C] → [S,B,E+L/4,2C]; the last stage has none. */
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

/** x: [1,B,E+L,C] → the stage's features, and what the next stage starts from. */
function forwardStage(f: Forward, stage: Stage, x: Value, beforeMerging: boolean): readonly [StageFeatures, Value] {
  const { b } = f;
  const output = stage.blocks.reduce((h, block, j) => b.scope(`block${j}`, () => block(f, h)), x);
  const merge = (h: Value): Value => (stage.merge ? b.scope("merge", () => stage.merge!(f, h)) : h);
  if (!beforeMerging) {
    const features = partStreams(f, merge(output), stage.streams);
    return [features, features.shared ?? output];
  }
  const features = partStreams(f, output, stage.streams);
  return [features, features.shared && stage.merge ? merge(features.shared) : output];
}

const featureMap = ({ side, width, streams, merge }: Stage, beforeMerging: boolean): FeatureMap =>
  beforeMerging || !merge ? { side, channels: width, streams } : { side: side / 2, channels: 2 * width, streams };

/** image: [B,S,S,3] → [1,B,L,C]. */
function declarePatchEmbed({ patch, embed }: SwinSettings, { store }: BackboneContext): Layer {
  const project = declarePatchProjection(store, patch, embed);
  const norm = declareLayerNorm(store, "backbone.patch_embed.norm", embed, "patch_embed");
  return (f, image) => norm(f, project(f, image));
}

function declareStage(settings: SwinSettings, context: BackboneContext, index: number, sites: LinearSite[]): Stage {
  const { depths, heads } = settings;
  const side = context.imageSize / settings.patch / 2 ** index;
  const width = settings.embed * 2 ** index;
  const last = index === depths.length - 1;
  const { method, tasks } = context;
  const streams: Streams = method.taskStreams ? { shared: !last || method.keepDeadStream, tasks } : sharedOnly;
  const window = Math.min(settings.window, side);
  const total = depths.reduce((n, d) => n + d, 0);
  const first = depths.slice(0, index).reduce((n, d) => n + d, 0);
  const blocks = Array.from({ length: depths[index]! }, (_, block) => {
    const place: SwinBlockPlace = {
      name: `backbone.layers.${index}.blocks.${block}`,
      stage: index,
      block,
      depth: first + block,
      side,
      leading: 0,
      width,
      heads: heads[index]!,
      window,
      shift: block % 2 === 1 && window < side ? Math.floor(window / 2) : 0,
      hidden: Math.round(width * settings.mlpRatio),
      patch: settings.patch,
      normEps: 1e-5,
      dropPath: dropPathAt(settings.dropPath, first + block, total),
      streams: block === depths[index]! - 1 ? streams : sharedOnly,
    };
    return declareSwinBlock(context, place, sites);
  });
  return { side, width, streams, blocks, merge: last ? undefined : declareMerge(context, sites, index, side, width) };
}

/** Patch merging: the four neighbours' channels side by side, a norm, and a linear map to twice the channels. */
function declareMerge(
  { store, method }: BackboneContext,
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
  const reduce = method.linear(store, site);
  const norm = declareLayerNorm(store, `${name}.norm`, 4 * width);
  return (f, x) => {
    const [streams, batch] = x.shape as [number, number];
    const [extra, map] = partExtra(f, x, side ** 2);
    const cells: Value = spaceToDepth(f.b, f.b.reshape(map, [streams * batch, side, side, width]), 2, "column");
    const gathered = f.b.reshape(cells, [streams, batch, side ** 2 / 4, 4 * width]);
    const repeated = extra ? [f.b.concat([extra, extra, extra, extra], 3)] : [];
    return reduce(f, norm(f, f.b.concat([...repeated, gathered], 2)));
  };
}

/** @throws where the image does not fall into patches, windows or halves; the message names the field of the run's configuration. */
function checkSettings(settings: SwinSettings, imageSize: number): void {
  const { patch, depths, heads, embed } = settings;
  if (depths.length !== heads.length)
    throw new Error(
      `Swin has ${depths.length} stages by its depths and ${heads.length} by its heads; give one of each a stage.`,
    );
  const first = imageSize / patch;
  if (Number.isInteger(first) && settings.window > first)
    throw new Error(
      `input.window is ${settings.window}, but images of ${imageSize} pixels give the first stage a map of side ${first}; ` +
        `allowed: 1 to ${first}. Choose a smaller window or larger images.`,
    );
  const untiled = depths.findIndex((_, stage) => !tiles(settings, imageSize, stage));
  if (untiled >= 0)
    throw new Error(
      `input.imageSize is ${imageSize}: an image of ${imageSize} pixels gives stage ${untiled + 1} a map of side ${first / 2 ** untiled}, ` +
        `which windows of ${settings.window} (input.window) do not tile. ` +
        `Choose a multiple of ${patch * settings.window * 2 ** (depths.length - 1)}, or the nearest that fit: ` +
        `${nearestSizes(settings, imageSize).join(", ")}.`,
    );
  depths.forEach((_, i) => {
    if ((embed * 2 ** i) % heads[i]! !== 0)
      throw new Error(`Stage ${i} has ${embed * 2 ** i} channels, which ${heads[i]} heads do not divide.`);
  });
}

/** Whether the map of a stage falls into windows; a window that is larger than the map is the map. */
function tiles({ patch, window }: SwinSettings, imageSize: number, stage: number): boolean {
  const side = imageSize / patch / 2 ** stage;
  return Number.isInteger(side) && side % Math.min(window, side) === 0;
}

/** The sizes next to `imageSize`, below and above, that every stage tiles. */
function nearestSizes(settings: SwinSettings, imageSize: number): readonly number[] {
  const { patch, depths, window } = settings;
  const whole = patch * window * 2 ** (depths.length - 1);
  const fits = (size: number): boolean =>
    size >= patch * window && depths.every((_, stage) => tiles(settings, size, stage));
  const above = Array.from({ length: whole }, (_, i) => Math.ceil(imageSize) + i).find(fits);
  const below = Array.from({ length: whole }, (_, i) => Math.floor(imageSize) - i).find(fits);
  return [below, above].filter((size) => size !== undefined);
}

/** A catalogue entry of this family. */
export const swin = (
  id: string,
  label: string,
  imageSize: number,
  decoderWidths: readonly number[],
  settings: SwinSettings,
): BackboneDef<SwinSettings> => ({ id, label, family: "swin", settings, imageSize, decoderWidths, build: buildSwin });
