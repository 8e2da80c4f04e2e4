import { type CpabBoundary, vertexAdjoint, vertexVelocities } from "./cpabVertex";

/** A vertex slower than this (cells per unit of time) is never reached or left: crossing would take more than 300 / slope. */
const STANDSTILL = 1e-200;
/** Parameters above this are scaled down, and time up by as much: the flow is the same, and nothing overflows. */
const LARGEST_THETA = 2 ** 100;
const LARGEST_EXPONENT = 700;

/**
 * One CPAB flow, prepared once and then applied to many points without allocating.
 *
 * The closed form of Freifeld et al. (CPAB) in local coordinates: in a cell, y in [0,1] and u(y) = u_c + a y, so that
 * y(s) = y_0 + u_0 expm1(a s) / a, and a distance is crossed in the time (distance / u_0) log1p(r) / r with r = u_1 / u_0 - 1.
 * No velocity counts as zero because it is small, and no border is nudged (difw does both).
 *
 * A point passes a first cell, whole cells, and a last cell. Whole cells take a time and leave a sensitivity that are the same for
 * every point, so they are computed once.
 */
export class CpabFlow {
  readonly boundary: CpabBoundary;
  #cells = 0;
  #time = 0;
  #factor = 1;
  #u = new Float64Array(0);
  #a = new Float64Array(0);
  /** Time to pass a whole cell; Infinity where a velocity in it is zero or changes sign. [N] */
  #pass = new Float64Array(0);
  /** Gradient to the vertex velocities [N+1], and the summed end speeds of points that passed the whole cell [N]. */
  #du = new Float64Array(0);
  #passed = new Float64Array(0);
  readonly #path = new Path();

  constructor(boundary: CpabBoundary) {
    this.boundary = boundary;
  }

