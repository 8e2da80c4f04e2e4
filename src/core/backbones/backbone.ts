/**
 * A backbone turns images into feature maps, one a stage. It names its linear sites and asks the method for each; it knows no method.
 * Letters: S streams, B batch, H and W a map's sides, L = H W tokens, C channels.
 */

import type { Value } from "../graph/node";
import type { Method } from "../methods/method";
import type { DropPaths } from "../nn/dropPath";
import type { Forward } from "../nn/forward";
import type { ParameterStore } from "../nn/parameters";
import type { LinearSite, Streams } from "../nn/site";

export interface BackboneContext {
  readonly store: ParameterStore;
  readonly method: Method;
  readonly dropPaths: DropPaths;
  readonly tasks: readonly string[];
  /** Side of the square input in pixels. */
  readonly imageSize: number;
}

/** What decoders get from one stage: [S,B,side,side,channels]. */
export interface FeatureMap {
  readonly channels: number;
  readonly side: number;
  readonly streams: Streams;
}

/** A feature map's values, by what its streams are; at least one is there. */
export interface StageFeatures {
  /** [1,B,side,side,C] */
  readonly shared: Value | undefined;
  /** [T,B,side,side,C] */
  readonly tasks: Value | undefined;
}

export interface Backbone {
  readonly sites: readonly LinearSite[];
  readonly features: readonly FeatureMap[];
  /** image: [B,imageSize,imageSize,3], normalised as it was trained to see them → one entry a feature map. */
  forward(f: Forward, image: Value): readonly StageFeatures[];
}

export interface BackboneDef<Settings extends object> {
  readonly id: string;
  readonly label: string;
  readonly family: string;
  readonly settings: Settings;
  /** Side of the images that it was, or would be, pretrained on. */
  readonly imageSize: number;
  /** Channels that a decoder narrows each stage's map to, unless a run says otherwise. */
  readonly decoderWidths: readonly number[];
  build(settings: Settings, context: BackboneContext): Backbone;
}
