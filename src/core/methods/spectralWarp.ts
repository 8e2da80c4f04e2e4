/**
 * DiTASK's rule: singular values are warped by CPAB diffeomorphisms, one theta a site and stream, shared by the parts of the site. All
 * warps of a model are one node of its graph.
 */
import type { Value } from "../graph/node";
import { type CpabBoundary, cpabDimension } from "../math/cpab";
import { type WarpPlan, type WarpReading, type WarpRow, warpSpectrum } from "../math/spectrumWarp";
import type { Forward } from "../nn/forward";
import { type ParameterSpec, type ParameterStore, type Slot, zeros } from "../nn/parameters";
import type { Weights } from "../nn/weights";
import { spectrumWarp } from "../ops/spectrumWarp";
import { split } from "../ops/split";
import type { WarpCurve } from "./method";
import { numberOfTask, type PerTask } from "./perTask";
import { type SpectralPlace, type SpectrumRule, spectrumOf } from "./spectralMethod";

/** The graph input with the flow's time: 0 is the pretrained model, 1 the adapted one. */
export const FLOW_TIME = "time";
/** Optional graph inputs, each [K] over all warped singular values: sigma' = (overridden ? override : warped) * gain. */
export const SPECTRUM_GAIN = "spectrum.gain";
export const SPECTRUM_OVERRIDE = "spectrum.override";
export const SPECTRUM_OVERRIDDEN = "spectrum.overridden";

export interface WarpSettings {
  /** "value": sigma' = sigma_max phi(sigma / sigma_max) (the paper); "index": the sorted curve is resampled (the released code). */
  readonly reading: WarpReading;
  /**
   * "zero": the velocity vanishes at both ends, so that [0, sigma_max] maps onto itself. "free": theta has two parameters more, the ends
   * move too, and outside of [0,1] the velocity goes on along the line of its first and last cell. Then sigma' may exceed sigma_max,
   * and a small value may pass 0: a negative sigma' applies its pair of singular vectors with the opposite sign. Order is kept.
   */
  readonly boundary: CpabBoundary;
  /** N_P: cells of the shared warps' velocity fields; theta has one parameter less. */
  readonly sharedCells: number;
  /** The same for the tasks' warps, for all alike or by task. */
  readonly taskCells: PerTask;
  /** "reference": U(-1/√d, 1/√d) with d the length of theta, as the released code starts. */
  readonly start: "identity" | "reference";
}

export class WarpRule implements SpectrumRule {
  readonly curves: WarpCurve[] = [];
  private readonly places: SpectralPlace[] = [];
  private readonly thetas: ParameterSpec[] = [];
  readonly unused: string[] = [];
  private warped = 0;
  private thetaSlot: Slot | undefined;

  /** `keepUnused`: declares the warps that the released code has and that reach no output. */
  constructor(
    private readonly settings: WarpSettings,
    private readonly keepUnused = false,
  ) {}

  declare(_store: ParameterStore, place: SpectralPlace): void {
    const { site, names, p } = place;
    const { reading, boundary } = this.settings;
    for (const stream of names) {
      const cells = this.cells(place, stream);
      const theta = this.addTheta(this.parameter(place, stream), cells);
      for (let part = 0; part < site.parts; part++) {
        this.curves.push({ site, part, stream, theta, offset: this.warped, count: p, cells, reading, boundary });
        this.warped += p;
      }
    }
    this.places.push(place);
  }

  finish(store: ParameterStore): void {
    if (this.keepUnused) this.addUnused();
    this.thetaSlot = store.declareRun("theta", this.thetas);
  }

  sigmas(f: Forward, place: SpectralPlace): Value {
    const { site, names, p } = place;
    return f.b.reshape(this.warpedSigmas(f).get(place)!, [names.length, site.parts, p]);
  }

  bent(weights: Weights, place: SpectralPlace, stream: string): Float64Array {
    const { site, p } = place;
    const { reading, boundary } = this.settings;
    const { s } = spectrumOf(weights, site);
    const theta = weights.get(this.parameter(place, stream));
    const cells = this.cells(place, stream);
    const rows = Array.from({ length: site.parts }, (_, part) => ({
      thetaOffset: 0,
      cells,
      pointOffset: part * p,
      pointCount: p,
    }));
    const sigmas = new Float64Array(s.length);
    warpSpectrum({ rows, boundary, reading, sigma: s, thetaLength: theta.length }, theta, 1, sigmas);
    return sigmas;
  }

  parameter({ site }: SpectralPlace, stream: string): string {
    return `${site.name}.theta.${stream}`;
  }

  private cells({ site }: SpectralPlace, stream: string): number {
    const { sharedCells, taskCells } = this.settings;
    if (stream === "shared") return sharedCells;
    return numberOfTask("method.settings.taskCells", taskCells, stream, site.output.tasks);
  }

  /** A warp a task for every q, k and v: the released code computes their outputs and drops them, so no gradient reaches them. */
  private addUnused(): void {
    const parting = this.places.find(({ site }) => site.output.tasks.length > 0);
    if (!parting) return;
    for (const place of this.places.filter(({ site }) => site.kind === "qkv"))
      for (const task of parting.site.output.tasks)
        this.unused.push(this.addTheta(this.parameter(place, task), this.cells(parting, task)));
  }

  private addTheta(name: string, cells: number): string {
    const { boundary, start } = this.settings;
    const size = cpabDimension(cells, boundary);
    const init = start === "identity" ? zeros : ({ kind: "uniform", bound: 1 / Math.sqrt(size) } as const);
    this.thetas.push({ name, shape: [1, size], group: "theta", init });
    return name;
  }

  /** The warped singular values of each site; one warp a graph, cut into sites. */
  private warpedSigmas(f: Forward): ReadonlyMap<SpectralPlace, Value> {
    return f.once("ditask.sigmas", () => {
      const sizes = this.places.map(({ site, names, p }) => names.length * site.parts * p);
      const parts = split(f.b, this.allSigmas(f), 0, sizes);
      return new Map(this.places.map((place, i) => [place, parts[i]!]));
    });
  }

  /** [K]: all warped singular values of the model. */
  private allSigmas(f: Forward): Value {
    const { b } = f;
    const plan = this.plan(f);
    const theta = b.sliceAxis(f.value(this.thetaSlot!), 0, 0, plan.thetaLength);
    const warped = spectrumWarp(b, theta, b.input(FLOW_TIME, []), plan);
    if (!f.options.spectrumInputs) return warped;
    const shape = [this.warped];
    const bent = b.select(b.input(SPECTRUM_OVERRIDDEN, shape), b.input(SPECTRUM_OVERRIDE, shape), warped);
    return b.mul(bent, b.input(SPECTRUM_GAIN, shape));
  }

  private plan({ weights }: Forward): WarpPlan {
    const { reading, boundary } = this.settings;
    const starts = new Map<string, number>();
    let thetaLength = 0;
    // Those that reach nothing stand last.
    for (const { name, shape } of this.thetas.slice(0, this.thetas.length - this.unused.length)) {
      starts.set(name, thetaLength);
      thetaLength += shape[1]!;
    }
    const sigma = new Float32Array(this.warped);
    const rows = this.curves.map(({ site, part, theta, offset, count, cells }): WarpRow => {
      const { s } = spectrumOf(weights, site);
      sigma.set(s.subarray(part * count, (part + 1) * count), offset);
      return { thetaOffset: starts.get(theta)!, cells, pointOffset: offset, pointCount: count };
    });
    return { rows, boundary, reading, sigma, thetaLength };
  }
}
