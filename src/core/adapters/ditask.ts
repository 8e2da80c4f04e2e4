/**
 * DiTASK (Mantri et al., CVPR 2025): every adapted weight W = U diag(S) Vᵀ keeps its singular vectors; its singular values are warped
 * by a CPAB diffeomorphism, one shared and, in the last block of each stage, one per task. Task and shared warps start from the same
 * frozen W, not from each other. The frozen bias stays.
 *
 * Where we differ from the released code (each is a setting): value-warp by default, theta starts at 0 (the identity), no decay on
 * theta, no thetas that reach nothing (its task thetas of qkv; the shared thetas behind the last outputs, kept with `reference`), one
 * SVD at load instead of one a forward pass, no dropout on the path of the frozen weight.
 */
import type { Value } from "../graph/node";
import type { WarpPlan, WarpReading, WarpRow } from "../math/warpPlan";
import type { Forward } from "../nn/forward";
import { addBias, declareBaseLinear } from "../nn/layers";
import { type ParameterSpec, type ParameterStore, type Slot, zeros } from "../nn/parameters";
import { type BaseLinear, type LinearSite, type SiteKind, streamCount } from "../nn/site";
import type { Spectrum } from "../nn/weights";
import { spectrumWarp } from "../ops/spectrumWarp";
import { split } from "../ops/split";
import { type Adapter, type AdapterDef, allCompanions, isDecoder, type SpectrumSite, type WarpCurve } from "./adapter";
import { plainLinear } from "./plainLinear";
import { blockSites, sitesSetting } from "./sites";
import { cheaperEvaluation, type Evaluation, factoredLinear, mergedLinear } from "./spectralLinear";

export interface DitaskSettings {
  /** "value": sigma' = sigma_max phi(sigma / sigma_max) (the paper); "index": the sorted curve is resampled (the released code). */
  readonly reading: WarpReading;
  /** N_P: cells of the shared warps' velocity fields; theta has one number less. */
  readonly sharedCells: number;
  /** The same for the tasks' warps, for all alike or by task. */
  readonly taskCells: number | Readonly<Record<string, number>>;
  /** Which streams have warps of their own; the others keep the frozen weight. "shared" gives up the task streams. */
  readonly streams: "both" | "shared" | "task";
  /** "reference": U(-1/√d, 1/√d) with d = cells - 1, as the released code starts. */
  readonly start: "identity" | "reference";
  /** How y = x W'ᵀ is computed; "auto" takes the one with fewer operations, site by site. */
  readonly evaluation: "auto" | Evaluation;
  /** Keeps the last stage's shared stream and its thetas, though no output depends on them, as the released code does. */
  readonly reference: boolean;
  readonly sites: readonly SiteKind[];
}

/** The graph input with the flow's time: 0 is the pretrained model, 1 the adapted one. */
export const FLOW_TIME = "time";
/** Optional graph inputs, each [K] over all warped singular values: sigma' = (overridden ? override : warped) * gain. */
export const SPECTRUM_GAIN = "spectrum.gain";
export const SPECTRUM_OVERRIDE = "spectrum.override";
export const SPECTRUM_OVERRIDDEN = "spectrum.overridden";

interface SiteCurves {
  readonly site: LinearSite;
  /** The warped streams, in the order of the site's output. */
  readonly streams: readonly string[];
  /** Whether the output's first stream keeps the singular values as they are. */
  readonly plainFirst: boolean;
  readonly p: number;
}

class DitaskAdapter implements Adapter {
  readonly spectrumSites: SpectrumSite[] = [];
  readonly curves: WarpCurve[] = [];
  private readonly siteCurves: SiteCurves[] = [];
  private readonly thetas: ParameterSpec[] = [];
  private warped = 0;
  private thetaSlot: Slot | undefined;

  constructor(private readonly settings: DitaskSettings) {}

  get taskStreams(): boolean {
    return this.settings.streams !== "shared";
  }

  get keepDeadStream(): boolean {
    return this.settings.reference;
  }

  linear(store: ParameterStore, site: LinearSite) {
    const { streams, sites } = this.settings;
    const adapted = sites.includes(site.kind) && (streams !== "task" || site.output.tasks.length > 0);
    const base = declareBaseLinear(store, site, adapted);
    if (!adapted) return plainLinear(base);
    const curves = this.addCurves(site, base);
    return (f: Forward, x: Value): Value => this.forward(f, x, curves, base);
  }

