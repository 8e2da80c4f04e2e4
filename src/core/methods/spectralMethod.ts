/**
 * What the spectral methods share: every adapted weight W = U diag(s) Vᵀ keeps its singular vectors, and a rule gives each stream its
 * own singular values s' in place of s. All streams start from the same frozen W. The frozen bias stays.
 *
 * Letters: S adapted streams of a site, k parts of its weight (q, k, v apart), m rows of a part, n columns, p = min(m,n).
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import { addBias, declareBaseLinear } from "../nn/layers";
import type { ParameterStore } from "../nn/parameters";
import { type BaseLinear, type LinearSite, type MergedLinear, type SiteKind, streamCount } from "../nn/site";
import type { Spectrum, Weights } from "../nn/weights";
import type { Method, MethodSetting, SpectrumSite, WarpCurve } from "./method";
import { plainLinear, plainMerged } from "./plainLinear";
import { cheaperEvaluation, type Evaluation, factoredLinear, mergedLinear } from "./spectralLinear";
import { type AdaptedStreams, adaptedStreams, type StreamsChoice, seenStream } from "./streams";

export interface SpectralSettings {
  /** Which streams have singular values of their own; the others keep the frozen weight. */
  readonly streams: StreamsChoice;
  /** How y = x W'ᵀ is computed; "auto" takes the one with fewer operations, site by site. */
  readonly evaluation: "auto" | Evaluation;
  readonly sites: readonly SiteKind[];
}

/** An adapted site, as a rule sees it. */
export interface SpectralPlace extends AdaptedStreams {
  readonly site: LinearSite;
  readonly p: number;
}

/** How a method turns the singular values s of a site into those of a stream, s'. */
export interface SpectrumRule {
  readonly curves: readonly WarpCurve[];
  /** Parameters that reach no output, kept because a released code has them. Complete after `finish`. */
  readonly unused?: readonly string[];
  /** Declares the parameters of a site. Called once a site, in the order of the forward pass. */
  declare(store: ParameterStore, place: SpectralPlace): void;
  /** Called once, after the last site. */
  finish(store: ParameterStore): void;
  /** The name of the parameter of a stream at a site. */
  parameter(place: SpectralPlace, stream: string): string;
  /** s' [S,k,p] of all adapted streams. */
  sigmas(f: Forward, place: SpectralPlace): Value;
  /** s' [k*p] of one adapted stream from the current weights, in float64. */
  bent(weights: Weights, place: SpectralPlace, stream: string): Float64Array;
}

/** A spectral method at work. `keepDeadStream`: see Adapter. */
export class SpectralMethod implements Method {
  readonly spectrumSites: SpectrumSite[] = [];
  private readonly places = new Map<string, SpectralPlace>();
  /** Places behind the last site that all streams share: nothing reads their shared outputs. */
  private unread: SpectralPlace[] = [];

  constructor(
    private readonly settings: SpectralSettings,
    private readonly rule: SpectrumRule,
    readonly keepDeadStream = false,
  ) {}

  get taskStreams(): boolean {
    return this.settings.streams !== "shared";
  }

  get curves(): readonly WarpCurve[] {
    return this.rule.curves;
  }

  get dead(): readonly string[] {
    const shared = this.unread.filter(({ names }) => names.includes("shared"));
    return [...shared.map((place) => this.rule.parameter(place, "shared")), ...(this.rule.unused ?? [])];
  }

  linear(store: ParameterStore, given: LinearSite) {
    const { streams, sites } = this.settings;
    const site = this.keepDeadStream ? splitAsReleased(given) : given;
    if (site.output.tasks.length === 0) this.unread = [];
    const adapted = adaptedStreams(site, streams);
    if (!sites.includes(site.kind) || adapted.names.length === 0) return plainLinear(declareBaseLinear(store, site));
    const base = declareBaseLinear(store, site, true);
    const rows = site.outSize / site.parts;
    const place = { site, ...adapted, p: Math.min(rows, site.inSize) };
    const weight = base.weight.name;
    this.spectrumSites.push({ site: site.name, weight, parts: site.parts, rows, cols: site.inSize });
    this.places.set(site.name, place);
    if (site.output.tasks.length > 0) this.unread.push(place);
    this.rule.declare(store, place);
    return (f: Forward, x: Value): Value => this.forward(f, x, place, base);
  }

  finish(store: ParameterStore): void {
    if (this.places.size === 0) throw nothingAdapted(this.settings);
    this.rule.finish(store);
  }

  merged(weights: Weights, site: LinearSite, stream: string): MergedLinear {
    const place = this.places.get(site.name);
    const seen = place && seenStream(place, stream);
    const plain = plainMerged(weights, site);
    if (!seen) return plain;
    return { ...plain, weight: mergedWeight(weights, place, plain.weight, this.rule.bent(weights, place, seen)) };
  }

