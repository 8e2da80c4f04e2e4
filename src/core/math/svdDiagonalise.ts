/**
 * The iteration of the SVD: implicit QR steps with Wilkinson's shift on a bidiagonal matrix (Golub & Van Loan, "Matrix Computations",
 * §8.6). Rotations are collected and carried to the singular vectors later, many at once on a narrow strip of columns that stays in
 * the cache.
 *
 * Letters: p is the side of the square, B the bidiagonal matrix with diagonal d: [p] and superdiagonal e: [p-1].
 */

const EPSILON = 2 ** -52;
/** Steps per singular value; two are usual, so this many mean that something is broken. */
const MAX_STEPS_PER_VALUE = 60;
const STRIP_COLUMNS = 96;
const PENDING_ROTATIONS = 1 << 15;

/** Plane rotations of the rows of a matrix [p,p], applied in the order in which they came: a' = c a + s b, b' = c b - s a. */
class PendingRotations {
  private readonly pairs = new Int32Array(2 * PENDING_ROTATIONS);
  private readonly factors = new Float64Array(2 * PENDING_ROTATIONS);
  private count = 0;

  constructor(
    private readonly matrix: Float64Array,
    private readonly p: number,
  ) {}

  push(a: number, b: number, c: number, s: number): void {
    if (this.count === PENDING_ROTATIONS) this.flush();
    const at = 2 * this.count++;
    this.pairs[at] = a * this.p;
    this.pairs[at + 1] = b * this.p;
    this.factors[at] = c;
    this.factors[at + 1] = s;
  }

  flush(): void {
    for (let from = 0; from < this.p; from += STRIP_COLUMNS) {
      this.applyToStrip(from, Math.min(from + STRIP_COLUMNS, this.p));
    }
    this.count = 0;
  }

  private applyToStrip(from: number, to: number): void {
    const { matrix, pairs, factors } = this;
    const width = to - from;
    for (let rotation = 0; rotation < 2 * this.count; rotation += 2) {
      const c = factors[rotation]!;
      const s = factors[rotation + 1]!;
      const rowA = pairs[rotation]! + from;
      const rowB = pairs[rotation + 1]! + from;
      for (let x = 0; x < width; x++) {
        const a = matrix[rowA + x]!;
        const b = matrix[rowB + x]!;
        matrix[rowA + x] = c * a + s * b;
        matrix[rowB + x] = c * b - s * a;
      }
    }
  }
}

interface State {
  readonly d: Float64Array;
  readonly e: Float64Array;
  readonly left: PendingRotations;
  readonly right: PendingRotations;
  /** Entries of B below this are rounding errors of the reduction, and count as zero. */
  readonly negligible: number;
}

/**
 * Diagonalises B in place: afterwards |d| holds the singular values, unordered and with signs, and the rows of `leftRows` and
 * `rightRows` ([p,p] each) the singular vectors.
 * @throws if the iteration does not end, which no finite input is known to cause.
 */
export function diagonalise(
  d: Float64Array,
  e: Float64Array,
  leftRows: Float64Array,
  rightRows: Float64Array,
  onProgress: (fraction: number) => void,
): void {
  const p = d.length;
  const norm = Math.max(largest(d), largest(e));
  const left = new PendingRotations(leftRows, p);
  const right = new PendingRotations(rightRows, p);
  const state: State = { d, e, left, right, negligible: EPSILON * norm };
  let stepsLeft = MAX_STEPS_PER_VALUE * p;
  let high = p - 1;
  while (high > 0) {
    const low = activeStart(state, high);
    if (low === high) {
      high--;
      if (high % 16 === 0) onProgress(1 - (high / p) ** 2);
      continue;
    }
    if (stepsLeft-- === 0) throw new Error(`The singular values of a ${p}×${p} matrix did not converge.`);
    if (!deflateZero(state, low, high)) qrStep(state, low, high);
  }
  left.flush();
  right.flush();
}

function largest(values: Float64Array): number {
  let result = 0;
  for (const value of values) result = Math.max(result, Math.abs(value));
  return result;
}

