/** Questions about one scene: what leaves the room where, what a lamp or the sun sees, how open a point is. */
import { intersect, MISS } from "./intersect";
import { collect, type Lists, lampLists, octahedralCell } from "./lists";
import type { Room } from "./room";
import type { Scene } from "./scene";
import { STRIDE } from "./solids";
import { distanceTo } from "./surface";

/** The plane at which a ray from inside the room leaves it; the distance goes into out[0]. */
export function leaveRoom(
  room: Room,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  out: Float64Array,
): number {
  const tx = dx > 0 ? (room.width - ox) / dx : dx < 0 ? -ox / dx : MISS;
  const ty = dy > 0 ? (room.height - oy) / dy : dy < 0 ? -oy / dy : MISS;
  const tz = dz > 0 ? (room.depth - oz) / dz : dz < 0 ? -oz / dz : MISS;
  if (tx <= ty && tx <= tz) {
    out[0] = tx;
    return dx > 0 ? 1 : 0;
  }
  if (ty <= tz) {
    out[0] = ty;
    return dy > 0 ? 3 : 2;
  }
  out[0] = tz;
  return dz > 0 ? 5 : 4;
}

/** Normals of the six planes, towards the inside: [6,3]. */
export const planeNormals = [1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1] as const;

/** Whether a ray meets the bounding sphere of solid i. */
function passesBound(
  g: Float64Array,
  i: number,
  x: number,
  y: number,
  z: number,
  dx: number,
  dy: number,
  dz: number,
): boolean {
  const at = i * STRIDE + 17;
  const bx = g[at]! - x;
  const by = g[at + 1]! - y;
  const bz = g[at + 2]! - z;
  const r = g[at + 3]!;
  const axial = bx * dx + by * dy + bz * dz;
  return axial >= -r && bx * bx + by * by + bz * bz - axial * axial <= r * r;
}

/** How far ambient occlusion looks, in metres. */
const OCCLUSION_REACH = 0.34;
const CELL = 0.4;

/** Answers shadow and occlusion queries of one scene. */
export class Tracer {
  private readonly lampLists: readonly Lists[];
  private readonly floorLists: Lists;
  private readonly floorColumns: number;
  private readonly casters: Int32Array;
  private readonly leave = new Float64Array(1);

  constructor(readonly scene: Scene) {
    const { solids, room, lamps } = scene;
    this.lampLists = lamps.map((lamp) => lampLists(solids, lamp.position, lamp.radius));
    const columns = Math.ceil(room.width / CELL);
    const rows = Math.ceil(room.depth / CELL);
    this.floorColumns = columns;
    const g = solids.geometry;
    this.floorLists = collect(columns * rows, solids.count, (cell, solid) => {
      const at = solid * STRIDE + 17;
      const x0 = (cell % columns) * CELL;
      const z0 = Math.floor(cell / columns) * CELL;
      const x = Math.max(x0 - g[at]!, 0, g[at]! - x0 - CELL);
      const z = Math.max(z0 - g[at + 2]!, 0, g[at + 2]! - z0 - CELL);
      return Math.hypot(x, z) <= g[at + 3]! + OCCLUSION_REACH;
    });
    const casters: number[] = [];
    for (let i = 0; i < solids.count; i++) if (solids.tag[i]!.castsShadow !== false) casters.push(i);
    this.casters = Int32Array.from(casters);
  }

  /** Whether the segment from (x, y, z) along the unit direction d, of the given length, to lamp number `lamp` is free. */
  lampSees(lamp: number, x: number, y: number, z: number, dx: number, dy: number, dz: number, length: number): boolean {
    const { solids, lamps } = this.scene;
    const [lx, ly, lz] = lamps[lamp]!.position;
    const { start, items } = this.lampLists[lamp]!;
    const cell = octahedralCell(x - lx, y - ly, z - lz);
    const g = solids.geometry;
    const end = start[cell + 1]!;
    for (let k = start[cell]!; k < end; k++) {
      const i = items[k]!;
      if (!passesBound(g, i, x, y, z, dx, dy, dz)) continue;
      if (intersect(g, solids.kind[i]!, i, x, y, z, dx, dy, dz) < length) return false;
    }
    return true;
  }

  /** Whether the sun, in unit direction d, is seen from (x, y, z) past all solids. */
  sunSees(x: number, y: number, z: number, dx: number, dy: number, dz: number): boolean {
    const { solids } = this.scene;
    const g = solids.geometry;
    for (let k = 0; k < this.casters.length; k++) {
      const i = this.casters[k]!;
      if (!passesBound(g, i, x, y, z, dx, dy, dz)) continue;
      if (intersect(g, solids.kind[i]!, i, x, y, z, dx, dy, dz) < MISS) return false;
    }
    return true;
  }

  /** The plane through which d leaves the room, and the distance in `leaveDistance`. */
  exit(x: number, y: number, z: number, dx: number, dy: number, dz: number): number {
    return leaveRoom(this.scene.room, x, y, z, dx, dy, dz, this.leave);
  }

  get leaveDistance(): number {
    return this.leave[0]!;
  }

  /** Openness in (0, 1] of a point with normal n: how near other surfaces come at two heights above it. */
  openness(x: number, y: number, z: number, nx: number, ny: number, nz: number): number {
    const far = this.clearance(x + 0.3 * nx, y + 0.3 * ny, z + 0.3 * nz, 0.3);
    // An empty ball around the far point that reaches the surface holds the near point's ball too.
    if (far >= 0.3) return 1;
    const near = this.clearance(x + 0.09 * nx, y + 0.09 * ny, z + 0.09 * nz, 0.09);
    return 1 - 0.38 * (1 - near / 0.09) - 0.5 * (1 - far / 0.3);
  }

  /** Distance to the nearest surface, at most `limit`, at least 0. */
  private clearance(x: number, y: number, z: number, limit: number): number {
    const { room, solids } = this.scene;
    let least = Math.min(limit, x, room.width - x, y, room.height - y, z, room.depth - z);
    const column = Math.max(0, Math.min(this.floorColumns - 1, Math.floor(x / CELL)));
    const row = Math.max(0, Math.min(Math.ceil(room.depth / CELL) - 1, Math.floor(z / CELL)));
    const cell = row * this.floorColumns + column;
    const { start, items } = this.floorLists;
    const g = solids.geometry;
    for (let k = start[cell]!; k < start[cell + 1]!; k++) {
      const i = items[k]!;
      const at = i * STRIDE + 17;
      const bx = g[at]! - x;
      const by = g[at + 1]! - y;
      const bz = g[at + 2]! - z;
      const reach = g[at + 3]! + least;
      if (bx * bx + by * by + bz * bz > reach * reach) continue;
      const d = distanceTo(g, solids.kind[i]!, i, x, y, z);
      if (d < least) least = d;
    }
    return Math.max(0, least);
  }
}
