/**
 * Which singular values are warped by which parameters: the ragged batch of all adapted matrices of a model.
 *
 * P = singular values of all rows, one after another; a row = the spectrum of one matrix (or of its q, k or v part);
 * a segment = the theta of one layer and stream, shared by one row or several.
 */
import { type CpabBoundary, cpabDimension } from "./cpabVertex";

/** One workgroup of the WGSL kernels keeps one value per cell and invocation. */
export const MAX_WARP_CELLS = 256;

/** theta has cells-1 (zero boundary) or cells+1 (free) entries at thetaOffset; rows with equal thetaOffset share it. */
export interface WarpRow {
  readonly thetaOffset: number;
  readonly cells: number;
  readonly pointOffset: number;
  readonly pointCount: number;
}

/**
 * "value": sigma' = sigma_max phi(sigma / sigma_max) (the paper's reading).
 * "index": the sorted curve is read at phi(j / (n-1)) (n-1) (the released code's reading).
 */
export type WarpReading = "value" | "index";

export interface WarpPlan {
  readonly rows: readonly WarpRow[];
  readonly boundary: CpabBoundary;
  readonly reading: WarpReading;
  /** Singular values, descending inside a row. [P] */
  readonly sigma: Float32Array;
  readonly thetaLength: number;
}

/** Rows that share one theta, in the order of the plan. */
export interface WarpSegment {
  readonly thetaOffset: number;
  readonly cells: number;
  readonly rows: readonly WarpRow[];
}

/**
 * The segments of a plan, by thetaOffset, after checking that the plan is whole: every singular value belongs to one row, every
 * theta entry to one segment, values are finite, not negative and descending.
 */
export function warpSegments(plan: WarpPlan): WarpSegment[] {
  const byOffset = new Map<number, WarpRow[]>();
  for (const row of plan.rows) {
    checkRow(plan, row);
    byOffset.set(row.thetaOffset, [...(byOffset.get(row.thetaOffset) ?? []), row]);
  }
  checkCover(
    "singular values",
    plan.sigma.length,
    plan.rows.map((row) => ({ from: row.pointOffset, count: row.pointCount })),
  );
  const segments = [...byOffset.entries()]
    .sort(([left], [right]) => left - right)
    .map(([thetaOffset, rows]) => ({ thetaOffset, cells: commonCells(rows), rows }));
  checkCover(
    "theta entries",
    plan.thetaLength,
    segments.map(({ thetaOffset, cells }) => ({ from: thetaOffset, count: cpabDimension(cells, plan.boundary) })),
  );
  return segments;
}

function checkRow(plan: WarpPlan, row: WarpRow): void {
  const where = `Warp row at point ${row.pointOffset}`;
  if (!Number.isInteger(row.cells) || row.cells < 2 || row.cells > MAX_WARP_CELLS) {
    throw new Error(`${where}: expected 2 to ${MAX_WARP_CELLS} cells; got ${row.cells}. Choose another N_P.`);
  }
  for (const [name, value] of Object.entries(row)) {
    if (!Number.isInteger(value) || value < 0) {
      throw new Error(`${where}: ${name} must be a whole number, not negative; got ${value}.`);
    }
  }
  for (let i = row.pointOffset; i < Math.min(row.pointOffset + row.pointCount, plan.sigma.length); i++) {
    const value = plan.sigma[i]!;
    if (!(value >= 0 && value < Infinity)) {
      throw new Error(`${where}: expected finite singular values, not negative; got ${value} at ${i}.`);
    }
    if (i > row.pointOffset && value > plan.sigma[i - 1]!) {
      throw new Error(
        `${where}: expected descending singular values; got ${plan.sigma[i - 1]} before ${value} at ${i}. Sort them.`,
      );
    }
  }
}

function commonCells(rows: readonly WarpRow[]): number {
  const cells = rows[0]!.cells;
  const other = rows.find((row) => row.cells !== cells);
  if (other) {
    throw new Error(
      `Rows that share theta at ${other.thetaOffset} must agree on their cells; got ${cells} and ${other.cells}.`,
    );
  }
  return cells;
}

/** Throws unless the spans, in any order, cover [0, length) once. Empty spans are let be. */
function checkCover(what: string, length: number, spans: readonly { from: number; count: number }[]): void {
  let next = 0;
  for (const { from, count } of [...spans].sort((left, right) => left.from - right.from || left.count - right.count)) {
    if (count > 0 && from !== next) {
      throw new Error(
        from > next
          ? `The ${what} ${next} to ${from - 1} belong to no row of the warp plan. Give each a row.`
          : `The ${what} from ${from} belong to two rows of the warp plan that are laid out to overlap.`,
      );
    }
    next += count;
  }
  if (next !== length) {
    throw new Error(`The rows of the warp plan cover ${next} ${what}; there are ${length}.`);
  }
}

/**
 * Invocations that a workgroup of the kernels needs for this plan (their override `lanes`): a power of two, at least the cells of every
 * row and a quarter of the longest spectrum. A group of idle lanes costs a software driver as much as a busy one.
 */
export function warpThreads(plan: WarpPlan): number {
  const wanted = plan.rows.reduce((most, row) => Math.max(most, row.cells, Math.ceil(row.pointCount / 4)), 64);
  return Math.min(MAX_WARP_CELLS, 2 ** Math.ceil(Math.log2(wanted)));
}

/** Words before the tables of a packed plan. */
const HEADER_WORDS = 4;
const ENTRY_WORDS = 4;

/**
 * The plan as the table that `cpabWarp.wgsl` and `cpabWarpGrad.wgsl` read (u32 words):
 *
 *     0           rows R   (workgroups of the forward kernel)
 *     1           segments G   (workgroups of the gradient kernel)
 *     2           0 (the kernels hide rounded sums from the optimiser with it)
 *     3           singular values P
 *     4 + 4r      pointOffset, pointCount, thetaOffset, cells of row r; the rows of a segment follow one another
 *     4 + 4R + 4g firstRow, rowCount, thetaOffset, cells of segment g
 */
export function packWarpPlan(plan: WarpPlan): Uint32Array {
  const segments = warpSegments(plan);
  const rows = segments.flatMap((segment) => segment.rows);
  const words = new Uint32Array(HEADER_WORDS + ENTRY_WORDS * (rows.length + segments.length));
  words.set([rows.length, segments.length, 0, plan.sigma.length]);
  let at = HEADER_WORDS;
  for (const row of rows) {
    words.set([row.pointOffset, row.pointCount, row.thetaOffset, row.cells], at);
    at += ENTRY_WORDS;
  }
  let firstRow = 0;
  for (const segment of segments) {
    words.set([firstRow, segment.rows.length, segment.thetaOffset, segment.cells], at);
    firstRow += segment.rows.length;
    at += ENTRY_WORDS;
  }
  return words;
}