  /** Takes theta[offset ..] as the parameters of `cells` cells and `time` as the time to flow (negative: the inverse). Clears the gradient. */
  prepare(theta: ArrayLike<number>, offset: number, cells: number, time: number): void {
    this.#reserve(cells);
    const dimension = this.boundary === "zero" ? cells - 1 : cells + 1;
    let largest = 0;
    for (let k = 0; k < dimension; k++) {
      largest = Math.max(largest, Math.abs(theta[offset + k]!));
    }
    const down = largest > LARGEST_THETA ? LARGEST_THETA / 2 ** Math.min(1023, Math.floor(Math.log2(largest))) : 1;
    this.#time = Math.abs(time) / down;
    this.#factor = time < 0 ? -down : down;
    vertexVelocities(theta, offset, cells, this.boundary, this.#factor, this.#u, this.#a);
    for (let c = 0; c < cells; c++) {
      this.#pass[c] = crossingTime(this.#u[c]!, this.#u[c + 1]!, this.#a[c]!, 1);
    }
  }

  /** phi(x) - x: exactly 0 where theta or time is 0. */
  displacement(x: number): number {
    this.#walk(x);
    return this.#path.distance / this.#cells;
  }

  /** phi(x). With zero boundary it never leaves [0,1] when x lies in it. */
  phi(x: number): number {
    const moved = x + this.displacement(x);
    return this.boundary === "zero" && x >= 0 && x <= 1 ? Math.min(1, Math.max(0, moved)) : moved;
  }

  /** d phi / d x = v(phi(x)) / v(x); where v(x) = 0, its limit inside the cell floor(x N). */
  slope(x: number): number {
    this.#walk(x);
    const path = this.#path;
    const growth = Math.exp(clampExponent(this.#a[path.end]! * path.lastTime));
    return path.end === path.start ? growth : (path.enter * growth) / path.speed;
  }

  /** Adds weight * d phi(x) / d theta to the gradient. */
  accumulate(x: number, weight: number): void {
    this.#walk(x);
    this.accumulateAgain(weight);
  }

  /** The same for the point that was asked for last, whose way is still known. */
  accumulateAgain(weight: number): void {
    const path = this.#path;
    const du = this.#du;
    const share = weight / this.#cells;
    const z = clampExponent(this.#a[path.end]! * path.lastTime);
    addSegment(du, path.end, path.lastFrom, path.lastDistance, path.lastTime, z, this.#a[path.end]!, share);
    if (path.end === path.start) {
      return;
    }
    const endSpeed = path.enter * Math.exp(z);
    const edge = path.speed > 0 ? this.#u[path.start + 1]! : this.#u[path.start]!;
    const slope = this.#a[path.start]!;
    const firstZ = clampExponent(slope * path.firstTime);
    addSegment(du, path.start, path.from, path.firstDistance, path.firstTime, firstZ, slope, (share * endSpeed) / edge);
    const low = Math.min(path.start, path.end);
    const high = Math.max(path.start, path.end);
    for (let c = low + 1; c < high; c++) {
      this.#passed[c]! += share * Math.abs(endSpeed);
    }
  }

  /** Adds the accumulated gradient to dTheta[offset ..] and clears it. */
  takeGradient(dTheta: Float32Array | Float64Array, offset: number): void {
    const du = this.#du;
    for (let c = 0; c < this.#cells; c++) {
      const weight = this.#passed[c]!;
      if (weight !== 0) {
        // Over a whole cell: integral of y / u^2 = T m(z) / u_1 and of (1 - y) / u^2 = T m(-z) / u_0, with z = ln(u_1 / u_0).
        const time = this.#pass[c]!;
        const z = this.#u[c]! > 0 ? this.#a[c]! * time : -this.#a[c]! * time;
        du[c]! += (weight * time * meanPosition(-z)) / Math.abs(this.#u[c]!);
        du[c + 1]! += (weight * time * meanPosition(z)) / Math.abs(this.#u[c + 1]!);
      }
    }
    vertexAdjoint(du, this.#cells, this.boundary, this.#factor, dTheta, offset);
    this.#clearGradient();
  }

  /** Velocity v(x) in domain lengths per unit of time, of theta itself (not reversed by a negative time). */
  velocity(x: number): number {
    const cell = this.#cellOf(x);
    return this.#speed(cell, x * this.#cells - cell) / this.#cells / this.#factor;
  }

  #reserve(cells: number): void {
    this.#cells = cells;
    if (this.#a.length < cells) {
      this.#u = new Float64Array(cells + 1);
      this.#a = new Float64Array(cells);
      this.#pass = new Float64Array(cells);
      this.#du = new Float64Array(cells + 1);
      this.#passed = new Float64Array(cells);
    }
    this.#clearGradient();
  }

  #clearGradient(): void {
    this.#du.fill(0);
    this.#passed.fill(0);
  }

  #cellOf(x: number): number {
    return Math.min(this.#cells - 1, Math.max(0, Math.floor(x * this.#cells)));
  }

  /** u at local y, from the nearer vertex, so that it is exact at both and relatively precise beside a resting one. */
  #speed(cell: number, y: number): number {
    return y <= 0.5 ? this.#u[cell]! + this.#a[cell]! * y : this.#u[cell + 1]! - this.#a[cell]! * (1 - y);
  }

  /** Follows x for the prepared time and leaves what was met in #path. */
  #walk(x: number): void {
    const path = this.#path;
    const cells = this.#cells;
    const start = this.#cellOf(x);
    const y = x * cells - start;
    const speed = this.#speed(start, y);
    const step = speed > 0 ? 1 : -1;
    const edge = step > 0 ? this.#u[start + 1]! : this.#u[start]!;
    path.start = start;
    path.end = start;
    path.from = y;
    path.speed = speed;
    path.firstTime = 0;
    path.firstDistance = 0;
    let left = this.#time;
    const toEdge = step > 0 ? 1 - y : -y;
    const hit = this.#isOpen(start, step) ? Infinity : crossingTime(speed, edge, this.#a[start]!, toEdge);
    if (!(hit <= left)) {
      this.#finish(y, speed, left, this.#isOpen(start, step) ? Infinity : Math.abs(toEdge));
      path.distance = path.lastDistance;
      return;
    }
    left -= hit;
    let cell = start + step;
    while (this.#pass[cell]! <= left && !this.#isOpen(cell, step)) {
      left -= this.#pass[cell]!;
      cell += step;
    }
    path.firstTime = hit;
    path.firstDistance = toEdge;
    path.end = cell;
    this.#finish(step > 0 ? 0 : 1, edgeOf(this.#u, cell, step), left, this.#isOpen(cell, step) ? Infinity : 1);
    path.distance = toEdge + (cell - start - step) + path.lastDistance;
  }

  /** Whether the way out of the cell leads out of the domain, where the line of the cell goes on. */
  #isOpen(cell: number, step: number): boolean {
    return step > 0 ? cell === this.#cells - 1 : cell === 0;
  }

  /** The last stretch: from y at speed u for `time`, at most `limit` far. */
  #finish(y: number, u: number, time: number, limit: number): void {
    const path = this.#path;
    const bound = this.boundary === "zero" && limit === Infinity && y >= 0 && y <= 1 ? (u > 0 ? 1 - y : y) : limit;
    const moved = u === 0 ? 0 : Math.min(bound, Math.abs(u) * reach(this.#a[path.end]!, time), Number.MAX_VALUE);
    path.lastFrom = y;
    path.lastDistance = u > 0 ? moved : -moved;
    path.lastTime = time;
    path.enter = u;
  }
}

/** What one point met on its way; one object is reused for all points. Distances and positions in cells. */
class Path {
  start = 0;
  end = 0;
  /** Local position and velocity at the start. */
  from = 0;
  speed = 0;
  firstTime = 0;
  firstDistance = 0;
  /** Local position and velocity where the last stretch begins. */
  lastFrom = 0;
  enter = 0;
  lastTime = 0;
  lastDistance = 0;
  distance = 0;
}

function edgeOf(u: Float64Array, cell: number, step: number): number {
  return step > 0 ? u[cell]! : u[cell + 1]!;
}

function clampExponent(z: number): number {
  return Math.min(LARGEST_EXPONENT, z);
}

/** Time from velocity u0 to u1 over a signed distance with slope a; Infinity where it is never done. */
function crossingTime(u0: number, u1: number, a: number, distance: number): number {
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
function reach(a: number, time: number): number {
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
function addSegment(
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
function meanPosition(z: number): number {
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
