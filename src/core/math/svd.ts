/**
 * Singular value decomposition in float64: A = U diag(s) V^T, in its thin form.
 *
 * Householder reflections reduce a matrix to a square triangle, then to a bidiagonal matrix, and implicit QR steps diagonalise it
 * (Golub & Van Loan, "Matrix Computations", §5.4 and §8.6). Unlike eigenvectors of A A^T this squares nothing, so every singular value
 * is right to a few units of rounding of the largest, also where the rank is short.
 *
 * Letters: A is [m,n], p = min(m,n).
 */
import { bidiagonalise, formRows, lowerFactor } from "./svdBidiagonal";
import { diagonalise } from "./svdDiagonalise";
import { applyBlock, BLOCK } from "./svdReflectors";

export interface Svd {
  /** [m,p], orthonormal columns; the entry of largest magnitude in each is positive. */
  readonly u: Float64Array;
  /** [p], descending, not negative. */
  readonly s: Float64Array;
  /** [n,p], orthonormal columns. */
  readonly v: Float64Array;
}

export interface SvdOptions {
  /** Told the share of the work that is done, from 0 to 1, never falling. */
  readonly onProgress?: (fraction: number) => void;
}

/**
 * weight: [rows,cols] row by row, not changed.
 * @throws if the sizes do not fit or the matrix holds NaN or an infinity.
 */
export function svd(
  weight: Float32Array | Float64Array,
  rows: number,
  cols: number,
  { onProgress = () => {} }: SvdOptions = {},
): Svd {
  checkInput(weight, rows, cols);
  const wide = rows <= cols;
  const p = Math.min(rows, cols);
  const n = Math.max(rows, cols);
  if (p === 0) return { u: new Float64Array(0), s: new Float64Array(0), v: new Float64Array(0) };
  const scale = powerOfTwoScale(weight);
  const b = wide ? Float64Array.from(weight, (value) => value / scale) : transposeScaled(weight, rows, cols, scale);
  const { shortRows, values, longRows } = decomposeWide(b, p, n, onProgress);
  const order = Array.from(values.keys()).sort((i, j) => Math.abs(values[j]!) - Math.abs(values[i]!) || i - j);
  const s = Float64Array.from(order, (index) => Math.abs(values[index]!) * scale);
  const signs = order.map((index) => (values[index]! < 0 ? -1 : 1));
  const short = columnsInOrder(shortRows, p, order);
  const long = columnsInOrder(longRows, n, order, signs);
  const [u, v] = wide ? [short, long] : [long, short];
  fixSigns(u, v, p);
  onProgress(1);
  return { u, s, v };
}

/** Values with signs, and singular vectors as rows, of B: [p,n] with p ≤ n: B = shortRows^T diag(values) longRows. B is overwritten. */
function decomposeWide(
  b: Float64Array,
  p: number,
  n: number,
  onProgress: (fraction: number) => void,
): { shortRows: Float64Array; values: Float64Array; longRows: Float64Array } {
  const report = progressByWork([p * p * (n === p ? 0 : n), 0.9 * p ** 3, 2.5 * p ** 3, p * p * (n === p ? 0 : 2 * n)]);
  const factor = n === p ? undefined : lowerFactor(b, p, n, report(0, onProgress));
  const { d, e, left, right } = bidiagonalise(factor?.lower ?? b, p, report(1, onProgress));
  const shortRows = formRows(left);
  const rightRows = formRows(right);
  diagonalise(d, e, shortRows, rightRows, report(2, onProgress));
  if (!factor) return { shortRows, values: d, longRows: rightRows };
  const longRows = new Float64Array(p * n);
  for (let i = 0; i < p; i++) longRows.set(rightRows.subarray(i * p, (i + 1) * p), i * n);
  const reportLast = report(3, onProgress);
  for (let first = Math.floor((p - 1) / BLOCK) * BLOCK; first >= 0; first -= BLOCK) {
    applyBlock({ data: longRows, rowStart: 0, rowEnd: p }, factor.reflectors, first, true);
    reportLast(1 - first / p);
  }
  return { shortRows, values: d, longRows };
}

/** Maps the progress of one phase into that of the whole, by the phases' shares of the work. */
function progressByWork(work: readonly number[]) {
  const total = work.reduce((sum, share) => sum + share, 0);
  return (phase: number, onProgress: (fraction: number) => void) => {
    const before = work.slice(0, phase).reduce((sum, share) => sum + share, 0);
    return (fraction: number) => onProgress((before + fraction * work[phase]!) / total);
  };
}

function checkInput(weight: Float32Array | Float64Array, rows: number, cols: number): void {
  if (!Number.isInteger(rows) || !Number.isInteger(cols) || rows < 0 || cols < 0 || weight.length !== rows * cols) {
    throw new Error(`A ${rows}×${cols} matrix needs ${rows * cols} numbers, but ${weight.length} came.`);
  }
  const bad = weight.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new Error(
      `The ${rows}×${cols} matrix has ${weight[bad]} in row ${Math.floor(bad / cols)}, column ${bad % cols}; ` +
        "only finite numbers have singular values. The weights may come from a run that diverged.",
    );
  }
}

/** A power of two near the largest magnitude: dividing by it is exact and keeps squares in range. 1 for a zero matrix. */
function powerOfTwoScale(weight: Float32Array | Float64Array): number {
  let largest = 0;
  for (const value of weight) largest = Math.max(largest, Math.abs(value));
  return largest === 0 ? 1 : 2 ** Math.max(Math.floor(Math.log2(largest)), -1000);
}

function transposeScaled(a: Float32Array | Float64Array, rows: number, cols: number, scale: number): Float64Array {
  const result = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) result[j * rows + i] = a[i * cols + j]! / scale;
  }
  return result;
}

/** vectors: [p,length] as rows → [length,p] as columns in the given order, each times its sign. */
function columnsInOrder(
  vectors: Float64Array,
  length: number,
  order: readonly number[],
  signs?: readonly number[],
): Float64Array {
  const p = order.length;
  const columns = new Float64Array(length * p);
  for (let k = 0; k < p; k++) {
    const from = order[k]! * length;
    const sign = signs?.[k] ?? 1;
    for (let i = 0; i < length; i++) columns[i * p + k] = sign * vectors[from + i]!;
  }
  return columns;
}

/** Flips pairs of columns so that in each column of U the first entry within rounding of the largest magnitude is positive. */
function fixSigns(u: Float64Array, v: Float64Array, p: number): void {
  for (let k = 0; k < p; k++) {
    let largest = 0;
    for (let at = k; at < u.length; at += p) largest = Math.max(largest, Math.abs(u[at]!));
    let at = k;
    while (Math.abs(u[at]!) < largest * (1 - 1e-6)) at += p;
    if (u[at]! >= 0) continue;
    for (let i = k; i < u.length; i += p) u[i] = -u[i]!;
    for (let i = k; i < v.length; i += p) v[i] = -v[i]!;
  }
}
