/**
 * CPAB: closed-form flows of continuous piecewise-affine velocity fields on [0,1] (Freifeld et al. 2017; DiTASK §3), in float64.
 *
 * This file has the functions for a few points (curves, lessons, tests). Spectra of whole models go through {@link CpabFlow}, which
 * allocates nothing per point. Basis and parameters are those of difw ("rref"), the integration is exact.
 *
 * P = points, N = cells, d = parameters: N-1 (zero boundary) or N+1 (free).
 */
import { CpabFlow } from "./cpabFlow";
import { type CpabBoundary, cpabCells, cpabDimension, vertexVelocities } from "./cpabVertex";

export { CpabFlow } from "./cpabFlow";
export { type CpabBoundary, cpabDimension } from "./cpabVertex";

export interface FlowOptions {
  /** Time to flow: 0 the identity, 1 the warp, -1 its inverse. */
  readonly t?: number;
  readonly boundary?: CpabBoundary;
}

/** phi_theta(x) after time t. theta: [d], x: [P] → [P]. */
export function flow(theta: ArrayLike<number>, x: ArrayLike<number>, options: FlowOptions = {}): Float64Array {
  const prepared = prepare(theta, options);
  return Float64Array.from(x, (point) => prepared.phi(point));
}

/** Flow and its derivatives. theta: [d], x: [P] → phi: [P], dTheta: [P,d] = d phi / d theta, dX: [P] = d phi / d x. */
export function flowDerivatives(
  theta: ArrayLike<number>,
  x: ArrayLike<number>,
  options: FlowOptions = {},
): { readonly phi: Float64Array; readonly dTheta: Float64Array; readonly dX: Float64Array } {
  const prepared = prepare(theta, options);
  const dTheta = new Float64Array(x.length * theta.length);
  for (let i = 0; i < x.length; i++) {
    prepared.accumulate(x[i]!, 1);
    prepared.takeGradient(dTheta, i * theta.length);
  }
  return {
    phi: Float64Array.from(x, (point) => prepared.phi(point)),
    dTheta,
    dX: Float64Array.from(x, (point) => prepared.slope(point)),
  };
}

/** Basis B in cell form, A = B theta with A[2c] the slope and A[2c+1] the intercept of cell c. [2N, d], row-major. */
export function cellBasis(cells: number, boundary: CpabBoundary = "zero"): Float64Array {
  const dimension = cpabDimension(cells, boundary);
  const basis = new Float64Array(2 * cells * dimension);
  forEachColumn(cells, boundary, (k, u, a) => {
    for (let c = 0; c < cells; c++) {
      basis[2 * c * dimension + k] = a[c]!;
      basis[(2 * c + 1) * dimension + k] = (u[c]! - c * a[c]!) / cells;
    }
  });
  return basis;
}

/** Visits the velocities u at the vertices, and the slopes a of the cells, of each unit theta. */
function forEachColumn(
  cells: number,
  boundary: CpabBoundary,
  visit: (k: number, u: Float64Array, a: Float64Array) => void,
): void {
  const unit = new Float64Array(cpabDimension(cells, boundary));
  const u = new Float64Array(cells + 1);
  const a = new Float64Array(cells);
  for (let k = 0; k < unit.length; k++) {
    unit.fill(0);
    unit[k] = 1;
    vertexVelocities(unit, 0, cells, boundary, 1, u, a);
    visit(k, u, a);
  }
}

/** The flow of a theta at a time, for any points. */
export function prepare(theta: ArrayLike<number>, options: FlowOptions): CpabFlow {
  const boundary = options.boundary ?? "zero";
  const prepared = new CpabFlow(boundary);
  prepared.prepare(theta, 0, cpabCells(theta.length, boundary), options.t ?? 1);
  return prepared;
}
