/**
 * The first pass over a scene: what exactly the pixels' centres meet. All labels come from it alone.
 *
 * Letters: H, W size of the picture; pixels run row by row from the top left.
 */
import { type Substance, shapeKinds, substances, textureBuckets } from "./classes";
import type { Eye } from "./eye";
import { textureOf } from "./materials";
import { BOX, CAPSULE, CONE, ELLIPSOID, SPHERE, STRIDE } from "./solids";

/** What the centres of the pixels met; every array is [H*W] unless said otherwise. */
export interface Surfaces {
  readonly width: number;
  readonly height: number;
  /** Index into sceneClasses. */
  readonly semClass: Uint8Array;
  /** Index into scenePartClasses. */
  readonly part: Uint8Array;
  readonly instance: Uint16Array;
  /** Metres along the camera's axis. */
  readonly depth: Float32Array;
  /** [H*W,3]: camera space, x right, y up, z towards the camera. */
  readonly normals: Float32Array;
  /** Indices into substances, shapeKinds, textureBuckets. */
  readonly substance: Uint8Array;
  readonly shape: Uint8Array;
  readonly texture: Uint8Array;
  /** Radius of the covering solid over its distance, per image half height; 0 for the room. */
  readonly extent: Float32Array;
  /** The solid, or -1 - plane for the room. */
  readonly cover: Int32Array;
}

const shapeOf: number[] = [];
shapeOf[SPHERE] = shapeKinds.indexOf("sphere");
shapeOf[ELLIPSOID] = shapeKinds.indexOf("ellipsoid");
shapeOf[CAPSULE] = shapeKinds.indexOf("tapered capsule");
shapeOf[CONE] = shapeKinds.indexOf("cylinder or cone");
shapeOf[BOX] = shapeKinds.indexOf("box");

const substanceIndex = Object.fromEntries(substances.map((name, i) => [name, i])) as Record<Substance, number>;

/** The first pass: one ray through every pixel's centre. */
export function surfacesOf(eye: Eye): Surfaces {
  const { width, height } = eye;
  const n = width * height;
  const out: Surfaces = {
    width,
    height,
    semClass: new Uint8Array(n),
    part: new Uint8Array(n),
    instance: new Uint16Array(n),
    depth: new Float32Array(n),
    normals: new Float32Array(n * 3),
    substance: new Uint8Array(n),
    shape: new Uint8Array(n),
    texture: new Uint8Array(n),
    extent: new Float32Array(n),
    cover: new Int32Array(n),
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      eye.aim(x + 0.5, y + 0.5);
      const solid = eye.cast(eye.tileOf(x, y));
      eye.locate(solid);
      record(eye, y * width + x, solid, out);
    }
  }
  return out;
}

function record(eye: Eye, pixel: number, solid: number, out: Surfaces): void {
  const { camera, solids } = eye.scene;
  const p = eye.point;
  const { x, y, z } = camera;
  out.depth[pixel] = -eye.distance * (eye.dx * z[0] + eye.dy * z[1] + eye.dz * z[2]);
  out.normals[pixel * 3] = p.nx * x[0] + p.ny * x[1] + p.nz * x[2];
  out.normals[pixel * 3 + 1] = p.nx * y[0] + p.ny * y[1] + p.nz * y[2];
  out.normals[pixel * 3 + 2] = p.nx * z[0] + p.ny * z[1] + p.nz * z[2];
  const tag = solid < 0 ? eye.surface : solids.tag[solid]!;
  out.semClass[pixel] = tag.semClass;
  out.instance[pixel] = tag.instance;
  out.substance[pixel] = substanceIndex[tag.material.substance];
  out.texture[pixel] = textureBuckets.indexOf(textureOf[tag.material.pattern]);
  out.cover[pixel] = solid < 0 ? -1 - eye.plane : solid;
  if (solid < 0) return;
  out.part[pixel] = solids.tag[solid]!.part ?? 0;
  out.shape[pixel] = shapeOf[solids.kind[solid]!]!;
  out.extent[pixel] = solids.geometry[solid * STRIDE + 20]! / (eye.distance * camera.tangent);
}
