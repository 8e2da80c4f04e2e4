/** A composed scene: all that rendering needs, whatever the size of the picture. */
import type { Rgb } from "./materials";
import type { Room } from "./room";
import type { Solids, Vec3 } from "./solids";

/** x right, y up, z backwards out of the picture; tangent: of half the vertical field of view. */
export interface Camera {
  readonly eye: Vec3;
  readonly x: Vec3;
  readonly y: Vec3;
  readonly z: Vec3;
  readonly tangent: number;
}

export interface PointLight {
  readonly position: Vec3;
  readonly radius: number;
  /** Irradiance at one metre, facing it. */
  readonly color: Rgb;
}

export interface Scene {
  readonly room: Room;
  readonly solids: Solids;
  readonly camera: Camera;
  readonly lamps: readonly PointLight[];
  readonly sun: { readonly direction: Vec3; readonly color: Rgb } | undefined;
  /** Light from everywhere: from above and from below. */
  readonly sky: Rgb;
  readonly ground: Rgb;
}
