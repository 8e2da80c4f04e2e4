/**
 * CPAB velocity fields by their vertices.
 *
 * N cells on [0,1]; s = 1/N; theta: [d]; vertex velocity u: [N+1] in cells per unit of time (v = u s); slope a: [N], du/dy in local
 * coordinates, which is also dv/dx.
 *
 * The rref basis (difw, its default) is a set of ramps, so its product with theta is a suffix sum. With S_j = tail + sum_{k>=j} q_k / k:
 * u_j = j S_j and a_j = S_{j+1} - q_j. The slope is thus known without subtracting two close velocities.
 *
 * | boundary | d   | q_k                                             | tail           | u_0     | u_N                 |
 * |----------|-----|-------------------------------------------------|----------------|---------|---------------------|
 * | zero     | N-1 | theta[k-1], k = 1..N-1                          | 0              | 0       | 0                   |
 * | free     | N+1 | theta[k], k = 1..N-2 (full ramp and hats aside) | theta[N-1] / N | theta[0]| theta[N-1]+theta[N] |
 */

/** "zero": the velocity is 0 at both ends, so [0,1] maps onto itself (DiTASK). "free": the ends may move. */
export type CpabBoundary = "zero" | "free";

/** Number of parameters of one warp with `cells` cells. */
export function cpabDimension(cells: number, boundary: CpabBoundary): number {
  checkCells(cells);
  return boundary === "zero" ? cells - 1 : cells + 1;
}

/** Number of cells of a warp with `dimension` parameters. */
export function cpabCells(dimension: number, boundary: CpabBoundary): number {
  const cells = boundary === "zero" ? dimension + 1 : dimension - 1;
  checkCells(cells);
  return cells;
}

function checkCells(cells: number): void {
  if (!Number.isInteger(cells) || cells < 2) {
    throw new Error(
      `CPAB needs a whole number of cells, at least 2; got ${cells}. Zero boundary has d+1 cells, free d-1.`,
    );
  }
}

/**
 * Writes vertex velocities u [N+1] and slopes a [N] of `factor * theta[offset ..]`.
 *
 * `factor` carries the direction of time and a power of two against overflow.
 */
export function vertexVelocities(
  theta: ArrayLike<number>,
  offset: number,
  cells: number,
  boundary: CpabBoundary,
  factor: number,
  u: Float64Array,
  a: Float64Array,
): void {
  const free = boundary === "free";
  const shift = free ? offset : offset - 1;
  const lastRamp = free ? cells - 2 : cells - 1;
  let suffix = free ? (factor * theta[offset + cells - 1]!) / cells : 0;
  u[cells] = free ? factor * (theta[offset + cells - 1]! + theta[offset + cells]!) : 0;
  if (free) {
    a[cells - 1] = suffix + factor * theta[offset + cells]!;
    u[cells - 1] = (cells - 1) * suffix;
  }
  for (let j = lastRamp; j >= 1; j--) {
    const q = factor * theta[shift + j]!;
    a[j] = suffix - q;
    suffix += q / j;
    u[j] = j * suffix;
  }
  u[0] = free ? factor * theta[offset]! : 0;
  a[0] = suffix - u[0];
}

/**
 * The transpose of {@link vertexVelocities}: adds factor * du^T (du/dtheta) to dTheta[offset ..].
 *
 * d/dtheta_k = (1/k) sum_{j<=k} j du_j: a prefix sum.
 */
export function vertexAdjoint(
  du: Float64Array,
  cells: number,
  boundary: CpabBoundary,
  factor: number,
  dTheta: Float32Array | Float64Array,
  offset: number,
): void {
  const free = boundary === "free";
  const shift = free ? offset : offset - 1;
  const lastRamp = free ? cells - 2 : cells - 1;
  let prefix = 0;
  for (let j = 1; j <= lastRamp; j++) {
    prefix += j * du[j]!;
    dTheta[shift + j]! += (factor * prefix) / j;
  }
  if (free) {
    prefix += (cells - 1) * du[cells - 1]!;
    dTheta[offset]! += factor * du[0]!;
    dTheta[offset + cells - 1]! += factor * (prefix / cells + du[cells]!);
    dTheta[offset + cells]! += factor * du[cells]!;
  }
}
