/**
 * The room: an axis-aligned box seen from inside, [0,width] x [0,height] x [0,depth], with windows in its walls and a rug on its floor.
 * Planes: 0 left (x=0), 1 right, 2 floor (y=0), 3 ceiling, 4 back (z=0), 5 behind the camera (z=depth).
 */
import { semantic } from "./classes";
import { type Material, material, type Rgb, rgb } from "./materials";
import * as palette from "./palette";
import type { Rng } from "./random";

const FLOOR = 2;
const CEILING = 3;
export const BACK = 4;

/** A pane in a wall; u runs along the wall (z on side walls, x on the others), v is the height. */
export interface Pane {
  readonly plane: number;
  readonly u0: number;
  readonly u1: number;
  readonly v0: number;
  readonly v1: number;
  readonly columns: number;
  readonly instance: number;
  readonly view: Material;
}

interface Rug {
  readonly x: number;
  readonly z: number;
  readonly halfWidth: number;
  readonly halfDepth: number;
  readonly cosine: number;
  readonly sine: number;
  readonly round: boolean;
  readonly surface: Material;
}

export interface Room {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly wall: Material;
  readonly floor: Material;
  readonly ceiling: Material;
  readonly skirting: Material;
  readonly panes: readonly Pane[];
  readonly rug: Rug | undefined;
  readonly night: boolean;
}

/** Instances 0 to 5 are the planes. */
const RUG_INSTANCE = 6;
const FIRST_PANE_INSTANCE = 7;
export const FIRST_OBJECT_INSTANCE = 16;

const WINDOW_RIM = 0.055;
const SKIRTING_HEIGHT = 0.09;

function drawPane(rng: Rng, plane: number, length: number, instance: number, night: boolean): Pane {
  const half = Math.min(rng.range(0.4, 0.75), length / 2 - 0.3);
  const centre = plane === BACK ? rng.range(half + 0.25, length - half - 0.25) : rng.range(half + 0.2, length * 0.6);
  const v0 = rng.range(0.75, 1);
  const sky: Rgb = night ? rgb(0x1c2740) : rng.pick([0xa9cdf0, 0xc4dcf2, 0xf0d8c0].map(rgb));
  return {
    plane,
    u0: centre - half,
    u1: centre + half,
    v0,
    v1: rng.range(1.95, 2.2),
    columns: half > 0.55 ? 3 : 2,
    instance,
    view: material("glass", "window", sky, { glow: night ? 0.12 : 1.35, phase: rng.float() }),
  };
}

export function drawRoom(rng: Rng): Room {
  const width = rng.range(3.0, 4.1);
  const depth = rng.range(3.4, 4.3);
  const night = rng.chance(0.22);
  const panes: Pane[] = [];
  for (const [plane, chance, length] of [
    [BACK, 0.55, width],
    [0, 0.4, depth],
    [1, 0.4, depth],
  ] as const) {
    if (panes.length < 2 && rng.chance(chance))
      panes.push(drawPane(rng, plane, length, FIRST_PANE_INSTANCE + panes.length, night));
  }
  return {
    width,
    height: rng.range(2.45, 2.8),
    depth,
    wall: palette.wallSurface(rng),
    floor: palette.floorSurface(rng),
    ceiling: material("plaster", "plaster", rgb(0xeeece6), { phase: rng.float() * 9 }),
    skirting: material("wood", "plain", rng.pick([0xf0eee8, 0x7a5a3c].map(rgb)), { gloss: 0.2 }),
    panes,
    rug: rng.chance(0.45) ? drawRug(rng, width, depth) : undefined,
    night,
  };
}

function drawRug(rng: Rng, width: number, depth: number): Rug {
  const yaw = rng.chance(0.6) ? 0 : rng.range(-0.4, 0.4);
  const round = rng.chance(0.3);
  const halfWidth = rng.range(0.75, 1.15);
  return {
    x: width * rng.range(0.4, 0.6),
    z: depth * rng.range(0.35, 0.55),
    halfWidth,
    halfDepth: round ? halfWidth : rng.range(0.5, 0.8),
    cosine: Math.cos(yaw),
    sine: Math.sin(yaw),
    round,
    surface: palette.rugSurface(rng),
  };
}

/** What lies at a point of a plane: mutable, because it is filled once per ray. */
export interface SurfacePoint {
  semClass: number;
  instance: number;
  material: Material;
  u: number;
  v: number;
}

/** The pane that holds (u, v) of a wall, if any. */
export function paneAt(room: Room, plane: number, u: number, v: number): Pane | undefined {
  for (const pane of room.panes) {
    if (pane.plane === plane && u >= pane.u0 && u <= pane.u1 && v >= pane.v0 && v <= pane.v1) return pane;
  }
  return undefined;
}

/** Whether (u, v) of a pane is glass, and not rim or bar: what the sun comes through. */
export function isGlass(pane: Pane, u: number, v: number): boolean {
  if (Math.min(u - pane.u0, pane.u1 - u, v - pane.v0, pane.v1 - v) < WINDOW_RIM) return false;
  const cell = ((u - pane.u0) / (pane.u1 - pane.u0)) * pane.columns;
  const bar = Math.abs(cell - Math.round(cell)) * ((pane.u1 - pane.u0) / pane.columns);
  return bar > 0.02 && Math.abs(v - pane.v0 - (pane.v1 - pane.v0) * 0.62) > 0.02;
}

const paneFrame = material("wood", "plain", rgb(0xf2f0ea), { gloss: 0.25, shininess: 30 });

/** Fills out with what covers point (x, y, z) of a plane. */
export function surfaceAt(room: Room, plane: number, x: number, y: number, z: number, out: SurfacePoint): void {
  out.instance = plane;
  if (plane === FLOOR || plane === CEILING) {
    out.semClass = plane === FLOOR ? semantic.floor : semantic.ceiling;
    out.material = plane === FLOOR ? room.floor : room.ceiling;
    out.u = x;
    out.v = z;
    if (plane === FLOOR && room.rug) onRug(room.rug, x, z, out);
    return;
  }
  const u = plane < 2 ? z : x;
  out.u = u;
  out.v = y;
  out.semClass = semantic.wall;
  out.material = y < SKIRTING_HEIGHT ? room.skirting : room.wall;
  const pane = paneAt(room, plane, u, y);
  if (!pane) return;
  out.semClass = semantic.window;
  out.instance = pane.instance;
  if (isGlass(pane, u, y)) {
    out.material = pane.view;
    out.v = y - (pane.v0 + pane.v1) / 2;
  } else out.material = paneFrame;
}

function onRug(rug: Rug, x: number, z: number, out: SurfacePoint): void {
  const dx = x - rug.x;
  const dz = z - rug.z;
  const u = (dx * rug.cosine - dz * rug.sine) / rug.halfWidth;
  const v = (dx * rug.sine + dz * rug.cosine) / rug.halfDepth;
  if (rug.round ? u * u + v * v > 1 : Math.abs(u) > 1 || Math.abs(v) > 1) return;
  out.instance = RUG_INSTANCE;
  out.material = rug.surface;
  out.u = u;
  out.v = v;
}
