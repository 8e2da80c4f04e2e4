/**
 * The two reductions before the iteration of the SVD (Golub & Van Loan, "Matrix Computations", §5.2 and §5.4):
 * a wide matrix to a square one, and a square matrix to a bidiagonal one.
 *
 * Letters: p rows, n ≥ p columns.
 */
import { applyBlock, BLOCK, makeReflector, type Reflectors } from "./svdReflectors";

/**
 * B = [L 0] · H_(p-1) ... H_0 for B: [p,n]; L: [p,p] lower triangular. B's storage becomes that of the reflectors.
 */
export function lowerFactor(
  b: Float64Array,
  p: number,
  n: number,
  onProgress: (fraction: number) => void,
): { lower: Float64Array; reflectors: Reflectors } {
  const lower = new Float64Array(p * p);
  const reflectors: Reflectors = { vectors: b, betas: new Float64Array(p), length: n, shift: 0 };
  for (let first = 0; first < p; first += BLOCK) {
    const end = Math.min(first + BLOCK, p);
    for (let k = first; k < end; k++) {
      for (let j = first; j < k; j++) reflectRow(b, k * n, b, j * n, n, j, reflectors.betas[j]!);
      const { alpha, beta } = makeReflector(b, k * n + k, (k + 1) * n);
      lower.set(b.subarray(k * n, k * n + k), k * p);
      lower[k * p + k] = alpha;
      b.fill(0, k * n, k * n + k);
      if (beta === 0) b.fill(0, k * n, (k + 1) * n);
      reflectors.betas[k] = beta;
    }
    applyBlock({ data: b, rowStart: end, rowEnd: p }, reflectors, first, false);
    onProgress(1 - (1 - end / p) ** 2);
  }
  return { lower, reflectors };
}

/** x ← x - beta (x · v) v over columns from..n, for the rows that begin at `xAt` and `vAt`. */
function reflectRow(
  x: Float64Array,
  xAt: number,
  v: Float64Array,
  vAt: number,
  n: number,
  from: number,
  beta: number,
): void {
  let sum = 0;
  for (let i = from; i < n; i++) sum += x[xAt + i]! * v[vAt + i]!;
  const step = beta * sum;
  for (let i = from; i < n; i++) x[xAt + i] = x[xAt + i]! - step * v[vAt + i]!;
}

/** A = U · bidiagonal(d, e) · V^T with U and V as products of reflectors; d: [p] the diagonal, e: [p-1] the one above it. */
export interface Bidiagonal {
  readonly d: Float64Array;
  readonly e: Float64Array;
  readonly left: Reflectors;
  readonly right: Reflectors;
}

/** Reduces a square A: [p,p], which is overwritten. */
export function bidiagonalise(a: Float64Array, p: number, onProgress: (fraction: number) => void): Bidiagonal {
  const d = new Float64Array(p);
  const e = new Float64Array(Math.max(p - 1, 0));
  const left: Reflectors = { vectors: new Float64Array(p * p), betas: new Float64Array(p), length: p, shift: 0 };
  const right: Reflectors = { vectors: new Float64Array(p * p), betas: new Float64Array(p), length: p, shift: 1 };
  const product = new Float64Array(p);
  for (let k = 0; k < p; k++) {
    const column = left.vectors.subarray(k * p, (k + 1) * p);
    const row = right.vectors.subarray(k * p, (k + 1) * p);
    for (let i = k; i < p; i++) column[i] = a[i * p + k]!;
    const leftReflector = makeReflector(column, k, p);
    d[k] = leftReflector.alpha;
    left.betas[k] = leftReflector.beta;
    if (leftReflector.beta === 0) column.fill(0);
    columnProduct(a, p, k, column, leftReflector.beta, product);
    for (let x = k + 1; x < p; x++) row[x] = a[k * p + x]! - column[k]! * product[x]!;
    if (k + 1 === p) break;
    const rightReflector = makeReflector(row, k + 1, p);
    e[k] = rightReflector.alpha;
    right.betas[k] = rightReflector.beta;
    if (rightReflector.beta === 0) row.fill(0);
    updateRows(a, p, k, column, product, row, rightReflector.beta);
    if (k % 16 === 0) onProgress(1 - (1 - k / p) ** 3);
  }
  return { d, e, left, right };
}

/** product = beta · column^T A over the columns after k: [p]. */
function columnProduct(
  a: Float64Array,
  p: number,
  k: number,
  column: Float64Array,
  beta: number,
  product: Float64Array,
): void {
  product.fill(0);
  for (let i = k; i < p; i++) {
    const weight = beta * column[i]!;
    if (weight === 0) continue;
    const at = i * p;
    for (let x = k + 1; x < p; x++) product[x] = product[x]! + weight * a[at + x]!;
  }
}

/** Both reflections of the rows below k in one pass: A ← (A - column product^T)(I - beta row row^T). */
function updateRows(
  a: Float64Array,
  p: number,
  k: number,
  column: Float64Array,
  product: Float64Array,
  row: Float64Array,
  beta: number,
): void {
  for (let i = k + 1; i < p; i++) {
    const at = i * p;
    const weight = column[i]!;
    let sum = 0;
    for (let x = k + 1; x < p; x++) {
      const value = a[at + x]! - weight * product[x]!;
      a[at + x] = value;
      sum += value * row[x]!;
    }
    const step = beta * sum;
    for (let x = k + 1; x < p; x++) a[at + x] = a[at + x]! - step * row[x]!;
  }
}

/** The orthogonal matrix I · H_(K-1) ... H_0: [p,p]; its rows are the columns of H_0 ... H_(K-1). */
export function formRows(reflectors: Reflectors): Float64Array {
  const { length, betas } = reflectors;
  const rows = new Float64Array(length * length);
  for (let i = 0; i < length; i++) rows[i * length + i] = 1;
  const lastBlock = Math.floor((betas.length - 1) / BLOCK) * BLOCK;
  for (let first = lastBlock; first >= 0; first -= BLOCK) {
    // Rows before the block are still those of the identity and zero on its columns.
    applyBlock({ data: rows, rowStart: first, rowEnd: length }, reflectors, first, true);
  }
  return rows;
}
