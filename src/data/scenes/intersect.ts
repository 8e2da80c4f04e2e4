/**
 * Rays against solids, analytically (rounded boxes by sphere tracing from the face of their bounding box). Only the entry into a solid
 * counts: a ray that starts inside or on a convex solid and leaves it does not hit it, so shadow rays need no tuned offsets.
 */
import { BOX, CAPSULE, CONE, SPHERE, STRIDE } from "./solids";

export const MISS = Number.POSITIVE_INFINITY;

/** Distance along the unit direction d from o to the entry into solid i, or MISS. */
export function intersect(
  g: Float64Array,
  kind: number,
  i: number,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
): number {
  const at = i * STRIDE;
  const x = ox - g[at]!;
  const y = oy - g[at + 1]!;
  const z = oz - g[at + 2]!;
  if (kind === SPHERE) return ball(x * dx + y * dy + z * dz, x * x + y * y + z * z, g[at + 12]!);
  const ux = g[at + 3]!;
  const uy = g[at + 4]!;
  const uz = g[at + 5]!;
  const s0 = x * ux + y * uy + z * uz;
  const ds = dx * ux + dy * uy + dz * uz;
  if (kind === CAPSULE) return capsule(g, at, s0, ds, x * dx + y * dy + z * dz, x * x + y * y + z * z);
  if (kind === CONE) return cone(g, at, s0, ds, x * dx + y * dy + z * dz, x * x + y * y + z * z);
  const ly = x * g[at + 6]! + y * g[at + 7]! + z * g[at + 8]!;
  const lz = x * g[at + 9]! + y * g[at + 10]! + z * g[at + 11]!;
  const ey = dx * g[at + 6]! + dy * g[at + 7]! + dz * g[at + 8]!;
  const ez = dx * g[at + 9]! + dy * g[at + 10]! + dz * g[at + 11]!;
  if (kind === BOX) return box(g, at, s0, ly, lz, ds, ey, ez);
  return ellipsoid(g, at, s0, ly, lz, ds, ey, ez);
}

/** wd = w.d and ww = w.w for w from the centre to the ray's start. */
function ball(wd: number, ww: number, r: number): number {
  const h = wd * wd - ww + r * r;
  if (h < 0) return MISS;
  const t = -wd - Math.sqrt(h);
  return t > 0 ? t : MISS;
}

function ellipsoid(
  g: Float64Array,
  at: number,
  x: number,
  y: number,
  z: number,
  dx: number,
  dy: number,
  dz: number,
): number {
  const rx = 1 / g[at + 12]!;
  const ry = 1 / g[at + 13]!;
  const rz = 1 / g[at + 14]!;
  const px = x * rx;
  const py = y * ry;
  const pz = z * rz;
  const qx = dx * rx;
  const qy = dy * ry;
  const qz = dz * rz;
  const a = qx * qx + qy * qy + qz * qz;
  const b = px * qx + py * qy + pz * qz;
  const h = b * b - a * (px * px + py * py + pz * pz - 1);
  if (h < 0) return MISS;
  const t = (-b - Math.sqrt(h)) / a;
  return t > 0 ? t : MISS;
}

/**
 * Side of a tapered capsule: points at axial position s and radius rho with rho cos + s sin = ra, for s from ra sin to l + rb sin.
 * With rho^2 = |w|^2 - s^2 that is cos^2 |w|^2 - s^2 + 2 ra sin s - ra^2 = 0, a quadratic along the ray. Then the two end spheres.
 */
function capsule(g: Float64Array, at: number, s0: number, ds: number, wd: number, ww: number): number {
  const length = g[at + 12]!;
  const ra = g[at + 13]!;
  const rb = g[at + 14]!;
  const sine = g[at + 15]!;
  const c2 = 1 - sine * sine;
  const a = c2 - ds * ds;
  const b = c2 * wd - s0 * ds + ra * sine * ds;
  const c = c2 * ww - s0 * s0 + 2 * ra * sine * s0 - ra * ra;
  const h = b * b - a * c;
  if (h >= 0 && a > 1e-9) {
    const t = (-b - Math.sqrt(h)) / a;
    const s = s0 + t * ds;
    if (t > 0 && s >= ra * sine && s <= length + rb * sine) return t;
  }
  const second = ball(wd - length * ds, ww - 2 * length * s0 + length * length, rb);
  return Math.min(ball(wd, ww, ra), second);
}

/** Truncated cone: the side where the radius at s is ra + (rb - ra) s / l, then the two discs. */
function cone(g: Float64Array, at: number, s0: number, ds: number, wd: number, ww: number): number {
  const length = g[at + 12]!;
  const ra = g[at + 13]!;
  const rb = g[at + 14]!;
  const k = (rb - ra) / length;
  const r0 = ra + k * s0;
  const a = 1 - ds * ds - k * k * ds * ds;
  const b = wd - s0 * ds - k * ds * r0;
  const c = ww - s0 * s0 - r0 * r0;
  const h = b * b - a * c;
  if (h >= 0 && Math.abs(a) > 1e-9) {
    const t = (-b - Math.sqrt(h)) / a;
    const s = s0 + t * ds;
    if (t > 0 && s >= 0 && s <= length) return t;
  }
  const t = ds > 0 ? -s0 / ds : ds < 0 ? (length - s0) / ds : -1;
  if (t <= 0) return MISS;
  const r = ds > 0 ? ra : rb;
  const sEnd = ds > 0 ? 0 : length;
  const rho2 = ww + 2 * t * wd + t * t - sEnd * sEnd;
  return rho2 <= r * r ? t : MISS;
}

function box(g: Float64Array, at: number, x: number, y: number, z: number, dx: number, dy: number, dz: number): number {
  const hx = g[at + 12]!;
  const hy = g[at + 13]!;
  const hz = g[at + 14]!;
  const ix = 1 / dx;
  const iy = 1 / dy;
  const iz = 1 / dz;
  const ax = Math.abs(ix) * hx;
  const ay = Math.abs(iy) * hy;
  const az = Math.abs(iz) * hz;
  const enter = Math.max(-x * ix - ax, -y * iy - ay, -z * iz - az);
  const leave = Math.min(-x * ix + ax, -y * iy + ay, -z * iz + az);
  if (!(enter <= leave) || enter <= 0) return MISS;
  const r = g[at + 15]!;
  return r > 0 ? traceRound(enter, leave, hx - r, hy - r, hz - r, r, x, y, z, dx, dy, dz) : enter;
}

/**
 * Steps from the bounding box's face by the distance to the rounded box. They cannot overshoot and stop within 1e-5 m; rays that graze need
 * many.
 */
function traceRound(
  enter: number,
  leave: number,
  hx: number,
  hy: number,
  hz: number,
  r: number,
  x: number,
  y: number,
  z: number,
  dx: number,
  dy: number,
  dz: number,
): number {
  let t = enter;
  for (let i = 0; i < 200 && t <= leave; i++) {
    const qx = Math.max(0, Math.abs(x + t * dx) - hx);
    const qy = Math.max(0, Math.abs(y + t * dy) - hy);
    const qz = Math.max(0, Math.abs(z + t * dz) - hz);
    const d = Math.sqrt(qx * qx + qy * qy + qz * qz) - r;
    if (d < 1e-5) return t;
    t += d;
  }
  return MISS;
}