  finish(store: ParameterStore): void {
    if (this.thetas.length > 0) this.thetaSlot = store.declareRun("theta", this.thetas);
  }

  merged(): undefined {
    return undefined;
  }

  private addCurves(site: LinearSite, { weight }: BaseLinear): SiteCurves {
    const rows = site.outSize / site.parts;
    const p = Math.min(rows, site.inSize);
    this.spectrumSites.push({ site: site.name, weight: weight.name, parts: site.parts, rows, cols: site.inSize });
    const plainFirst = this.settings.streams === "task" && site.output.shared;
    const streams = [...(site.output.shared && !plainFirst ? ["shared"] : []), ...site.output.tasks];
    const shape = { reading: this.settings.reading, boundary: "zero" } as const;
    for (const stream of streams) {
      const cells = this.cells(stream);
      const theta = this.addTheta(`${site.name}.theta.${stream}`, cells);
      for (let part = 0; part < site.parts; part++) {
        this.curves.push({ site, part, stream, theta, offset: this.warped, count: p, cells, ...shape });
        this.warped += p;
      }
    }
    const curves = { site, streams, plainFirst, p };
    this.siteCurves.push(curves);
    return curves;
  }

  private cells(stream: string): number {
    const { sharedCells, taskCells } = this.settings;
    if (stream === "shared") return sharedCells;
    const cells = typeof taskCells === "number" ? taskCells : taskCells[stream];
    if (cells === undefined)
      throw new Error(
        `taskCells names ${Object.keys(taskCells).join(", ")}, but not the task ${stream}; give its cells.`,
      );
    return cells;
  }

  private addTheta(name: string, cells: number): string {
    const size = cells - 1;
    this.thetas.push({
      name,
      shape: [1, size],
      group: "theta",
      init: this.settings.start === "identity" ? zeros : { kind: "uniform", bound: 1 / Math.sqrt(size) },
    });
    return name;
  }

  private forward(f: Forward, x: Value, curves: SiteCurves, base: BaseLinear): Value {
    const { site } = curves;
    const spectrum = f.weights.spectra.get(site.name);
    if (!spectrum)
      throw new Error(
        `Site ${site.name} has no singular value decomposition; fill Weights.spectra before building graphs.`,
      );
    const { evaluation } = this.settings;
    const chosen = evaluation === "auto" ? cheaperEvaluation(site, f.options) : evaluation;
    const linear = chosen === "merged" && mergeable(site) ? mergedLinear : factoredLinear;
    return addBias(f, linear(f, site, spectrum, x, this.sigmas(f, curves, spectrum)), base);
  }

  /** [S,k,p]: the singular values of a site as each stream sees them. */
  private sigmas(f: Forward, curves: SiteCurves, { s }: Spectrum): Value {
    const { b } = f;
    const { site, streams, plainFirst, p } = curves;
    const own = this.warpedSigmas(f).get(curves)!;
    const warped = b.reshape(own, [streams.length, site.parts, p]);
    return plainFirst ? b.concat([b.constant(s, [1, site.parts, p], `${site.name}.S`), warped], 0) : warped;
  }

  /** The warped singular values of each site, in the order of `curves`; one warp a graph, cut into sites. */
  private warpedSigmas(f: Forward): ReadonlyMap<SiteCurves, Value> {
    return f.once("ditask.sigmas", () => {
      const sizes = this.siteCurves.map(({ site, streams, p }) => streams.length * site.parts * p);
      const parts = split(f.b, this.allSigmas(f), 0, sizes);
      return new Map(this.siteCurves.map((curves, i) => [curves, parts[i]!]));
    });
  }

  /** [K]: all warped singular values of the model. */
  private allSigmas(f: Forward): Value {
    const { b } = f;
    const warped = spectrumWarp(b, f.value(this.thetaSlot!), b.input(FLOW_TIME, []), this.plan(f));
    if (!f.options.spectrumInputs) return warped;
    const shape = [this.warped];
    const bent = b.select(b.input(SPECTRUM_OVERRIDDEN, shape), b.input(SPECTRUM_OVERRIDE, shape), warped);
    return b.mul(bent, b.input(SPECTRUM_GAIN, shape));
  }