  spectrum(weights: Weights, site: LinearSite, stream: string): Float64Array | undefined {
    const place = this.places.get(site.name);
    const seen = place && seenStream(place, stream);
    return seen ? this.rule.bent(weights, place, seen) : undefined;
  }

  private forward(f: Forward, x: Value, place: SpectralPlace, base: BaseLinear): Value {
    const { site } = place;
    const { evaluation } = this.settings;
    const spectrum = spectrumOf(f.weights, site);
    const chosen = evaluation === "auto" ? cheaperEvaluation(site, f.options) : evaluation;
    const linear = chosen === "merged" && mergeable(site) ? mergedLinear : factoredLinear;
    return addBias(f, linear(f, site, spectrum, x, this.allSigmas(f, place, spectrum)), base);
  }

  /** s' of every stream of the output: those of the adapted ones behind s itself, where the first is not adapted. */
  private allSigmas(f: Forward, place: SpectralPlace, { s }: Spectrum): Value {
    const { site, plainFirst, p } = place;
    const own = this.rule.sigmas(f, place);
    return plainFirst ? f.b.concat([f.b.constant(s, [1, site.parts, p], `${site.name}.S`), own], 0) : own;
  }
}

/**
 * The released code tells q, k, v (or k, v) apart by the shape of a weight alone, and so takes the first layer of an MLP that is two or
 * three times as wide for them too: each part then has a decomposition of its own.
 */
function splitAsReleased(site: LinearSite): LinearSite {
  const parts = site.outSize / site.inSize;
  return parts === 2 || parts === 3 ? { ...site, parts } : site;
}

/** @throws where the decomposition of a site's weight was not filled in. */
export function spectrumOf(weights: Weights, { name }: LinearSite): Spectrum {
  const spectrum = weights.spectra.get(name);
  if (!spectrum)
    throw new Error(`Site ${name} has no singular value decomposition; fill Weights.spectra before building graphs.`);
  return spectrum;
}

/** Merged evaluation rebuilds one weight a stream; sites in several parts have one stream only. */
const mergeable = (site: LinearSite): boolean => site.parts === 1 || streamCount(site.output) === 1;

const nothingAdapted = ({ sites, streams }: SpectralSettings): Error =>
  new Error(
    `method.settings.sites is [${sites.join(", ")}] and method.settings.streams is "${streams}": no layer of this backbone is adapted. ` +
      'Name at least one of qkv, proj, fc1, fc2 ("task" reaches proj, fc1 and fc2 alone), or reduction on a backbone with patch merging.',
  );

/**
 * W' = W + U diag(s' - s) Vᵀ, part by part, which is U diag(s') Vᵀ and gives W back bit by bit where nothing is bent.
 * weight: [k*m,n], bent: [k*p] → [k*m,n], summed in float64.
 */
function mergedWeight(
  weights: Weights,
  { site, p }: SpectralPlace,
  weight: Float32Array,
  bent: Float64Array,
): Float32Array {
  const { u, s, v } = spectrumOf(weights, site);
  const n = site.inSize;
  const m = site.outSize / site.parts;
  const row = new Float64Array(p);
  const merged = new Float32Array(weight);
  for (let i = 0; i < site.outSize; i++) {
    const part = Math.floor(i / m);
    for (let k = 0; k < p; k++) row[k] = u[i * p + k]! * (bent[part * p + k]! - s[part * p + k]!);
    if (row.every((x) => x === 0)) continue;
    for (let j = 0; j < n; j++) merged[i * n + j] = weight[i * n + j]! + dot(row, v, (part * n + j) * p);
  }
  return merged;
}

function dot(row: Float64Array, v: Float32Array, offset: number): number {
  let sum = 0;
  for (let k = 0; k < row.length; k++) sum += row[k]! * v[offset + k]!;
  return sum;
}

/** The control of a setting `evaluation`. */
export const evaluationSetting: MethodSetting<"evaluation"> = {
  key: "evaluation",
  kind: "choice",
  label: "Computed",
  help: "Two equal ways to apply a weight with new singular values; they differ in speed alone.",
  advanced: true,
  choices: [
    { id: "auto", label: "the cheaper way", help: "Layer by layer, by the number of operations." },
    {
      id: "factored",
      label: "factor by factor",
      help: "The product with the first factor is shared by the tasks. y = ((x V) · sigma') Uᵀ.",
    },
    { id: "merged", label: "rebuilt weight", help: "The weight is rebuilt at every step. W' = U diag(sigma') Vᵀ." },
  ],
};
