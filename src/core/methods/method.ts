/**
 * A method of fine-tuning: it decides which parameters train and what stands at each linear site, and may put learned tokens before
 * blocks. It knows no backbone. A new method is one file and one line of the registry.
 */
import type { Control, Entry, MethodFamily } from "../../contracts/catalogue";
import type { LearningRates, Unfreeze } from "../../contracts/runConfig";
import type { Value } from "../graph/node";
import type { CpabBoundary } from "../math/cpab";
import type { WarpReading } from "../math/warpPlan";
import type { Forward } from "../nn/forward";
import type { ParameterGroup, ParameterStore, Trains } from "../nn/parameters";
import type { LinearLayer, LinearSite, MergedLinear } from "../nn/site";
import type { Weights } from "../nn/weights";

/** A site whose weight must come with its singular value decomposition (Weights.spectra, under `site`). */
export interface SpectrumSite {
  readonly site: string;
  /** The parameter that holds the weight [parts * rows, cols]. */
  readonly weight: string;
  readonly parts: number;
  readonly rows: number;
  readonly cols: number;
}

/** One warped curve: the singular values of one part of one site, as one stream sees them. */
export interface WarpCurve {
  readonly site: LinearSite;
  readonly part: number;
  /** "shared" or a task. */
  readonly stream: string;
  /** The parameter that holds theta [1, cells - 1]. */
  readonly theta: string;
  /** Where the curve starts among all warped singular values of the model, and how many values it has. */
  readonly offset: number;
  readonly count: number;
  readonly cells: number;
  readonly reading: WarpReading;
  readonly boundary: CpabBoundary;
}

/** A block of the backbone, as learned tokens see it. */
export interface PromptPlace {
  /** The block's name: "backbone.layers.0.blocks.1". */
  readonly name: string;
  /** How many blocks come before it in the backbone. */
  readonly depth: number;
  /** C */
  readonly width: number;
  /** Pixels of one patch, all colours: what the published initialisation counts. */
  readonly patchSize: number;
}

/** Learned tokens [P,C], put before a block's own in place of those that earlier blocks hand on. */
export type PromptLayer = (f: Forward) => Value;

/** A method at work in one model. */
export interface Method {
  /** Whether a backbone should give every task a stream of its own where a site allows it. */
  readonly taskStreams: boolean;
  /** Whether the shared stream is carried where no output depends on it. */
  readonly keepDeadStream: boolean;
  readonly spectrumSites: readonly SpectrumSite[];
  readonly curves: readonly WarpCurve[];
  /** Parameters that train though no output depends on them, kept because a released code has them. Complete after `finish`. */
  readonly dead?: readonly string[];
  /** Declares what the site needs and returns what computes it. Called once a site, in the order of the forward pass. */
  linear(store: ParameterStore, site: LinearSite): LinearLayer;
  /** Declares the tokens that stand before a block; undefined: none of its own. Called once a block, before its sites. */
  prompts?(store: ParameterStore, place: PromptPlace): PromptLayer | undefined;
  /** Declares what the sites share. Called once, after the last site. */
  finish(store: ParameterStore): void;
  /**
   * The one linear map that a site amounts to for a stream ("shared" or a task), from the current weights; undefined where no linear
   * map does (bottlenecks with a nonlinearity, outputs that mix streams).
   */
  merged(weights: Weights, site: LinearSite, stream: string): MergedLinear | undefined;
  /**
   * The values [k*p] that stand in place of the singular values of a site for a stream, in the order of its decomposition, where the
   * method keeps the singular vectors; undefined where it leaves the site alone.
   */
  spectrum?(weights: Weights, site: LinearSite, stream: string): Float64Array | undefined;
}

/** The control of one setting. */
export type MethodSetting<Key extends string = string> = Pick<Entry, "label" | "help"> & {
  readonly key: Key;
  readonly advanced?: boolean;
  /** The value may also be a number by task. */
  readonly perTask?: boolean;
} & Control;

export interface MethodDef<Settings extends object> {
  readonly id: string;
  readonly label: string;
  /** One or two sentences for people who choose. */
  readonly about: string;
  readonly family: MethodFamily;
  /** The publication, in short: "Hu et al., ICLR 2022". */
  readonly source: string;
  readonly defaults: Settings;
  /** One control for every key of the settings. */
  readonly settings: readonly MethodSetting<keyof Settings & string>[];
  /** What a run unfreezes beside the method by default; null: the method alone says what trains. */
  readonly unfreeze: Unfreeze | null;
  /** Peak learning rates that a run has by default, where they are not those of the configuration's own defaults, which are DiTASK's. */
  readonly rates: Partial<LearningRates>;
  /** Whether a parameter trains, before what a run unfreezes. */
  trains(parameter: Parameters<Trains>[0], settings: Settings): boolean;
  /** Whether a fresh model of these settings computes what the pretrained one does; absent: always. */
  startsNeutral?(settings: Settings): boolean;
  create(settings: Settings): Method;
}

export const unfreezeNone: Unfreeze = { norms: false, patchMerging: false, positionBias: false, patchEmbed: false };
/** What the published runs of DiTASK and MTLoRA free. */
export const unfreezeAll: Unfreeze = { norms: true, patchMerging: true, positionBias: true, patchEmbed: true };

/** What a run unfreezes, as groups of parameters: true trains, false stays frozen. */
export const unfreezeGroups = (free: Unfreeze): Partial<Record<ParameterGroup, boolean>> => ({
  norm: free.norms,
  patch_merging: free.patchMerging,
  position_bias: free.positionBias,
  patch_embed: free.patchEmbed,
});

/** The groups of downsamplers and heads: trained by every method. */
export const isDecoder = (group: ParameterGroup): boolean => group === "downsampler" || group === "head";

/** What a method without site parameters is made of. */
export const plainMethod = (parts: Pick<Method, "linear" | "merged">): Method => ({
  taskStreams: false,
  keepDeadStream: false,
  spectrumSites: [],
  curves: [],
  finish: () => {},
  ...parts,
});
