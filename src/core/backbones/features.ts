/** What backbones share around their blocks: patches in, feature maps out. Letters as in backbone.ts; E extra tokens. */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import { declareLinear, type Layer } from "../nn/layers";
import type { ParameterStore } from "../nn/parameters";
import type { Streams } from "../nn/site";
import { spaceToDepth } from "../ops/spaceToDepth";
import { split } from "../ops/split";
import type { FeatureMap, StageFeatures } from "./backbone";

/** image: [B,S,S,3] → [1,B,L,C]. The convolution with stride = kernel is a product over each patch's pixels (row, column, colour). */
export function declarePatchProjection(store: ParameterStore, patch: number, width: number): Layer {
  const options = { group: "patch_embed", bias: true } as const;
  const project = declareLinear(store, "backbone.patch_embed.proj", patch * patch * 3, width, options);
  return (f, image) => {
    const patches: Value = spaceToDepth(f.b, image, patch, "row");
    const [batch, rows, columns, size] = patches.shape as [number, number, number, number];
    return project(f, f.b.reshape(patches, [1, batch, rows * columns, size]));
  };
}

/** [S,B,L,C] by what its streams are. */
export function partStreams(f: Forward, x: Value, { shared, tasks }: Streams): StageFeatures {
  if (tasks.length === 0) return { shared: x, tasks: undefined };
  if (!shared) return { shared: undefined, tasks: x };
  const [first, rest] = split(f.b, x, 0, [1, tasks.length]);
  return { shared: first, tasks: rest };
}

/** [S,B,E+L,C] → the extra tokens [S,B,E,C], undefined where E = 0, and the map's [S,B,L,C]. */
export function partExtra(f: Forward, x: Value, mapTokens: number): readonly [Value | undefined, Value] {
  const extra = x.shape[2]! - mapTokens;
  if (extra === 0) return [undefined, x];
  const [first, map] = split(f.b, x, 2, [extra, mapTokens]) as [Value, Value];
  return [first, map];
}

/** Streams of [S,B,E+L,C] as maps [S,B,side,side,C]; extra tokens stay behind. */
export function onMap(f: Forward, { shared, tasks }: StageFeatures, { side, channels }: FeatureMap): StageFeatures {
  const toMap = (x: Value | undefined) =>
    x && f.b.reshape(partExtra(f, x, side ** 2)[1], [x.shape[0]!, x.shape[1]!, side, side, channels]);
  return { shared: toMap(shared), tasks: toMap(tasks) };
}
