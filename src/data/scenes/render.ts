/**
 * Two passes over a scene. The first casts one ray through every pixel's centre and keeps exactly what it met: the labels come from it alone.
 * The second takes samples spread over the pixel for the colour image.
 *
 * Letters: H, W size of the picture; pixels run row by row from the top left.
 */
import { type Substance, shapeKinds, substances, textureBuckets } from "./classes";
import { intersect, MISS, normalAt, surfaceUv } from "./intersect";
import type { Scene } from "./layout";
import { type Material, paint, textureOf } from "./materials";
import { hash2 } from "./random";
import { type SurfacePoint, surfaceAt } from "./room";
import { LAMP_POINTS, type Point, Shader, toneMap } from "./shade";
import { BOX, CAPSULE, CONE, ELLIPSOID, SPHERE, STRIDE, type Vec3 } from "./solids";
import { inCone, leaveRoom, planeNormals, Tracer } from "./trace";

const TILE = 8;
/** Covers are solids, or -1 - plane for the room. */
const NO_COVER = -100;
const noSolids = new Int32Array(0);

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
  private open = 1;
  /** Cover of the last colour sample. */
  private met = NO_COVER;
  private readonly sum = new Float64Array(4);
  /** [H*W], what the first pass met. */
  private readonly cover: Int32Array;

  constructor(
    readonly scene: Scene,
    readonly width: number,
    readonly height: number,
  ) {
    this.tracer = new Tracer(scene);
    this.shader = new Shader(this.tracer);
    this.surface = { semClass: 0, instance: 0, material: scene.room.wall, u: 0, v: 0 };
    this.columns = Math.ceil(width / TILE);
    this.cover = new Int32Array(width * height);
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
        this.cover[y * width + x] = solid < 0 ? -1 - this.plane : solid;
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
   * The second pass, after the first: samples x samples per pixel. Where the eight neighbours met the same solid, samples are cast at that
   * solid alone and half of them are lit; occlusion is taken once per solid and pixel. image: [H*W*3] bytes; irradiance: [H*W], mean light on the pixel
   * before the surface's colour.
   */
  colors(samples: number): { image: Uint8Array; irradiance: Float32Array } {
    const { width, height } = this;
    const image = new Uint8Array(width * height * 3);
    const irradiance = new Float32Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const pixel = y * width + x;
        this.gather(x, y, samples, this.isInterior(x, y));
        for (let k = 0; k < 3; k++) image[pixel * 3 + k] = toneMap(this.sum[k]!);
        irradiance[pixel] = this.sum[3]!;
      }
    }
    return { image, irradiance };
  }

  private isInterior(x: number, y: number): boolean {
    const { width, height, cover } = this;
    const own = cover[y * width + x];
    for (let j = Math.max(0, y - 1); j <= Math.min(height - 1, y + 1); j++) {
      for (let i = Math.max(0, x - 1); i <= Math.min(width - 1, x + 1); i++)
        if (cover[j * width + i] !== own) return false;
    }
    return true;
  }

  /** Mean colour and irradiance of a pixel into `sum`. */
  private gather(x: number, y: number, samples: number, interior: boolean): void {
    const { shader, sum } = this;
    const count = samples * samples;
    // One random offset per pixel turns the lamps' sample points, so that penumbras are grainy instead of banded.
    const turn = Math.floor(hash2(x, y) * LAMP_POINTS);
    let shaded = NO_COVER;
    sum.fill(0);
    for (let k = 0; k < count; k++) {
      const column = k % samples;
      const row = (k - column) / samples;
      this.aim(x + (column + 0.5) / samples, y + (row + 0.5) / samples);
      const only = interior ? this.cover[y * this.width + x]! : NO_COVER;
      const m = this.hit(x, y, only);
      if (interior && (column + row) % 2 === 1) shader.recolor(m, this.albedo);
      else {
        const p = this.point;
        if (this.met !== shaded) this.open = this.tracer.openness(p.x, p.y, p.z, p.nx, p.ny, p.nz);
        shaded = this.met;
        const lampPoint = (turn + Math.floor((k * LAMP_POINTS) / count)) % LAMP_POINTS;
        shader.shade(p, m, this.albedo, this.dx, this.dy, this.dz, lampPoint, this.open);
      }
      for (let c = 0; c < 3; c++) sum[c]! += Math.min(3, shader.color[c]!) / count;
      sum[3]! += shader.irradiance / count;
    }
  }

  /** Finds what the aimed ray meets, its point and, in `albedo`, its colour; `only`: the one cover to look at, or NO_COVER for all. */
  private hit(x: number, y: number, only: number): Material {
    const { solids } = this.scene;
    const solid = only >= 0 ? this.castAt(only, x, y) : this.cast(only === NO_COVER ? this.tileOf(x, y) : noSolids);
    this.met = solid < 0 ? -1 - this.plane : solid;
    this.locate(solid);
    const p = this.point;
    let m = this.surface.material;
    if (solid < 0) {
      this.uv[0] = this.surface.u;
      this.uv[1] = this.surface.v;
    } else {
      m = solids.tag[solid]!.material;
      if (m.pattern !== "plain") {
        surfaceUv(solids.geometry, solids.kind[solid]!, solid, m.pattern === "grain", p.x, p.y, p.z, this.uv);
      }
    }
    paint(m, this.uv[0]!, this.uv[1]!, this.albedo);
    return m;
  }

  /** Casts at one solid, and at all of the tile where that misses. */
  private castAt(solid: number, x: number, y: number): number {
    const { solids, camera } = this.scene;
    const [ox, oy, oz] = camera.eye;
    const t = intersect(solids.geometry, solids.kind[solid]!, solid, ox, oy, oz, this.dx, this.dy, this.dz);
    if (t === MISS) return this.cast(this.tileOf(x, y));
    this.distance = t;
    return solid;
  }
}
