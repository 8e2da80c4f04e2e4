/**
 * The exact flows behind the warp charts, computed in the page from theta (DiTASK §3; `core/math`).
 *
 * G = points of the grid on [0,1].
 */

import type { SiteInfo, WarpRowInfo } from "../../../contracts/runEvent";
import { CpabFlow, cpabDimension } from "../../../core/math/cpab";
import { type WarpPlan, warpSpectrum } from "../../../core/math/spectrumWarp";

/** G = 65: a vertex of every N_P that divides 64, and a pixel or two of any chart between. */
const GRID_CELLS = 64;
export const grid: Float64Array = Float64Array.from({ length: GRID_CELLS + 1 }, (_, i) => i / GRID_CELLS);

export interface WarpCurves {
  readonly stream: WarpRowInfo["stream"];
  readonly trained: boolean;
  readonly cells: number;
  /** phi(x) - x on the grid. [G] */
  readonly displacement: Float64Array;
  /** v(x) on the grid. [G] */
  readonly velocity: Float64Array;
  /** max |phi(x) - x| */
  readonly moved: number;
}

/** All parts of one adapted matrix: they share their warps and have spectra of their own. */
export interface Site {
  readonly name: string;
  readonly parts: readonly SiteInfo[];
  readonly rows: readonly WarpRowInfo[];
  readonly boundary: SiteInfo["boundary"];
}

export function sitesOf(infos: readonly SiteInfo[]): Site[] {
  const byName = new Map<string, SiteInfo[]>();
  for (const info of infos) byName.set(info.name, [...(byName.get(info.name) ?? []), info]);
  return [...byName.entries()].map(([name, parts]) => ({
    name,
    parts,
    rows: parts[0]!.rows,
    boundary: parts[0]!.boundary,
  }));
}

const flows = { zero: new CpabFlow("zero"), free: new CpabFlow("free") };

/** Flow and velocity of one warp. */
function curvesOf(
  theta: Float32Array,
  { stream, trained, cells, thetaOffset }: WarpRowInfo,
  boundary: SiteInfo["boundary"],
): WarpCurves {
  const flow = flows[boundary];
  flow.prepare(theta, thetaOffset, cells, 1);
  const displacement = grid.map((x) => flow.displacement(x));
  const moved = displacement.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return { stream, trained, cells, displacement, velocity: grid.map((x) => flow.velocity(x)), moved };
}

/** Every site's warps, in order; theta of other length belongs to another model and gives none. */
export function allCurves(sites: readonly Site[], theta: Float32Array): ReadonlyMap<string, readonly WarpCurves[]> {
  const ends = sites.flatMap(({ rows, boundary }) => rows.map((row) => thetaEnd(row, boundary)));
  const length = Math.max(0, ...ends);
  if (theta.length < length) return new Map();
  return new Map(sites.map(({ name, rows, boundary }) => [name, rows.map((row) => curvesOf(theta, row, boundary))]));
}

const thetaEnd = ({ thetaOffset, cells }: WarpRowInfo, boundary: SiteInfo["boundary"]): number =>
  thetaOffset + cpabDimension(cells, boundary);

/** Singular values of one part as each of its streams sees them. */
export function warpedSpectra(
  { sigma, rows, boundary }: SiteInfo,
  theta: Float32Array,
  reading: SiteInfo["reading"],
): Float32Array[] {
  const numbers = (some: readonly WarpRowInfo[]): number =>
    some.reduce((sum, { cells }) => sum + cpabDimension(cells, boundary), 0);
  const starts = rows.map((_, i) => numbers(rows.slice(0, i)));
  const own = new Float32Array(numbers(rows));
  const spectra = new Float32Array(rows.length * sigma.length);
  rows.forEach((row, i) => {
    own.set(theta.subarray(row.thetaOffset, thetaEnd(row, boundary)), starts[i]!);
    spectra.set(sigma, i * sigma.length);
  });
  const plan: WarpPlan = {
    rows: rows.map(({ cells }, i) => ({
      thetaOffset: starts[i]!,
      cells,
      pointOffset: i * sigma.length,
      pointCount: sigma.length,
    })),
    boundary,
    reading,
    sigma: spectra,
    thetaLength: own.length,
  };
  const out = new Float32Array(spectra.length);
  warpSpectrum(plan, own, 1, out);
  return rows.map((_, i) => out.subarray(i * sigma.length, (i + 1) * sigma.length));
}

/** Where a site stands in the atlas: the numbers of its name are its row, what follows the last of them its column. */
export function placeOf(name: string): { readonly row: string; readonly column: string } {
  const segments = name.split(".");
  const last = segments.findLastIndex((segment) => /^\d+$/.test(segment));
  return {
    row: segments.slice(0, last + 1).join("."),
    column: segments.slice(last + 1).join(".") || name,
  };
}

/** "layers.1.blocks.0" → "1.0" */
export const shortRow = (row: string): string =>
  row
    .split(".")
    .filter((segment) => /^\d+$/.test(segment))
    .join(".") || row;

/** "attn.qkv" → "qkv" */
export const shortColumn = (column: string): string => column.split(".").at(-1) ?? column;
