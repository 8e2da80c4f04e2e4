/** Short lists of the solids that matter: by cone of view, by direction from a lamp. */
import { type Solids, STRIDE, type Vec3 } from "./solids";

/** Lists of solids, one per cell; start has one more entry than there are cells. */
export interface Lists {
  readonly start: Int32Array;
  readonly items: Int32Array;
}

export function collect(cells: number, count: number, inside: (cell: number, solid: number) => boolean): Lists {
  const start = new Int32Array(cells + 1);
  const items: number[] = [];
  for (let cell = 0; cell < cells; cell++) {
    for (let solid = 0; solid < count; solid++) if (inside(cell, solid)) items.push(solid);
    start[cell + 1] = items.length;
  }
  return { start, items: Int32Array.from(items) };
}

/** Solids whose bounding sphere meets the cone of the axis (unit) and half angle (given by cosine and sine) from the eye, nearest first. */
export function inCone(solids: Solids, eye: Vec3, axis: Vec3, cosine: number, sine: number): number[] {
  const g = solids.geometry;
  const found: { solid: number; near: number }[] = [];
  for (let i = 0; i < solids.count; i++) {
    const at = i * STRIDE + 17;
    const x = g[at]! - eye[0];
    const y = g[at + 1]! - eye[1];
    const z = g[at + 2]! - eye[2];
    const r = g[at + 3]!;
    const axial = x * axis[0] + y * axis[1] + z * axis[2];
    const radial = Math.sqrt(Math.max(0, x * x + y * y + z * z - axial * axial));
    // Distance to the cone's side, and behind its tip to the tip.
    if (axial < -r || radial * cosine - axial * sine > r) continue;
    found.push({ solid: i, near: Math.sqrt(x * x + y * y + z * z) - r });
  }
  found.sort((p, q) => p.near - q.near);
  return found.map((entry) => entry.solid);
}

const DIRECTIONS = 12;

/** The cell of a direction on an octahedral map. */
export function octahedralCell(dx: number, dy: number, dz: number): number {
  const scale = 1 / (Math.abs(dx) + Math.abs(dy) + Math.abs(dz));
  let u = dx * scale;
  let v = dz * scale;
  if (dy < 0) {
    const fold = (1 - Math.abs(v)) * (u < 0 ? -1 : 1);
    v = (1 - Math.abs(u)) * (v < 0 ? -1 : 1);
    u = fold;
  }
  const i = Math.min(DIRECTIONS - 1, Math.floor((u * 0.5 + 0.5) * DIRECTIONS));
  const j = Math.min(DIRECTIONS - 1, Math.floor((v * 0.5 + 0.5) * DIRECTIONS));
  return j * DIRECTIONS + i;
}

function octahedralDirection(i: number, j: number): Vec3 {
  let u = (i / DIRECTIONS) * 2 - 1;
  let v = (j / DIRECTIONS) * 2 - 1;
  const y = 1 - Math.abs(u) - Math.abs(v);
  if (y < 0) {
    const fold = (1 - Math.abs(v)) * (u < 0 ? -1 : 1);
    v = (1 - Math.abs(u)) * (v < 0 ? -1 : 1);
    u = fold;
  }
  const length = Math.hypot(u, y, v);
  return [u / length, y / length, v / length];
}

/** Casters by direction from a lamp; the lamp's radius widens them, so that one list serves all points of the lamp. */
export function lampLists(solids: Solids, lamp: Vec3, radius: number): Lists {
  const g = solids.geometry;
  const cells = DIRECTIONS * DIRECTIONS;
  const axes = new Float64Array(cells * 4);
  for (let cell = 0; cell < cells; cell++) {
    const i = cell % DIRECTIONS;
    const j = (cell - i) / DIRECTIONS;
    const axis = octahedralDirection(i + 0.5, j + 0.5);
    let least = 1;
    for (const [a, b] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const corner = octahedralDirection(i + a, j + b);
      least = Math.min(least, corner[0] * axis[0] + corner[1] * axis[1] + corner[2] * axis[2]);
    }
    // The border of a folded cell can bulge a little beyond its corners.
    axes.set([...axis, Math.acos(least) + 0.05], cell * 4);
  }
  return collect(cells, solids.count, (cell, solid) => {
    if (solids.tag[solid]!.castsShadow === false) return false;
    const at = solid * STRIDE + 17;
    const x = g[at]! - lamp[0];
    const y = g[at + 1]! - lamp[1];
    const z = g[at + 2]! - lamp[2];
    const distance = Math.sqrt(x * x + y * y + z * z);
    const r = g[at + 3]! + radius;
    if (distance <= r) return true;
    const cosine = (x * axes[cell * 4]! + y * axes[cell * 4 + 1]! + z * axes[cell * 4 + 2]!) / distance;
    return Math.acos(Math.max(-1, Math.min(1, cosine))) <= axes[cell * 4 + 3]! + Math.asin(r / distance);
  });
}
