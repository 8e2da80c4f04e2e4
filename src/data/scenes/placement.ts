/** Finding places for things: on free floor in view, along walls, under the ceiling. */

import type { Piece } from "./piece";
import type { Rng } from "./random";
import { FIRST_OBJECT_INSTANCE, type Room } from "./room";
import type { Camera, PointLight } from "./scene";
import { Frame, Solids } from "./solids";

/** Occupied floor, axis-aligned. */
interface Area {
  readonly x0: number;
  readonly x1: number;
  readonly z0: number;
  readonly z1: number;
}

export class Builder {
  readonly solids = new Solids();
  readonly taken: Area[] = [];
  readonly lamps: PointLight[] = [];
  /** Where people are: distance before the camera and tangent of the angle to its axis. */
  private readonly figures: { readonly distance: number; readonly side: number }[] = [];
  private nextInstance = FIRST_OBJECT_INSTANCE;

  constructor(
    readonly rng: Rng,
    readonly room: Room,
    readonly camera: Camera,
  ) {}

  /** Objects take two instances: a sideboard carries its screen. */
  instance(): number {
    this.nextInstance += 2;
    return this.nextInstance - 2;
  }

  /** Takes the floor under a footprint when it is free, inside the room and not before the lens. */
  claim(x: number, z: number, halfX: number, halfZ: number): boolean {
    const area = { x0: x - halfX, x1: x + halfX, z0: z - halfZ, z1: z + halfZ };
    const { room, camera } = this;
    if (area.x0 < 0 || area.x1 > room.width || area.z0 < 0 || area.z1 > room.depth) return false;
    const nearX = Math.max(area.x0, Math.min(area.x1, camera.eye[0]));
    const nearZ = Math.max(area.z0, Math.min(area.z1, camera.eye[2]));
    if (Math.hypot(nearX - camera.eye[0], nearZ - camera.eye[2]) < 1) return false;
    for (const other of this.taken) {
      if (area.x0 < other.x1 && area.x1 > other.x0 && area.z0 < other.z1 && area.z1 > other.z0) return false;
    }
    this.taken.push(area);
    return true;
  }

  /** A point of the floor at a distance before the camera; side: -1 to 1 across a square picture. */
  before(distance: number, side: number): readonly [number, number] {
    const { eye, x, z, tangent } = this.camera;
    const flat = Math.hypot(z[0], z[2]);
    const across = side * distance * tangent;
    return [eye[0] - (z[0] / flat) * distance + x[0] * across, eye[2] - (z[2] / flat) * distance + x[2] * across];
  }

  /** Keeps a person at (x, z) in view: see `hides`. */
  addFigure(x: number, z: number): void {
    this.figures.push(this.bearing(x, z));
  }

  /** Whether something of this half width at (x, z) would stand before a person or behind one, and be hard to tell from it. */
  hides(x: number, z: number, halfWidth: number): boolean {
    const own = this.bearing(x, z);
    return this.figures.some((figure) => {
      if (own.distance > figure.distance + 0.8) return false;
      return Math.abs(own.side - figure.side) < 0.26 / figure.distance + halfWidth / own.distance;
    });
  }

  private bearing(x: number, z: number): { distance: number; side: number } {
    const { camera } = this;
    const flat = Math.hypot(camera.z[0], camera.z[2]);
    const dx = x - camera.eye[0];
    const dz = z - camera.eye[2];
    const distance = Math.max(0.1, -(dx * camera.z[0] + dz * camera.z[2]) / flat);
    return { distance, side: (dx * camera.x[0] + dz * camera.x[2]) / distance };
  }

  /** Yaw of something at (x, z) that looks at the camera. */
  yawToCamera(x: number, z: number): number {
    return Math.atan2(this.camera.eye[0] - x, this.camera.eye[2] - z);
  }
}

/** Places a piece with its back at a wall: mostly the one that the camera faces. */
export function placeAtWall(b: Builder, piece: Piece): Frame | undefined {
  const { rng, room } = b;
  for (let attempt = 0; attempt < 30; attempt++) {
    const wall = rng.weighted([1, 1, 3]);
    if (wall === 2) {
      const x = rng.range(piece.halfWidth + 0.02, room.width - piece.halfWidth - 0.02);
      const z = piece.halfDepth + 0.06;
      if (b.claim(x, z, piece.halfWidth, piece.halfDepth)) return Frame.standing(x, z, 0);
    } else {
      const z = rng.range(piece.halfWidth + 0.02, Math.max(piece.halfWidth + 0.05, room.depth - 1.5 - piece.halfWidth));
      const x = wall === 0 ? piece.halfDepth + 0.06 : room.width - piece.halfDepth - 0.06;
      if (b.claim(x, z, piece.halfDepth, piece.halfWidth))
        return Frame.standing(x, z, wall === 0 ? Math.PI / 2 : -Math.PI / 2);
    }
  }
  return undefined;
}

/** Places a piece freely in view. */
export function placeOnFloor(b: Builder, piece: Piece, near: number, far: number, turn: number): Frame | undefined {
  for (let attempt = 0; attempt < 30; attempt++) {
    const [x, z] = b.before(b.rng.range(near, far), b.rng.range(-0.8, 0.8));
    const yaw = b.yawToCamera(x, z) + b.rng.range(-turn, turn);
    const c = Math.abs(Math.cos(yaw));
    const s = Math.abs(Math.sin(yaw));
    const halfX = c * piece.halfWidth + s * piece.halfDepth;
    const halfZ = s * piece.halfWidth + c * piece.halfDepth;
    if (attempt < 24 && b.hides(x, z, piece.halfWidth * 0.8)) continue;
    if (b.claim(x, z, halfX, halfZ)) return Frame.standing(x, z, yaw);
  }
  return undefined;
}

/** A place under the ceiling, if possible over free floor, so that no lamp becomes a hat. */
export function placeOverhead(b: Builder): readonly [number, number] {
  let place: readonly [number, number] = [0, 0];
  for (let attempt = 0; attempt < 8; attempt++) {
    const [x, z] = b.before(b.rng.range(1.7, 2.9), b.rng.range(-0.5, 0.5));
    place = [Math.max(0.5, Math.min(b.room.width - 0.5, x)), Math.max(0.5, Math.min(b.room.depth - 0.5, z))];
    const [px, pz] = place;
    if (!b.taken.some((area) => px > area.x0 - 0.3 && px < area.x1 + 0.3 && pz > area.z0 - 0.3 && pz < area.z1 + 0.3))
      break;
  }
  return place;
}
