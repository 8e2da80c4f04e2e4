/**
 * Householder reflectors H_k = I - beta_k v_k v_k^T, kept as rows and applied from the right to the rows of a matrix, four at a time, so
 * that each number of the matrix is loaded once for four reflectors.
 *
 * Letters: n is the length of a row, K the number of reflectors.
 */

/** v: [K,n] row by row, v_k zero before column k + `shift`; betas: [K], 0 for the identity. */
export interface Reflectors {
  readonly vectors: Float64Array;
  readonly betas: Float64Array;
  readonly length: number;
  readonly shift: number;
}

/** How many reflectors are applied together. */
export const BLOCK = 4;

/**
 * Maps x = data[start, end) into the v of the reflector that maps x to (alpha, 0, ..., 0), in place.
 * A zero tail needs no reflector: beta is 0 and alpha the first number as it is.
 */
export function makeReflector(data: Float64Array, start: number, end: number): { alpha: number; beta: number } {
  const first = data[start]!;
  let tail = 0;
  for (let i = start + 1; i < end; i++) tail += data[i]! * data[i]!;
  if (tail === 0) return { alpha: first, beta: 0 };
  const norm = Math.sqrt(first * first + tail);
  // The sign that adds, so that nothing cancels.
  const alpha = first > 0 ? -norm : norm;
  const head = first - alpha;
  data[start] = head;
  return { alpha, beta: 2 / (head * head + tail) };
}

/** Which rows of `data` [., n] are changed: rowStart up to rowEnd. */
export interface RowRange {
  readonly data: Float64Array;
  readonly rowStart: number;
  readonly rowEnd: number;
}

/** rows ← rows · H_first · ... · H_(first+BLOCK-1), or in the opposite order if `reversed`. Reflectors beyond the last are skipped. */
export function applyBlock(rows: RowRange, reflectors: Reflectors, first: number, reversed: boolean): void {
  const panel = loadPanel(reflectors, first, reversed);
  const { rowStart, rowEnd } = rows;
  let row = rowStart;
  for (; row + 1 < rowEnd; row += 2) reflectTwoRows(rows.data, reflectors.length, row, panel);
  if (row < rowEnd) reflectOneRow(rows.data, reflectors.length, row, panel);
}

/** Four reflectors in the order of application, cut to their common support [column, n), with the products that couple them. */
interface Panel {
  readonly column: number;
  readonly width: number;
  readonly v: readonly [Float64Array, Float64Array, Float64Array, Float64Array];
  readonly beta: Float64Array;
  /** dot[4 i + j] = v_i · v_j. */
  readonly dot: Float64Array;
}

function loadPanel(reflectors: Reflectors, first: number, reversed: boolean): Panel {
  const { vectors, betas, length, shift } = reflectors;
  const column = Math.min(first + shift, length);
  const width = length - column;
  const beta = new Float64Array(BLOCK);
  const load = (slot: number): Float64Array => {
    const k = first + (reversed ? BLOCK - 1 - slot : slot);
    if (k >= betas.length) return new Float64Array(width);
    beta[slot] = betas[k]!;
    return vectors.subarray(k * length + column, (k + 1) * length);
  };
  const v = [load(0), load(1), load(2), load(3)] as const;
  const dot = new Float64Array(BLOCK * BLOCK);
  for (let i = 1; i < BLOCK; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let x = 0; x < width; x++) sum += v[i]![x]! * v[j]![x]!;
      dot[BLOCK * i + j] = sum;
    }
  }
  return { column, width, v: [v[0], v[1], v[2], v[3]], beta, dot };
}

/**
 * The step of each reflector from the products a_i of the untouched row with v_i, in place:
 * c_i = beta_i (a_i - sum over j < i of c_j v_i·v_j), as the earlier steps change what a later reflector sees.
 */
function solveSteps(a: Float64Array, { beta, dot }: Panel): void {
  for (let i = 0; i < BLOCK; i++) {
    let value = a[i]!;
    for (let j = 0; j < i; j++) value -= a[j]! * dot[BLOCK * i + j]!;
    a[i] = beta[i]! * value;
  }
}

const stepsA = new Float64Array(BLOCK);
const stepsB = new Float64Array(BLOCK);

function reflectTwoRows(data: Float64Array, length: number, row: number, panel: Panel): void {
  const { column, width } = panel;
  const [v0, v1, v2, v3] = panel.v;
  const rowA = data.subarray(row * length + column, (row + 1) * length);
  const rowB = data.subarray((row + 1) * length + column, (row + 2) * length);
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let b0 = 0;
  let b1 = 0;
  let b2 = 0;
  let b3 = 0;
  for (let x = 0; x < width; x++) {
    const a = rowA[x]!;
    const b = rowB[x]!;
    const w0 = v0[x]!;
    const w1 = v1[x]!;
    const w2 = v2[x]!;
    const w3 = v3[x]!;
    a0 += a * w0;
    a1 += a * w1;
    a2 += a * w2;
    a3 += a * w3;
    b0 += b * w0;
    b1 += b * w1;
    b2 += b * w2;
    b3 += b * w3;
  }
  setFour(stepsA, a0, a1, a2, a3);
  setFour(stepsB, b0, b1, b2, b3);
  solveSteps(stepsA, panel);
  solveSteps(stepsB, panel);
  [a0, a1, a2, a3] = [stepsA[0]!, stepsA[1]!, stepsA[2]!, stepsA[3]!];
  [b0, b1, b2, b3] = [stepsB[0]!, stepsB[1]!, stepsB[2]!, stepsB[3]!];
  for (let x = 0; x < width; x++) {
    const w0 = v0[x]!;
    const w1 = v1[x]!;
    const w2 = v2[x]!;
    const w3 = v3[x]!;
    rowA[x] = rowA[x]! - (a0 * w0 + a1 * w1 + (a2 * w2 + a3 * w3));
    rowB[x] = rowB[x]! - (b0 * w0 + b1 * w1 + (b2 * w2 + b3 * w3));
  }
}

function reflectOneRow(data: Float64Array, length: number, row: number, panel: Panel): void {
  const { column, width, v } = panel;
  const offset = row * length + column;
  for (let i = 0; i < BLOCK; i++) {
    const vector = v[i]!;
    let sum = 0;
    for (let x = 0; x < width; x++) sum += data[offset + x]! * vector[x]!;
    stepsA[i] = sum;
  }
  solveSteps(stepsA, panel);
  for (let i = 0; i < BLOCK; i++) {
    const step = stepsA[i]!;
    const vector = v[i]!;
    for (let x = 0; x < width; x++) data[offset + x] = data[offset + x]! - step * vector[x]!;
  }
}

function setFour(target: Float64Array, a: number, b: number, c: number, d: number): void {
  target[0] = a;
  target[1] = b;
  target[2] = c;
  target[3] = d;
}
