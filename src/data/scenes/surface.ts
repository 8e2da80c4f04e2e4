/** What is at a point of a solid: normal, distance, surface coordinates. */
import { BOX, CAPSULE, CONE, ELLIPSOID, SPHERE, STRIDE } from "./solids";

/** Unit normal of solid i at surface point p, into out[0..2]. */
export function normalAt(
  g: Float64Array,
  kind: number,
  i: number,
  px: number,
  py: number,
  pz: number,
  out: Float64Array,
): void {
  const at = i * STRIDE;
  const x = px - g[at]!;
  const y = py - g[at + 1]!;
  const z = pz - g[at + 2]!;
  if (kind === SPHERE) {
    unit(x, y, z, out);
    return;
  }
  const s = x * g[at + 3]! + y * g[at + 4]! + z * g[at + 5]!;
  if (kind === CAPSULE || kind === CONE) {
    axialNormal(g, at, kind, s, x, y, z, out);
    return;
  }
  const ly = x * g[at + 6]! + y * g[at + 7]! + z * g[at + 8]!;
  const lz = x * g[at + 9]! + y * g[at + 10]! + z * g[at + 11]!;
  const hx = g[at + 12]!;
  const hy = g[at + 13]!;
  const hz = g[at + 14]!;
  if (kind === ELLIPSOID) {
    toWorld(g, at, s / (hx * hx), ly / (hy * hy), lz / (hz * hz), out);
    return;
  }
  const r = g[at + 15]!;
  const qx = Math.abs(s) - hx + r;
  const qy = Math.abs(ly) - hy + r;
  const qz = Math.abs(lz) - hz + r;
  if (r > 0) {
    toWorld(
      g,
      at,
      Math.max(qx, 0) * Math.sign(s),
      Math.max(qy, 0) * Math.sign(ly),
      Math.max(qz, 0) * Math.sign(lz),
      out,
    );
  } else if (qx >= qy && qx >= qz) toWorld(g, at, Math.sign(s), 0, 0, out);
  else if (qy >= qz) toWorld(g, at, 0, Math.sign(ly), 0, out);
  else toWorld(g, at, 0, 0, Math.sign(lz), out);
}

function unit(x: number, y: number, z: number, out: Float64Array): void {
  const scale = 1 / Math.sqrt(x * x + y * y + z * z);
  out[0] = x * scale;
  out[1] = y * scale;
  out[2] = z * scale;
}

function toWorld(g: Float64Array, at: number, x: number, y: number, z: number, out: Float64Array): void {
  unit(
    x * g[at + 3]! + y * g[at + 6]! + z * g[at + 9]!,
    x * g[at + 4]! + y * g[at + 7]! + z * g[at + 10]!,
    x * g[at + 5]! + y * g[at + 8]! + z * g[at + 11]!,
    out,
  );
}

function axialNormal(
  g: Float64Array,
  at: number,
  kind: number,
  s: number,
  x: number,
  y: number,
  z: number,
  out: Float64Array,
): void {
  const ux = g[at + 3]!;
  const uy = g[at + 4]!;
  const uz = g[at + 5]!;
  const length = g[at + 12]!;
  const sine = g[at + 15]!;
  if (kind === CAPSULE) {
    if (s < g[at + 13]! * sine) {
      unit(x, y, z, out);
      return;
    }
    if (s > length + g[at + 14]! * sine) {
      unit(x - length * ux, y - length * uy, z - length * uz, out);
      return;
    }
  } else {
    if (s < 1e-7) {
      unit(-ux, -uy, -uz, out);
      return;
    }
    if (s > length - 1e-7) {
      unit(ux, uy, uz, out);
      return;
    }
  }
  const rx = x - s * ux;
  const ry = y - s * uy;
  const rz = z - s * uz;
  const scale = g[at + 16]! / Math.sqrt(rx * rx + ry * ry + rz * rz);
  unit(rx * scale + ux * sine, ry * scale + uy * sine, rz * scale + uz * sine, out);
}

