/**
 * The eye of a picture: rays through its pixels, what they meet, and the point where they meet it. It keeps the last ray's answers in its
 * fields, because a picture asks tens of thousands of times.
 */
import { intersect, MISS } from "./intersect";
import { inCone } from "./lists";
import { type SurfacePoint, surfaceAt } from "./room";
import type { Scene } from "./scene";
import { STRIDE, type Vec3 } from "./solids";
import { normalAt } from "./surface";
import { leaveRoom, planeNormals } from "./trace";

const TILE = 8;

/** A surface point with its unit normal. */
export interface Point {
  x: number;
  y: number;
  z: number;
  nx: number;
  ny: number;
  nz: number;
}

export class Eye {
  /** Of the aimed ray: its unit direction. */
  dx = 0;
  dy = 0;
  dz = 0;
  /** Of the last cast: the distance, and the plane behind all solids. */
  distance = 0;
  plane = 0;
  /** Of the last hit that was located. */
  readonly point: Point = { x: 0, y: 0, z: 0, nx: 0, ny: 0, nz: 0 };
  readonly surface: SurfacePoint;
  private readonly tiles: Int32Array[] = [];
  private readonly columns: number;
  private readonly leave = new Float64Array(1);
  private readonly normal = new Float64Array(3);

  constructor(
    readonly scene: Scene,
    readonly width: number,
    readonly height: number,
  ) {
    this.surface = { semClass: 0, instance: 0, material: scene.room.wall, u: 0, v: 0 };
    this.columns = Math.ceil(width / TILE);
    for (let y = 0; y < height; y += TILE) for (let x = 0; x < width; x += TILE) this.tiles.push(this.tileList(x, y));
  }

  /** Sets the unit direction through (x, y) in pixels from the top left corner. */
  aim(x: number, y: number): void {
    const { camera } = this.scene;
    const scale = (2 * camera.tangent) / this.height;
    const u = (x - this.width / 2) * scale;
    const v = (this.height / 2 - y) * scale;
    const inverse = 1 / Math.sqrt(1 + u * u + v * v);
    this.dx = (camera.x[0] * u + camera.y[0] * v - camera.z[0]) * inverse;
    this.dy = (camera.x[1] * u + camera.y[1] * v - camera.z[1]) * inverse;
    this.dz = (camera.x[2] * u + camera.y[2] * v - camera.z[2]) * inverse;
  }

  private tileList(x: number, y: number): Int32Array {
    this.aim(x + TILE / 2, y + TILE / 2);
    const axis: Vec3 = [this.dx, this.dy, this.dz];
    let cosine = 1;
    for (const [cx, cy] of [
      [0, 0],
      [TILE, 0],
      [0, TILE],
      [TILE, TILE],
    ] as const) {
      this.aim(x + cx, y + cy);
      cosine = Math.min(cosine, axis[0] * this.dx + axis[1] * this.dy + axis[2] * this.dz);
    }
    return Int32Array.from(
      inCone(this.scene.solids, this.scene.camera.eye, axis, cosine, Math.sqrt(1 - cosine * cosine)),
    );
  }

  /** Casts the aimed ray; returns the solid or -1 for the room, and sets `distance` and `plane`. */
  cast(tile: Int32Array): number {
    const { solids, camera, room } = this.scene;
    const g = solids.geometry;
    const [ox, oy, oz] = camera.eye;
    const { dx, dy, dz } = this;
    this.plane = leaveRoom(room, ox, oy, oz, dx, dy, dz, this.leave);
    let best = this.leave[0]!;
    let solid = -1;
    for (let k = 0; k < tile.length; k++) {
      const i = tile[k]!;
      const at = i * STRIDE + 17;
      const x = g[at]! - ox;
      const y = g[at + 1]! - oy;
      const z = g[at + 2]! - oz;
      const r = g[at + 3]!;
      const axial = x * dx + y * dy + z * dz;
      if (axial - r > best || x * x + y * y + z * z - axial * axial > r * r) continue;
      const t = intersect(g, solids.kind[i]!, i, ox, oy, oz, dx, dy, dz);
      if (t < best) {
        best = t;
        solid = i;
      }
    }
    this.distance = best;
    return solid;
  }

  /** Fills `point` for the last hit. */
  locate(solid: number): void {
    const { solids, camera } = this.scene;
    const p = this.point;
    const t = this.distance;
    p.x = camera.eye[0] + t * this.dx;
    p.y = camera.eye[1] + t * this.dy;
    p.z = camera.eye[2] + t * this.dz;
    if (solid < 0) {
      p.nx = planeNormals[this.plane * 3]!;
      p.ny = planeNormals[this.plane * 3 + 1]!;
      p.nz = planeNormals[this.plane * 3 + 2]!;
      surfaceAt(this.scene.room, this.plane, p.x, p.y, p.z, this.surface);
      return;
    }
    normalAt(solids.geometry, solids.kind[solid]!, solid, p.x, p.y, p.z, this.normal);
    p.nx = this.normal[0]!;
    p.ny = this.normal[1]!;
    p.nz = this.normal[2]!;
  }

  tileOf(x: number, y: number): Int32Array {
    return this.tiles[Math.floor(y / TILE) * this.columns + Math.floor(x / TILE)]!;
  }

  /** Casts at one solid, and at all of the tile where that misses. */
  castAt(solid: number, x: number, y: number): number {
    const { solids, camera } = this.scene;
    const [ox, oy, oz] = camera.eye;
    const t = intersect(solids.geometry, solids.kind[solid]!, solid, ox, oy, oz, this.dx, this.dy, this.dz);
    if (t === MISS) return this.cast(this.tileOf(x, y));
    this.distance = t;
    return solid;
  }
}
