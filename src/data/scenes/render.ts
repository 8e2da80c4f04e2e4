/**
 * Two passes over a scene. The first casts one ray through every pixel's centre and keeps exactly what it met: the labels come from it alone.
 * The second takes samples spread over the pixel for the colour image.
 *
 * Letters: H, W size of the picture; pixels run row by row from the top left.
 */
import { type Substance, shapeKinds, substances, textureBuckets } from "./classes";
import { intersect, normalAt, surfaceUv } from "./intersect";
import type { Scene } from "./layout";
import { type Material, paint, textureOf } from "./materials";
import { hash2 } from "./random";
import { type SurfacePoint, surfaceAt } from "./room";
import { type Point, Shader, toneMap } from "./shade";
import { BOX, CAPSULE, CONE, ELLIPSOID, SPHERE, STRIDE, type Vec3 } from "./solids";
import { inCone, leaveRoom, planeNormals, Tracer } from "./trace";

const TILE = 8;

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
}

const shapeOf: number[] = [];
shapeOf[SPHERE] = shapeKinds.indexOf("sphere");
shapeOf[ELLIPSOID] = shapeKinds.indexOf("ellipsoid");
shapeOf[CAPSULE] = shapeKinds.indexOf("tapered capsule");
shapeOf[CONE] = shapeKinds.indexOf("cylinder or cone");
shapeOf[BOX] = shapeKinds.indexOf("box");

const substanceIndex = Object.fromEntries(substances.map((name, i) => [name, i])) as Record<Substance, number>;

export class Renderer {
  private readonly tracer: Tracer;
  private readonly shader: Shader;
  private readonly tiles: Int32Array[] = [];
  private readonly columns: number;
  private readonly albedo = new Float64Array(3);
  private readonly uv = new Float64Array(2);
  private readonly leave = new Float64Array(1);
  private readonly normal = new Float64Array(3);
  private readonly point: Point = { x: 0, y: 0, z: 0, nx: 0, ny: 0, nz: 0 };
  private readonly surface: SurfacePoint;
  /** Of the last ray: unit direction, distance, solid or -1, plane. */
  private dx = 0;
  private dy = 0;
  private dz = 0;
  private distance = 0;
  private plane = 0;

  constructor(
    readonly scene: Scene,
    readonly width: number,
    readonly height: number,
  ) {
    this.tracer = new Tracer(scene);
    this.shader = new Shader(this.tracer);
    this.surface = { semClass: 0, instance: 0, material: scene.room.wall, u: 0, v: 0 };
    this.columns = Math.ceil(width / TILE);
    for (let y = 0; y < height; y += TILE) for (let x = 0; x < width; x += TILE) this.tiles.push(this.tileList(x, y));
  }

  /** Sets the unit direction through (x, y) in pixels from the top left corner. */
  private aim(x: number, y: number): void {
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
  private cast(tile: Int32Array): number {
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
  private locate(solid: number): void {
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

  private tileOf(x: number, y: number): Int32Array {
    return this.tiles[Math.floor(y / TILE) * this.columns + Math.floor(x / TILE)]!;
  }

  /** The first pass. */
  surfaces(): Surfaces {
    const { width, height } = this;
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
    };
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        this.aim(x + 0.5, y + 0.5);
        const solid = this.cast(this.tileOf(x, y));
        this.locate(solid);
        this.record(y * width + x, solid, out);
      }
    }
    return out;
  }

  private record(pixel: number, solid: number, out: Surfaces): void {
    const { camera, solids } = this.scene;
    const p = this.point;
    const { x, y, z } = camera;
    out.depth[pixel] = -this.distance * (this.dx * z[0] + this.dy * z[1] + this.dz * z[2]);
    out.normals[pixel * 3] = p.nx * x[0] + p.ny * x[1] + p.nz * x[2];
    out.normals[pixel * 3 + 1] = p.nx * y[0] + p.ny * y[1] + p.nz * y[2];
    out.normals[pixel * 3 + 2] = p.nx * z[0] + p.ny * z[1] + p.nz * z[2];
    const tag = solid < 0 ? this.surface : solids.tag[solid]!;
    out.semClass[pixel] = tag.semClass;
    out.instance[pixel] = tag.instance;
    out.substance[pixel] = substanceIndex[tag.material.substance];
    out.texture[pixel] = textureBuckets.indexOf(textureOf[tag.material.pattern]);
    if (solid < 0) return;
    out.part[pixel] = solids.tag[solid]!.part ?? 0;
    out.shape[pixel] = shapeOf[solids.kind[solid]!]!;
    out.extent[pixel] = solids.geometry[solid * STRIDE + 20]! / (this.distance * camera.tangent);
  }

  /**
   * The second pass: samples x samples per pixel, spread and jittered by a hash of their place. image: [H*W*3] bytes;
   * irradiance: [H*W], mean light on the pixel before the surface's colour.
   */
  colors(samples: number): { image: Uint8Array; irradiance: Float32Array } {
    const { width, height, shader } = this;
    const image = new Uint8Array(width * height * 3);
    const irradiance = new Float32Array(width * height);
    const count = samples * samples;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let r = 0;
        let g = 0;
        let b = 0;
        let light = 0;
        // One random offset per pixel turns the lamps' sample points, so that penumbras are grainy instead of banded.
        const turn = hash2(x, y);
        for (let k = 0; k < count; k++) {
          const sx = ((k % samples) + 0.5) / samples;
          const sy = (Math.floor(k / samples) + 0.5) / samples;
          this.sample(x, y, x + sx, y + sy, (k / count + turn) % 1, (k * 0.618034 + turn * 7) % 1);
          r += Math.min(3, shader.color[0]!);
          g += Math.min(3, shader.color[1]!);
          b += Math.min(3, shader.color[2]!);
          light += shader.irradiance;
        }
        const pixel = y * width + x;
        image[pixel * 3] = toneMap(r / count);
        image[pixel * 3 + 1] = toneMap(g / count);
        image[pixel * 3 + 2] = toneMap(b / count);
        irradiance[pixel] = light / count;
      }
    }
    return { image, irradiance };
  }

  private sample(px: number, py: number, x: number, y: number, a: number, b: number): void {
    this.aim(x, y);
    const solid = this.cast(this.tileOf(px, py));
    this.locate(solid);
    const p = this.point;
    let m: Material;
    if (solid < 0) {
      m = this.surface.material;
      this.uv[0] = this.surface.u;
      this.uv[1] = this.surface.v;
    } else {
      const { solids } = this.scene;
      m = solids.tag[solid]!.material;
      if (m.pattern !== "plain") {
        surfaceUv(solids.geometry, solids.kind[solid]!, solid, m.pattern === "grain", p.x, p.y, p.z, this.uv);
      }
    }
    paint(m, this.uv[0]!, this.uv[1]!, this.albedo);
    this.shader.shade(p, m, this.albedo, this.dx, this.dy, this.dz, a, b);
  }
}
