/** What is computed of CPAB flows in tests alone. Letters as in core/math/cpab.ts. */
import { type CpabBoundary, cpabDimension, type FlowOptions, prepare } from "../../src/core/math/cpab";
import { vertexVelocities } from "../../src/core/math/cpabVertex";

/** dtheta_k = sum_p g_p d phi(x_p) / d theta_k, without the [P,d] matrix. theta: [d]; x, g: [P] → [d]. */
export function flowVjp(
  theta: ArrayLike<number>,
  x: ArrayLike<number>,
  g: ArrayLike<number>,
  options: FlowOptions = {},
): Float64Array {
  if (g.length !== x.length) {
    throw new Error(`flowVjp expects one weight per point; got ${g.length} weights for ${x.length} points.`);
  }
  const prepared = prepare(theta, options);
  for (let i = 0; i < x.length; i++) {
    prepared.accumulate(x[i]!, g[i]!);
  }
  const dTheta = new Float64Array(theta.length);
  prepared.takeGradient(dTheta, 0);
  return dTheta;
}

/** The velocity v_theta(x) that is integrated. theta: [d], x: [P] → [P], in domain lengths per unit of time. */
export function velocity(
  theta: ArrayLike<number>,
  x: ArrayLike<number>,
  boundary: CpabBoundary = "zero",
): Float64Array {
  const prepared = prepare(theta, { boundary });
  return Float64Array.from(x, (point) => prepared.velocity(point));
}

/** The parameters of the identity. */
export function identityTheta(cells: number, boundary: CpabBoundary = "zero"): Float64Array {
  return new Float64Array(cpabDimension(cells, boundary));
}

/** Basis in vertex form: column k holds the velocities of theta = e_k at the vertices j/N. [N+1, d], row-major. */
export function vertexBasis(cells: number, boundary: CpabBoundary = "zero"): Float64Array {
  const dimension = cpabDimension(cells, boundary);
  const basis = new Float64Array((cells + 1) * dimension);
  const [u, a] = [new Float64Array(cells + 1), new Float64Array(cells)];
  for (let k = 0; k < dimension; k++) {
    const unit = Float64Array.from({ length: dimension }, (_, i) => (i === k ? 1 : 0));
    vertexVelocities(unit, 0, cells, boundary, 1, u, a);
    for (let j = 0; j <= cells; j++) basis[j * dimension + k] = u[j]! / cells;
  }
  return basis;
}
