/** A decoder: feature maps of a backbone to one map of logits a task. All tasks' decoders are computed as one batch where shapes allow. */
import type { FeatureMap } from "../backbones/backbone";
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import type { ParameterStore } from "../nn/parameters";

export interface DecoderContext {
  readonly store: ParameterStore;
  readonly features: readonly FeatureMap[];
  /** Channels that the backbone's entry would have each map narrowed to. */
  readonly widths: readonly number[];
  /** The tasks in order, with the channels that each puts out. */
  readonly tasks: readonly { readonly id: string; readonly channels: number }[];
  readonly imageSize: number;
}

export interface Decoder {
  /** features: [S,B,side,side,C] each, S = 1 (one for all) or one stream a task → logits [B,imageSize,imageSize,channels] in the tasks' order. */
  forward(f: Forward, features: readonly Value[]): readonly Value[];
}

export interface DecoderDef<Settings extends object> {
  readonly id: string;
  readonly label: string;
  /** One or two sentences for people who choose. */
  readonly about: string;
  /** The publication, in short. */
  readonly source: string;
  readonly defaults: Settings;
  build(settings: Settings, context: DecoderContext): Decoder;
}