/** The first index of the unreduced block that ends at `high`; superdiagonal entries that are rounding errors become zero. */
function activeStart({ d, e, negligible }: State, high: number): number {
  for (let i = high - 1; i >= 0; i--) {
    const limit = Math.max(negligible, EPSILON * (Math.abs(d[i]!) + Math.abs(d[i + 1]!)));
    if (Math.abs(e[i]!) <= limit) {
      e[i] = 0;
      return i + 1;
    }
  }
  return 0;
}

/** Where the block has a zero on its diagonal, rotates its row or column away, so that the block splits; says whether it did. */
function deflateZero(state: State, low: number, high: number): boolean {
  const { d, negligible } = state;
  for (let i = high; i >= low; i--) {
    if (Math.abs(d[i]!) > negligible) continue;
    d[i] = 0;
    if (i === high) clearLastColumn(state, low, high);
    else clearRow(state, i, high);
    return true;
  }
  return false;
}

/** d[row] = 0: rotations with the rows below move e[row] out to the right. */
function clearRow({ d, e, left }: State, row: number, high: number): void {
  let bulge = e[row]!;
  e[row] = 0;
  for (let j = row + 1; j <= high && bulge !== 0; j++) {
    const radius = Math.sqrt(d[j]! * d[j]! + bulge * bulge);
    const c = d[j]! / radius;
    const s = bulge / radius;
    d[j] = radius;
    left.push(j, row, c, s);
    if (j === high) break;
    bulge = -s * e[j]!;
    e[j] = c * e[j]!;
  }
}

/** d[high] = 0: rotations with the columns before move e[high-1] out at the top. */
function clearLastColumn({ d, e, right }: State, low: number, high: number): void {
  let bulge = e[high - 1]!;
  e[high - 1] = 0;
  for (let j = high - 1; j >= low && bulge !== 0; j--) {
    const radius = Math.sqrt(d[j]! * d[j]! + bulge * bulge);
    const c = d[j]! / radius;
    const s = bulge / radius;
    d[j] = radius;
    right.push(j, high, c, s);
    if (j === low) break;
    bulge = -s * e[j - 1]!;
    e[j - 1] = c * e[j - 1]!;
  }
}

/** The eigenvalue of the last 2×2 block of B^T B that is nearer to its last entry. */
function wilkinsonShift({ d, e }: State, low: number, high: number): number {
  const above = high - 1 > low ? e[high - 2]! : 0;
  const first = d[high - 1]! ** 2 + above ** 2;
  const last = d[high]! ** 2 + e[high - 1]! ** 2;
  const cross = d[high - 1]! * e[high - 1]!;
  const half = (first - last) / 2;
  const root = Math.sqrt(half * half + cross * cross);
  return last - (cross * cross) / (half + (half < 0 ? -root : root));
}

/** One shifted step: a rotation of the first two columns makes a bulge, which is chased along the diagonal and out. */
function qrStep(state: State, low: number, high: number): void {
  const { d, e, left, right } = state;
  let y = d[low]! ** 2 - wilkinsonShift(state, low, high);
  let z = d[low]! * e[low]!;
  for (let k = low; k < high; k++) {
    const columnRadius = Math.sqrt(y * y + z * z);
    const columnC = columnRadius === 0 ? 1 : y / columnRadius;
    const columnS = columnRadius === 0 ? 0 : z / columnRadius;
    right.push(k, k + 1, columnC, columnS);
    if (k > low) e[k - 1] = columnRadius;
    y = columnC * d[k]! + columnS * e[k]!;
    const upper = columnC * e[k]! - columnS * d[k]!;
    z = columnS * d[k + 1]!;
    const next = columnC * d[k + 1]!;

    const rowRadius = Math.sqrt(y * y + z * z);
    const rowC = rowRadius === 0 ? 1 : y / rowRadius;
    const rowS = rowRadius === 0 ? 0 : z / rowRadius;
    left.push(k, k + 1, rowC, rowS);
    d[k] = rowRadius;
    y = rowC * upper + rowS * next;
    d[k + 1] = rowC * next - rowS * upper;
    e[k] = y;
    if (k + 1 < high) {
      z = rowS * e[k + 1]!;
      e[k + 1] = rowC * e[k + 1]!;
    }
  }
}
