/** What hangs on walls and ceiling: pictures, lamps, window sills. */
import { semantic } from "./classes";
import { shadeMaterial, warmLight } from "./lampsAndPlants";
import { material, type Rgb, rgb } from "./materials";
import * as palette from "./palette";
import { type Builder, placeOverhead } from "./placement";
import { BACK } from "./room";
import { Frame, type Tag, type Vec3 } from "./solids";

export function addLamp(b: Builder, position: Vec3, radius: number, power: number): void {
  if (b.lamps.length < 2)
    b.lamps.push({ position, radius, color: warmLight.map((value) => value * power) as unknown as Rgb });
}

export function addPictures(b: Builder): void {
  const { rng, room } = b;
  const count = rng.weighted([2, 4, 2]);
  const used: { wall: number; u: number; half: number }[] = room.panes.map((pane) => ({
    wall: pane.plane,
    u: (pane.u0 + pane.u1) / 2,
    half: (pane.u1 - pane.u0) / 2 + 0.06,
  }));
  for (let i = 0, attempt = 0; i < count && attempt < 12; attempt++) {
    const wall = rng.pick([BACK, BACK, 0, 1]);
    const half = [rng.range(0.28, 0.55), rng.range(0.26, 0.45)] as const;
    const length = wall === BACK ? room.width : room.depth * 0.65;
    const u = rng.range(half[0] + 0.15, length - half[0] - 0.15);
    if (used.some((other) => other.wall === wall && Math.abs(other.u - u) < other.half + half[0] + 0.05)) continue;
    used.push({ wall, u, half: half[0] });
    const y = rng.range(1.5, 1.75);
    const frame =
      wall === BACK
        ? Frame.standing(u, 0.02, 0, y)
        : Frame.standing(wall === 0 ? 0.02 : room.width - 0.02, u, wall === 0 ? Math.PI / 2 : -Math.PI / 2, y);
    const tag: Tag = {
      material: palette.pictureSurface(rng, ...half),
      semClass: semantic.picture,
      instance: b.instance(),
    };
    b.solids.box(tag, frame, [half[0], half[1], 0.02]);
    i++;
  }
}

/** The ceiling's light: a pendant that is seen, or a flat bowl. */
export function addCeilingLamp(b: Builder): void {
  const { rng, room, solids } = b;
  const pendant = rng.chance(0.5);
  const [px, pz] = placeOverhead(b);
  const drop = pendant ? rng.range(0.45, 0.75) : 0.1;
  const power = room.night ? rng.range(3.2, 4.4) : rng.range(0.7, 1.9);
  const instance = b.instance();
  const tag = (m: Tag["material"], castsShadow: boolean): Tag => ({
    material: m,
    semClass: semantic.lamp,
    instance,
    castsShadow,
  });
  const shade = shadeMaterial(rng, room.night || rng.chance(0.5));
  const y = room.height - drop;
  if (!pendant) solids.cone(tag(shade, false), [px, y, pz], [px, room.height, pz], 0.19, 0.24);
  else {
    solids.cone(tag(palette.metal(rng), false), [px, y, pz], [px, room.height, pz], 0.012);
    if (rng.chance(0.5)) solids.sphere(tag(shade, false), [px, y - 0.1, pz], rng.range(0.17, 0.22));
    else solids.cone(tag(shade, false), [px, y - 0.22, pz], [px, y, pz], rng.range(0.24, 0.32), 0.08);
  }
  addLamp(b, [px, y - 0.12, pz], 0.16, power);
}

/** Window sills, so that windows stand out of the wall. */
export function addSills(b: Builder): void {
  const { room } = b;
  const white = material("wood", "plain", rgb(0xf2f0ea), { gloss: 0.25, shininess: 30 });
  for (const pane of room.panes) {
    const u = (pane.u0 + pane.u1) / 2;
    const half = (pane.u1 - pane.u0) / 2 + 0.04;
    const y = pane.v0 - 0.02;
    const tag: Tag = { material: white, semClass: semantic.window, instance: pane.instance };
    if (pane.plane === BACK) b.solids.box(tag, Frame.standing(u, 0.05, 0, y), [half, 0.02, 0.05]);
    else
      b.solids.box(tag, Frame.standing(pane.plane === 0 ? 0.05 : room.width - 0.05, u, Math.PI / 2, y), [
        half,
        0.02,
        0.05,
      ]);
  }
}
