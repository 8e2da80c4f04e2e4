/**
 * Linear sites: the places of a backbone that a method may adapt. The backbone names its sites and knows no method; a method gets a
 * site and knows no backbone. So methods times backbones costs a sum.
 */
import type { Value } from "../graph/node";
import type { Forward } from "./forward";
import type { ParameterGroup, Slot } from "./parameters";

/**
 * Activations carry a leading axis of streams: [S,B,L,C]. Stream 0 is the shared one where `shared` is true, then come the tasks in
 * their order. With one stream the axis has size 1.
 */
export interface Streams {
  readonly shared: boolean;
  readonly tasks: readonly string[];
}

export const sharedOnly: Streams = { shared: true, tasks: [] };
export const streamCount = (streams: Streams): number => (streams.shared ? 1 : 0) + streams.tasks.length;

export const siteKinds = ["qkv", "proj", "fc1", "fc2", "reduction"] as const;
/** Queries, keys and values; the attention's output; the MLP's two layers; the linear map of patch merging. */
export type SiteKind = (typeof siteKinds)[number];

export interface LinearSite {
  /** The weight's name without ".weight": "backbone.layers.0.blocks.1.attn.qkv". */
  readonly name: string;
  /** For people: "stage 1, block 2, qkv". */
  readonly label: string;
  readonly kind: SiteKind;
  /** How its weight is counted and unfrozen where no method replaces it. */
  readonly group: Extract<ParameterGroup, "linear" | "patch_merging">;
  readonly hasBias: boolean;
  readonly stage: number;
  /** Of its stage; -1 where it belongs to none. */
  readonly block: number;
  readonly inSize: number;
  readonly outSize: number;
  /** How many equal blocks of rows the weight is made of (3 for q, k, v): a method may treat each on its own. */
  readonly parts: number;
  /** L: tokens of one image at this site, for cost models. */
  readonly tokens: number;
  /**
   * Streams of the input and of the output. Where they differ, the input has the shared stream only, and all outputs start from it.
   * A site that lists the shared stream alone may meet several on the leading axis (patch merging does): they all share its weight.
   */
  readonly input: Streams;
  readonly output: Streams;
}

/** x: [S,B,L,in] with the site's input streams → [S',B,L,out] with its output streams. */
export type LinearLayer = (f: Forward, x: Value) => Value;

/** The frozen or trained weight [out,in] and bias [out] that a site comes with. */
export interface BaseLinear {
  readonly weight: Slot;
  readonly bias: Slot | undefined;
}

/** One linear map in place of an adapted site: weight [out,in], bias [out]. */
export interface MergedLinear {
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
}
