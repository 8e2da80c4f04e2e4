/**
 * Light on a surface point: sky and ground, windows as soft areas, lamps with soft shadows (one point of each lamp per sample), sun through
 * the panes, highlights, ambient occlusion. Linear light; `toneMap` turns it into 8-bit sRGB.
 */
import type { Point } from "./eye";
import type { Material } from "./materials";
import { isGlass, paneAt, type Room } from "./room";
import type { Vec3 } from "./solids";
import type { Tracer } from "./trace";

/** A pane as a soft light: centre, inward normal, area and colour. */
interface Glow {
  readonly centre: Vec3;
  readonly normal: Vec3;
  readonly strength: number;
  readonly color: readonly [number, number, number];
}

function paneGlows(room: Room): Glow[] {
  if (room.night) return [];
  return room.panes.map((pane) => {
    const u = (pane.u0 + pane.u1) / 2;
    const v = (pane.v0 + pane.v1) / 2;
    const area = (pane.u1 - pane.u0) * (pane.v1 - pane.v0);
    const centre: Vec3 = pane.plane === 0 ? [0, v, u] : pane.plane === 1 ? [room.width, v, u] : [u, v, 0];
    const normal: Vec3 = pane.plane === 0 ? [1, 0, 0] : pane.plane === 1 ? [-1, 0, 0] : [0, 0, 1];
    return { centre, normal, strength: area * 0.9, color: [0.92, 1, 1.1] };
  });
}

/** Points on a lamp: a Fibonacci spiral on the unit sphere, [LAMP_POINTS,3]. Evenly spaced numbers are evenly spread points. */
export const LAMP_POINTS = 64;
const lampPoints = Float64Array.from({ length: LAMP_POINTS * 3 }, (_, i) => {
  const n = Math.floor(i / 3);
  const height = 1 - (2 * n + 1) / LAMP_POINTS;
  const ring = Math.sqrt(1 - height * height);
  const angle = n * 2.399963;
  return i % 3 === 0 ? ring * Math.cos(angle) : i % 3 === 1 ? height : ring * Math.sin(angle);
});

export class Shader {
  /** Linear colour of the last sample, [3]. */
  readonly color = new Float64Array(3);
  /** Light that fell on the last sample, without the surface's colour: mean over the three channels. */
  irradiance = 0;
  private readonly light = new Float64Array(3);
  private readonly glows: readonly Glow[];
  private highlight = 0;

  constructor(private readonly tracer: Tracer) {
    this.glows = paneGlows(tracer.scene.room);
  }

  /**
   * albedo: [3]; d: unit view direction; lampPoint: which point of the lamps this sample sees, below LAMP_POINTS; open: the tracer's openness.
   * Result in `color` and `irradiance`.
   */
  shade(
    p: Point,
    m: Material,
    albedo: Float64Array,
    dx: number,
    dy: number,
    dz: number,
    lampPoint: number,
    open: number,
  ): void {
    const { sky, ground } = this.tracer.scene;
    const up = 0.5 + 0.5 * p.ny;
    const light = this.light;
    for (let k = 0; k < 3; k++) light[k] = (ground[k]! + (sky[k]! - ground[k]!) * up) * open;
    this.highlight = 0;
    this.addPanes(p, open);
    // A shade holds its lamp: what it shows is its glow.
    if (m.glow === 0) this.addLamps(p, m, dx, dy, dz, lampPoint);
    this.addSun(p, m, dx, dy, dz, lampPoint);
    this.irradiance = (light[0]! + light[1]! + light[2]!) / 3;
    this.recolor(m, albedo);
  }

  /** Another colour under the light of the last sample: for samples inside one surface. */
  recolor(m: Material, albedo: Float64Array): void {
    for (let k = 0; k < 3; k++) this.color[k] = albedo[k]! * (this.light[k]! + m.glow) + this.highlight;
  }

  private addPanes(p: Point, open: number): void {
    for (const glow of this.glows) {
      const x = glow.centre[0] - p.x;
      const y = glow.centre[1] - p.y;
      const z = glow.centre[2] - p.z;
      const d2 = x * x + y * y + z * z;
      const facing = x * p.nx + y * p.ny + z * p.nz;
      const emitting = -(x * glow.normal[0] + y * glow.normal[1] + z * glow.normal[2]);
      if (facing <= 0 || emitting <= 0) continue;
      const gain = (glow.strength * facing * emitting * open) / (d2 * (d2 + 0.6));
      for (let k = 0; k < 3; k++) this.light[k]! += gain * glow.color[k]!;
    }
  }

