/** The second pass over a scene: the antialiased, lit colour image. */
import { textureBuckets } from "./classes";
import type { Eye } from "./eye";
import type { Material } from "./materials";
import { paint } from "./paint";
import { hash2 } from "./random";
import { LAMP_POINTS, Shader, toneMap } from "./shade";
import { surfaceUv } from "./surface";
import type { Surfaces } from "./surfaces";
import { Tracer } from "./trace";

/** No cover is known: look at all solids of the tile. */
const NO_COVER = -100;
const noSolids = new Int32Array(0);

const EVEN = textureBuckets.indexOf("even");

/** mixed: several solids; oneSolid: one solid or plane; even: also one object without a pattern. */
type Neighbourhood = "mixed" | "oneSolid" | "even";

export class Painter {
  private readonly tracer: Tracer;
  private readonly shader: Shader;
  private readonly albedo = new Float64Array(3);
  private readonly uv = new Float64Array(2);
  /** Colour and irradiance of the pixel at hand. */
  private readonly sum = new Float64Array(4);
  /** Openness of the last solid in the pixel, and cover of the last sample. */
  private open = 1;
  private met = NO_COVER;

  constructor(
    private readonly eye: Eye,
    private readonly surfaces: Surfaces,
  ) {
    this.tracer = new Tracer(eye.scene);
    this.shader = new Shader(this.tracer);
  }

  /**
   * Samples x samples per pixel. Where the eight neighbours met the same solid, samples are cast at that solid alone and half of them are
   * lit; where there is no pattern either, the other half is left out. Occlusion is taken once per solid and pixel.
   * image: [H*W*3] bytes; irradiance: [H*W], mean light on the pixel before the surface's colour.
   */
  render(samples: number): { image: Uint8Array; irradiance: Float32Array } {
    const { width, height } = this.surfaces;
    const image = new Uint8Array(width * height * 3);
    const irradiance = new Float32Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const pixel = y * width + x;
        this.gather(x, y, samples, this.neighbourhood(x, y));
        for (let k = 0; k < 3; k++) image[pixel * 3 + k] = toneMap(this.sum[k]!);
        irradiance[pixel] = this.sum[3]!;
      }
    }
    return { image, irradiance };
  }

  /** How alike a pixel and its eight neighbours are. */
  private neighbourhood(x: number, y: number): Neighbourhood {
    const { width, height, cover, instance, texture } = this.surfaces;
    const own = y * width + x;
    let even = texture[own] === EVEN;
    for (let j = Math.max(0, y - 1); j <= Math.min(height - 1, y + 1); j++) {
      for (let i = Math.max(0, x - 1); i <= Math.min(width - 1, x + 1); i++) {
        const other = j * width + i;
        if (cover[other] !== cover[own]) return "mixed";
        if (instance[other] !== instance[own] || texture[other] !== EVEN) even = false;
      }
    }
    return even ? "even" : "oneSolid";
  }

  /** Mean colour and irradiance of a pixel into `sum`. */
  private gather(x: number, y: number, samples: number, around: Neighbourhood): void {
    const { shader, sum, eye } = this;
    const count = samples * samples;
    const interior = around !== "mixed";
    let taken = 0;
    // One random offset per pixel turns the lamps' sample points, so that penumbras are grainy instead of banded.
    const turn = Math.floor(hash2(x, y) * LAMP_POINTS);
    let shaded = NO_COVER;
    sum.fill(0);
    for (let k = 0; k < count; k++) {
      const column = k % samples;
      const row = (k - column) / samples;
      const unlit = interior && (column + row) % 2 === 1;
      if (unlit && around === "even") continue;
      eye.aim(x + (column + 0.5) / samples, y + (row + 0.5) / samples);
      const only = interior ? this.surfaces.cover[y * this.surfaces.width + x]! : NO_COVER;
      const m = this.hit(x, y, only);
      if (unlit) shader.recolor(m, this.albedo);
      else {
        const p = eye.point;
        if (this.met !== shaded) this.open = this.tracer.openness(p.x, p.y, p.z, p.nx, p.ny, p.nz);
        shaded = this.met;
        const lampPoint = (turn + Math.floor((k * LAMP_POINTS) / count)) % LAMP_POINTS;
        shader.shade(p, m, this.albedo, eye.dx, eye.dy, eye.dz, lampPoint, this.open);
      }
      for (let c = 0; c < 3; c++) sum[c]! += Math.min(3, shader.color[c]!);
      sum[3]! += shader.irradiance;
      taken++;
    }
    for (let c = 0; c < 4; c++) sum[c]! /= taken;
  }

  /** Finds what the aimed ray meets, its point and, in `albedo`, its colour; `only`: the one cover to look at, or NO_COVER for all. */
  private hit(x: number, y: number, only: number): Material {
    const { eye } = this;
    const { solids } = eye.scene;
    const solid = only >= 0 ? eye.castAt(only, x, y) : eye.cast(only === NO_COVER ? eye.tileOf(x, y) : noSolids);
    this.met = solid < 0 ? -1 - eye.plane : solid;
    eye.locate(solid);
    const p = eye.point;
    let m = eye.surface.material;
    if (solid < 0) {
      this.uv[0] = eye.surface.u;
      this.uv[1] = eye.surface.v;
    } else {
      m = solids.tag[solid]!.material;
      if (m.pattern !== "plain") {
        surfaceUv(solids.geometry, solids.kind[solid]!, solid, m.pattern === "grain", p.x, p.y, p.z, this.uv);
      }
    }
    paint(m, this.uv[0]!, this.uv[1]!, this.albedo);
    return m;
  }
}
