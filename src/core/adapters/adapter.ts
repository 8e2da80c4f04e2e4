/**
 * A method of fine-tuning: it decides which groups of parameters train and what stands at each linear site. It knows no backbone.
 * A new method is one file and one line of the registry.
 */
import type { ParameterGroup, ParameterStore } from "../nn/parameters";
import type { LinearLayer, LinearSite } from "../nn/site";

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
}

/** A method at work in one model. */
export interface Adapter {
  /** Whether a backbone should give every task a stream of its own where a site allows it. */
  readonly taskStreams: boolean;
  /** Whether the shared stream is carried where no output depends on it. */
  readonly keepDeadStream: boolean;
  readonly spectrumSites: readonly SpectrumSite[];
  readonly curves: readonly WarpCurve[];
  /** Declares what the site needs and returns what computes it. Called once a site, in the order of the forward pass. */
  linear(store: ParameterStore, site: LinearSite): LinearLayer;
  /** Declares what the sites share. Called once, after the last site. */
  finish(store: ParameterStore): void;
}

export interface AdapterDef<Settings extends object> {
  readonly id: string;
  readonly label: string;
  /** One sentence for people who choose. */
  readonly about: string;
  readonly defaults: Settings;
  /** The groups that train unless a run says otherwise. */
  readonly trains: readonly ParameterGroup[];
  /** Groups that the method cannot free: their values are read once, when a graph is built. */
  readonly frozen: readonly ParameterGroup[];
  create(settings: Settings): Adapter;
}

/** What a method without site parameters is made of. */
export const plainAdapter = (linear: Adapter["linear"]): Adapter => ({
  taskStreams: false,
  keepDeadStream: false,
  spectrumSites: [],
  curves: [],
  linear,
  finish: () => {},
});