  private addLamps(p: Point, m: Material, dx: number, dy: number, dz: number, lampPoint: number): void {
    const { lamps } = this.tracer.scene;
    const ux = lampPoints[lampPoint * 3]!;
    const uy = lampPoints[lampPoint * 3 + 1]!;
    const uz = lampPoints[lampPoint * 3 + 2]!;
    for (let i = 0; i < lamps.length; i++) {
      const lamp = lamps[i]!;
      // Strength comes from the lamp's centre, so that only penumbras depend on which point is drawn.
      const cx = lamp.position[0] - p.x;
      const cy = lamp.position[1] - p.y;
      const cz = lamp.position[2] - p.z;
      const distance = Math.sqrt(cx * cx + cy * cy + cz * cz);
      const facing = (cx * p.nx + cy * p.ny + cz * p.nz) / distance;
      if (facing <= 0) continue;
      const x = cx + lamp.radius * ux;
      const y = cy + lamp.radius * uy;
      const z = cz + lamp.radius * uz;
      const length = Math.sqrt(x * x + y * y + z * z);
      const lx = x / length;
      const ly = y / length;
      const lz = z / length;
      if (!this.tracer.lampSees(i, p.x + 1e-4 * p.nx, p.y + 1e-4 * p.ny, p.z + 1e-4 * p.nz, lx, ly, lz, length))
        continue;
      const gain = facing / (distance * distance + 0.35);
      for (let k = 0; k < 3; k++) this.light[k]! += gain * lamp.color[k]!;
      if (m.gloss > 0) this.highlight += this.shine(p, m, lx, ly, lz, dx, dy, dz) * gain * lamp.color[1];
    }
  }

  private addSun(p: Point, m: Material, dx: number, dy: number, dz: number, lampPoint: number): void {
    const { sun, room } = this.tracer.scene;
    if (!sun) return;
    // The sun's disc, blurred by the glass: a few hundredths of a radian.
    const lx = sun.direction[0] + lampPoints[lampPoint * 3]! * 0.015;
    const ly = sun.direction[1] + lampPoints[lampPoint * 3 + 1]! * 0.015;
    const lz = sun.direction[2] + lampPoints[lampPoint * 3 + 2]! * 0.015;
    const facing = lx * p.nx + ly * p.ny + lz * p.nz;
    if (facing <= 0) return;
    const plane = this.tracer.exit(p.x, p.y, p.z, lx, ly, lz);
    if (plane === 2 || plane === 3) return;
    const t = this.tracer.leaveDistance;
    const u = plane < 2 ? p.z + lz * t : p.x + lx * t;
    const v = p.y + ly * t;
    const pane = paneAt(room, plane, u, v);
    if (!pane || !isGlass(pane, u, v)) return;
    if (!this.tracer.sunSees(p.x + 1e-4 * p.nx, p.y + 1e-4 * p.ny, p.z + 1e-4 * p.nz, lx, ly, lz)) return;
    for (let k = 0; k < 3; k++) this.light[k]! += facing * sun.color[k]!;
    if (m.gloss > 0) this.highlight += this.shine(p, m, lx, ly, lz, dx, dy, dz) * facing * sun.color[1];
  }

  /** Blinn-Phong: gloss (n.h)^shininess, h between the light and the eye. */
  private shine(p: Point, m: Material, lx: number, ly: number, lz: number, dx: number, dy: number, dz: number): number {
    const hx = lx - dx;
    const hy = ly - dy;
    const hz = lz - dz;
    const cosine = (hx * p.nx + hy * p.ny + hz * p.nz) / Math.sqrt(hx * hx + hy * hy + hz * hz);
    // Below this cosine the power is under 0.4 %.
    return cosine > 1 - 5.5 / m.shininess && cosine > 0 ? m.gloss * cosine ** m.shininess : 0;
  }
}

const TONE_STEPS = 4096;
const TONE_LIMIT = 6;
const tones = Uint8Array.from({ length: TONE_STEPS + 1 }, (_, i) => {
  const x = (i / TONE_STEPS) * TONE_LIMIT * 1.05;
  // Extended Reinhard with white at 3: highlights roll off, mid tones stay.
  const mapped = Math.min(1, (x * (1 + x / 9)) / (1 + 0.55 * x));
  return Math.round(255 * mapped ** (1 / 2.2));
});

/** Linear light, 0 upwards, to an 8-bit sRGB value. */
export function toneMap(value: number): number {
  const i = (value / TONE_LIMIT) * TONE_STEPS;
  return tones[i < TONE_STEPS ? i | 0 : TONE_STEPS]!;
}
