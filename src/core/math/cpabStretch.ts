/**
 * The closed forms for one stretch of a CPAB flow inside one cell: u(y) = u_c + a y in local coordinates, y in [0,1].
 *
 * E = integral of e^(a (T - s)) ds over the time T of the stretch; m(z) is the mean position, weighted by growth, of a point that
 * passes from one end to the other with z = a T.
 */

/** A vertex slower than this (cells per unit of time) is never reached or left: crossing would take more than 400 / slope. */
const STANDSTILL = 1e-200;
const LARGEST_EXPONENT = 700;

export function clampExponent(z: number): number {
  return Math.min(LARGEST_EXPONENT, z);
}

/** Time from velocity u0 to u1 over a signed distance with slope a; Infinity where it is never done. */
export function crossingTime(u0: number, u1: number, a: number, distance: number): number {
  if (!(Math.min(Math.abs(u0), Math.abs(u1)) > STANDSTILL) || u0 > 0 !== u1 > 0) {
    return Infinity;
  }
  const rise = (a * distance) / u0;
  const straight = Math.abs(distance / u0);
  if (rise === 0) {
    return straight;
  }
  // Near a resting edge 1 + rise has lost its digits; the quotient of the velocities has them.
  return straight * ((rise < -0.5 ? Math.log(u1 / u0) : Math.log1p(rise)) / rise);
}

/** Distance covered in `time` per unit of velocity: integral of e^(a s), s in [0, time]. */
export function reach(a: number, time: number): number {
  const z = clampExponent(a * time);
  // Below 1e-8 two terms are exact, also where the slope is subnormal and the quotient would not be.
  return Math.abs(z) < 1e-8 ? time * (1 + z / 2) : Math.min(Math.expm1(z) / a, 1e300);
}

/**
 * Adds `weight` times the sensitivity of a stretch's end to the two vertex velocities of its cell.
 *
 * From y over the distance D in the time T, z = a T: the right vertex gets the integral of y(s) e^(a (T - s)) ds
 * = y E + D T m(z), the left one (1 - y) E - D T m(z), with E = integral of e^(a (T - s)) ds.
 */
export function addStretch(
  du: Float64Array,
  cell: number,
  y: number,
  distance: number,
  time: number,
  z: number,
  a: number,
  weight: number,
): void {
  const whole = reach(a, time);
  const moved = distance * time * meanPosition(z);
  du[cell]! += weight * ((1 - y) * whole - moved);
  du[cell + 1]! += weight * (y * whole + moved);
}

/** m(z) = 1 / (1 - e^-z) - 1 / z in (0,1): 1/2 at 0, 1 at +infinity, 0 at -infinity. Near 0 by its series B_2k z^(2k-1) / (2k)!. */
export function meanPosition(z: number): number {
  if (Math.abs(z) > 1) {
    return -1 / Math.expm1(-z) - 1 / z;
  }
  const w = z * z;
  let sum = MEAN_SERIES[MEAN_SERIES.length - 1]!;
  for (let k = MEAN_SERIES.length - 2; k >= 0; k--) {
    sum = sum * w + MEAN_SERIES[k]!;
  }
  return 0.5 + z * sum;
}

const MEAN_SERIES = [
  1 / 12,
  -1 / 720,
  1 / 30240,
  -1 / 1209600,
  1 / 47900160,
  -691 / 1307674368000,
  1 / 74724249600,
  -3617 / 10670622842880000,
  43867 / 5109094217170944000,
  -174611 / 802857662698291200000,
];