/** Distance from p to solid i (a lower bound for ellipsoids and cones): for ambient occlusion. */
export function distanceTo(g: Float64Array, kind: number, i: number, px: number, py: number, pz: number): number {
  const at = i * STRIDE;
  const x = px - g[at]!;
  const y = py - g[at + 1]!;
  const z = pz - g[at + 2]!;
  if (kind === SPHERE) return Math.sqrt(x * x + y * y + z * z) - g[at + 12]!;
  const s = x * g[at + 3]! + y * g[at + 4]! + z * g[at + 5]!;
  if (kind === CAPSULE || kind === CONE) {
    const length = g[at + 12]!;
    const f = Math.min(length, Math.max(0, s));
    const radius = g[at + 13]! + ((g[at + 14]! - g[at + 13]!) * f) / length;
    const rho = Math.sqrt(Math.max(0, x * x + y * y + z * z - s * s));
    const beyond = s - f;
    if (kind === CAPSULE) return Math.sqrt(rho * rho + beyond * beyond) - radius;
    const outside = Math.max(0, rho - radius);
    return Math.sqrt(outside * outside + beyond * beyond);
  }
  const ly = x * g[at + 6]! + y * g[at + 7]! + z * g[at + 8]!;
  const lz = x * g[at + 9]! + y * g[at + 10]! + z * g[at + 11]!;
  const hx = g[at + 12]!;
  const hy = g[at + 13]!;
  const hz = g[at + 14]!;
  if (kind === ELLIPSOID) {
    const k = Math.sqrt((s / hx) ** 2 + (ly / hy) ** 2 + (lz / hz) ** 2);
    return (k - 1) * Math.min(hx, hy, hz);
  }
  const r = g[at + 15]!;
  const qx = Math.max(0, Math.abs(s) - hx + r);
  const qy = Math.max(0, Math.abs(ly) - hy + r);
  const qz = Math.max(0, Math.abs(lz) - hz + r);
  return Math.sqrt(qx * qx + qy * qy + qz * qz) - r;
}

/** Surface coordinates for patterns, into out[0..1]: metres (arc lengths on round solids). Grain follows the longer side of a box face. */
export function surfaceUv(
  g: Float64Array,
  kind: number,
  i: number,
  grain: boolean,
  px: number,
  py: number,
  pz: number,
  out: Float64Array,
): void {
  const at = i * STRIDE;
  const x = px - g[at]!;
  const y = py - g[at + 1]!;
  const z = pz - g[at + 2]!;
  const lx = x * g[at + 3]! + y * g[at + 4]! + z * g[at + 5]!;
  const ly = x * g[at + 6]! + y * g[at + 7]! + z * g[at + 8]!;
  const lz = x * g[at + 9]! + y * g[at + 10]! + z * g[at + 11]!;
  if (kind === CAPSULE || kind === CONE) {
    out[0] = Math.atan2(lz, ly) * g[at + 13]!;
    out[1] = lx;
    return;
  }
  if (kind !== BOX) {
    const hy = ly / g[at + 13]!;
    out[0] = Math.atan2(lx, lz) * g[at + 12]!;
    out[1] = Math.asin(Math.max(-1, Math.min(1, hy))) * g[at + 13]!;
    return;
  }
  const fx = Math.abs(lx) / g[at + 12]!;
  const fy = Math.abs(ly) / g[at + 13]!;
  const fz = Math.abs(lz) / g[at + 14]!;
  const face = fx >= fy && fx >= fz ? 0 : fy >= fz ? 1 : 2;
  const u = face === 0 ? lz : lx;
  const v = face === 1 ? lz : ly;
  const swap = grain && g[at + 12 + (face === 0 ? 2 : 0)]! < g[at + 12 + (face === 1 ? 2 : 1)]!;
  out[0] = swap ? v : u;
  out[1] = swap ? u : v;
}
