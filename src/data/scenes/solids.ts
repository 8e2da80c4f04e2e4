/**
 * The solids of a scene in flat arrays. World: x right, y up, z towards the camera's end of the room; metres.
 *
 * One row of `geometry` (STRIDE numbers) per solid:
 *   0..2   centre (sphere, ellipsoid, box) or the centre of the first end (capsule, cone)
 *   3..11  three orthonormal axes in world space, one after another; of capsule and cone the first is the axis of the solid
 *   12..14 box: half sizes; ellipsoid: radii; sphere: radius in 12; capsule and cone: length, first radius, second radius
 *   15, 16 box: rounding radius in 15; capsule and cone: sine and cosine of the slope of the side
 *   17..20 bounding sphere: centre, radius
 */
import type { Material, Rgb } from "./materials";

export type Vec3 = readonly [number, number, number];
export const STRIDE = 21;

export const SPHERE = 0;
export const ELLIPSOID = 1;
export const CAPSULE = 2;
export const CONE = 3;
export const BOX = 4;

/** What a solid is, apart from its shape. */
export interface Tag {
  readonly material: Material;
  /** Index into sceneClasses. */
  readonly semClass: number;
  /** Index of the object, one per person, chair, ... */
  readonly instance: number;
  /** Index into scenePartClasses; 0 for what is no person. */
  readonly part?: number;
  /** False for shades that let their own light through. */
  readonly castsShadow?: boolean;
}

export function normalize(v: Vec3): Vec3 {
  const length = Math.hypot(v[0], v[1], v[2]) || 1;
  return [v[0] / length, v[1] / length, v[2] / length];
}

export function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function along(a: Vec3, direction: Vec3, distance: number): Vec3 {
  return [a[0] + direction[0] * distance, a[1] + direction[1] * distance, a[2] + direction[2] * distance];
}

/** A place and an orientation: x to the right of an object, y up, z out of its front. */
export class Frame {
  constructor(
    readonly origin: Vec3,
    readonly x: Vec3,
    readonly y: Vec3,
    readonly z: Vec3,
  ) {}

  /** On the floor at (x, z), its front turned from +z towards +x by yaw (radians). */
  static standing(x: number, z: number, yaw: number, y = 0): Frame {
    const c = Math.cos(yaw);
    const s = Math.sin(yaw);
    return new Frame([x, y, z], [c, 0, -s], [0, 1, 0], [s, 0, c]);
  }

  point(x: number, y: number, z: number): Vec3 {
    return along(along(along(this.origin, this.x, x), this.y, y), this.z, z);
  }

  vector(v: Vec3): Vec3 {
    return along(along(along([0, 0, 0], this.x, v[0]), this.y, v[1]), this.z, v[2]);
  }

  /** A frame at a local point, turned about its own x axis by tilt: the top leans back for positive tilt. */
  child(x: number, y: number, z: number, tilt = 0, yaw = 0): Frame {
    const cy = Math.cos(yaw);
    const sy = Math.sin(yaw);
    const right = this.vector([cy, 0, -sy]);
    const front = this.vector([sy, 0, cy]);
    const c = Math.cos(tilt);
    const s = Math.sin(tilt);
    const up = along(along([0, 0, 0], this.y, c), front, -s);
    return new Frame(this.point(x, y, z), right, up, cross(right, up));
  }
}

export class Solids {
  /** [capacity * STRIDE] */
  geometry = new Float64Array(64 * STRIDE);
  readonly kind: number[] = [];
  readonly tag: Tag[] = [];

  get count(): number {
    return this.kind.length;
  }

  private add(kind: number, tag: Tag, values: readonly number[], bound: readonly [Vec3, number]): void {
    const at = this.count * STRIDE;
    if (at + STRIDE > this.geometry.length) {
      const grown = new Float64Array(this.geometry.length * 2);
      grown.set(this.geometry);
      this.geometry = grown;
    }
    this.geometry.set(values, at);
    this.geometry.set([...bound[0], bound[1]], at + 17);
    this.kind.push(kind);
    this.tag.push(tag);
  }

  sphere(tag: Tag, centre: Vec3, radius: number): void {
    this.add(SPHERE, tag, [...centre, 1, 0, 0, 0, 1, 0, 0, 0, 1, radius, radius, radius], [centre, radius]);
  }

  ellipsoid(tag: Tag, frame: Frame, radii: Vec3): void {
    const axes = [...frame.x, ...frame.y, ...frame.z];
    this.add(ELLIPSOID, tag, [...frame.origin, ...axes, ...radii], [frame.origin, Math.max(...radii)]);
  }

  /** Centred on the frame's origin; round: radius of edges and corners, at most the smallest half size. */
  box(tag: Tag, frame: Frame, half: Vec3, round = 0): void {
    const axes = [...frame.x, ...frame.y, ...frame.z];
    const radius = Math.min(round, half[0], half[1], half[2]);
    this.add(BOX, tag, [...frame.origin, ...axes, ...half, radius], [frame.origin, Math.hypot(...half)]);
  }

  /** Hull of two spheres. Where one holds the other it is the larger sphere. */
  capsule(tag: Tag, a: Vec3, b: Vec3, ra: number, rb = ra): void {
    const length = Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]);
    if (length <= Math.abs(ra - rb) + 1e-6) {
      this.sphere(tag, ra > rb ? a : b, Math.max(ra, rb));
      return;
    }
    const sine = (ra - rb) / length;
    this.axial(CAPSULE, tag, a, b, length, ra, rb, sine, length / 2 + Math.max(ra, rb));
  }

  /** Truncated cone with flat ends; a cylinder when the radii are equal. */
  cone(tag: Tag, a: Vec3, b: Vec3, ra: number, rb = ra): void {
    const length = Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]);
    const sine = (ra - rb) / Math.hypot(length, ra - rb);
    this.axial(CONE, tag, a, b, length, ra, rb, sine, Math.hypot(length / 2, Math.max(ra, rb)));
  }

  private axial(
    kind: number,
    tag: Tag,
    a: Vec3,
    b: Vec3,
    length: number,
    ra: number,
    rb: number,
    sine: number,
    radius: number,
  ): void {
    const u = normalize([b[0] - a[0], b[1] - a[1], b[2] - a[2]]);
    const v = normalize(cross(u, Math.abs(u[1]) < 0.9 ? [0, 1, 0] : [0, 0, 1]));
    const w = cross(u, v);
    const middle: Vec3 = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
    const cosine = Math.sqrt(1 - sine * sine);
    this.add(kind, tag, [...a, ...u, ...v, ...w, length, ra, rb, sine, cosine], [middle, radius]);
  }
}

/** Colours with a share of another: for shades of one cloth. */
export function blend(a: Rgb, b: Rgb, share: number): Rgb {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}
