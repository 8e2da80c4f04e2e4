import { addStretch, clampExponent, crossingTime, meanPosition, reach } from "./cpabStretch";
import { type CpabBoundary, vertexAdjoint, vertexVelocities } from "./cpabVertex";

/** Parameters above this are scaled down, and time up by as much: the flow is the same, and nothing overflows. */
const LARGEST_THETA = 2 ** 100;
/** With free boundary a point goes at most this many cells beyond the ends, as in cpabFlow.wgsl: what is warped stays finite. */
const FARTHEST = 1e15;
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
    // A point that was held at the bound stays there whatever theta does.
    if (this.boundary === "free" && Math.abs(path.lastDistance) >= FARTHEST) return;
    const du = this.#du;
    const share = weight / this.#cells;
    const z = clampExponent(this.#a[path.end]! * path.lastTime);
    addStretch(du, path.end, path.lastFrom, path.lastDistance, path.lastTime, z, this.#a[path.end]!, share);
    if (path.end === path.start) {
      return;
    }
    const endSpeed = path.enter * Math.exp(z);
    const edge = path.speed > 0 ? this.#u[path.start + 1]! : this.#u[path.start]!;
    const slope = this.#a[path.start]!;
    const firstZ = clampExponent(slope * path.firstTime);
    addStretch(du, path.start, path.from, path.firstDistance, path.firstTime, firstZ, slope, (share * endSpeed) / edge);
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

  /** How far a point may still go on its way out of the domain. */
  #room(y: number, u: number): number {
    if (this.boundary === "free") return FARTHEST;
    return y >= 0 && y <= 1 ? (u > 0 ? 1 - y : y) : Infinity;
  }

  /** The last stretch: from y at speed u for `time`, at most `limit` far. */
  #finish(y: number, u: number, time: number, limit: number): void {
    const path = this.#path;
    const bound = limit === Infinity ? this.#room(y, u) : limit;
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