  private plan({ weights }: Forward): WarpPlan {
    const starts = new Map<string, number>();
    let thetaLength = 0;
    for (const { name, shape } of this.thetas) {
      starts.set(name, thetaLength);
      thetaLength += shape[1]!;
    }
    const sigma = new Float32Array(this.warped);
    const rows = this.curves.map(({ site, part, theta, offset, count, cells }): WarpRow => {
      const { s } = weights.spectra.get(site.name)!;
      sigma.set(s.subarray(part * count, (part + 1) * count), offset);
      return { thetaOffset: starts.get(theta)!, cells, pointOffset: offset, pointCount: count };
    });
    return { rows, boundary: "zero", reading: this.settings.reading, sigma, thetaLength };
  }
}

/** Merged evaluation rebuilds one weight a stream; sites in several parts have one stream only. */
const mergeable = (site: LinearSite): boolean => site.parts === 1 || streamCount(site.output) === 1;

const cells = { min: 2, max: 256, step: 1, unit: "cells", logarithmic: false, integer: true } as const;

export const ditask: AdapterDef<DitaskSettings> = {
  id: "ditask",
  label: "DiTASK",
  about: "Keeps the singular vectors of every weight and warps its singular values by smooth, monotone maps.",
  source: "Mantri et al., CVPR 2025",
  defaults: {
    reading: "value",
    sharedCells: 16,
    taskCells: 16,
    streams: "both",
    start: "identity",
    evaluation: "auto",
    reference: false,
    sites: blockSites,
  },
  settings: [
    {
      key: "reading",
      kind: "choice",
      label: "Warp acts on",
      help: "Two readings of the published method. Both keep the order of the singular values and all singular vectors.",
      choices: [
        {
          id: "value",
          label: "the values (paper)",
          help: "sigma' = sigma_max · phi(sigma / sigma_max): each singular value moves by its size.",
        },
        {
          id: "index",
          label: "the index (released code)",
          help: "The sorted curve of singular values is resampled at phi(i); the first and last never move.",
        },
      ],
    },
    {
      key: "streams",
      kind: "choice",
      label: "Streams",
      help: "Which warps are learned: one shared by all tasks, one per task in the last block of each stage, or both.",
      choices: [
        { id: "both", label: "shared and per task", help: "The published setting." },
        { id: "shared", label: "shared only", help: "Every task sees the same features." },
        {
          id: "task",
          label: "per task only",
          help: "The trunk stays as it was pretrained; each task bends its own copy of the last blocks.",
        },
      ],
    },
    {
      key: "sharedCells",
      kind: "number",
      label: "Cells, shared warp",
      help: "N_P: pieces of the piecewise-affine velocity on [0,1]. A warp has N_P − 1 numbers.",
      ...cells,
    },
    {
      key: "taskCells",
      kind: "number",
      perTask: true,
      label: "Cells, task warps",
      help: "N_P of the warps that each task has for itself.",
      ...cells,
    },
    {
      key: "start",
      kind: "choice",
      label: "Start of the warps",
      help: "Where theta starts.",
      advanced: true,
      choices: [
        { id: "identity", label: "identity", help: "theta = 0: training starts from the pretrained model exactly." },
        {
          id: "reference",
          label: "random (released code)",
          help: "Uniform in ±1/sqrt(N_P − 1): the first step already bends the spectrum.",
        },
      ],
    },
    {
      key: "evaluation",
      kind: "choice",
      label: "Computed",
      help: "Two equal ways to apply a warped weight; they differ in speed alone.",
      advanced: true,
      choices: [
        { id: "auto", label: "the cheaper way", help: "Layer by layer, by the number of operations." },
        { id: "factored", label: "factor by factor", help: "y = ((x V) · sigma') Uᵀ: x V is shared by the tasks." },
        { id: "merged", label: "rebuilt weight", help: "W' = U diag(sigma') Vᵀ is rebuilt at every step." },
      ],
    },
    {
      key: "reference",
      kind: "flag",
      label: "Keep unused warps",
      help: "Keeps the last block's shared warps, though no output depends on them, as the released code does.",
      advanced: true,
    },
    sitesSetting(),
  ],
  companions: allCompanions,
  trains: ({ group }) => group === "theta" || isDecoder(group),
  create: (settings) => new DitaskAdapter(settings),
};
