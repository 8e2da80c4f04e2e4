/** Floor lamps, lamp shades and potted plants. */
import { semantic } from "./classes";
import { type Material, material, rgb } from "./materials";
import * as palette from "./palette";
import type { Piece } from "./piece";
import type { Rng } from "./random";
import type { Tag } from "./solids";

/** Colour of lamplight. */
export const warmLight = rgb(0xffd9a0);

export function shadeMaterial(rng: Rng, on: boolean): Material {
  const base = rng.pick([0xf6e3c0, 0xf2f0e8, 0xe8b48a].map(rgb));
  return material("fabric", "plain", base, { glow: on ? 1.1 : 0.65, gloss: 0 });
}

export function floorLamp(rng: Rng): Piece {
  const height = rng.range(1.45, 1.75);
  const r = rng.range(0.2, 0.27);
  const pole = palette.metal(rng);
  const shade = shadeMaterial(rng, rng.chance(0.75));
  return {
    halfWidth: r,
    halfDepth: r,
    height,
    build(solids, frame, instance) {
      const tag = (m: Material, castsShadow = true): Tag => ({
        material: m,
        semClass: semantic.lamp,
        instance,
        castsShadow,
      });
      solids.cone(tag(pole), frame.point(0, 0, 0), frame.point(0, 0.03, 0), 0.16, 0.15);
      solids.cone(tag(pole), frame.point(0, 0.03, 0), frame.point(0, height - 0.1, 0), 0.022);
      solids.cone(tag(shade, false), frame.point(0, height - 0.36, 0), frame.point(0, height, 0), r, r * 0.68);
    },
  };
}

export function plant(rng: Rng): Piece {
  const pot = palette.ceramic(rng);
  const green = palette.leaf(rng);
  const stem = material("wood", "plain", rgb(0x5a4a30));
  const potHeight = rng.range(0.28, 0.42);
  const potRadius = rng.range(0.15, 0.2);
  const bushy = rng.chance(0.4);
  const trunk = rng.range(0.15, 0.45);
  const count = bushy ? 9 : 13;
  const leaves = Array.from({ length: count }, (_, i) => ({
    yaw: i * 2.4 + rng.range(-0.3, 0.3),
    tilt: rng.range(0.25, 1.25),
    length: rng.range(0.2, 0.34),
    size: rng.range(0.13, 0.2),
  }));
  return {
    halfWidth: 0.27,
    halfDepth: 0.27,
    height: potHeight,
    build(solids, frame, instance) {
      const tag = (m: Material): Tag => ({ material: m, semClass: semantic.plant, instance });
      solids.cone(tag(pot), frame.point(0, 0, 0), frame.point(0, potHeight, 0), potRadius * 0.72, potRadius);
      const top = potHeight + trunk;
      solids.capsule(tag(stem), frame.point(0, potHeight - 0.02, 0), frame.point(0, top, 0), 0.03, 0.02);
      leaves.forEach((leaf, i) => {
        const level = top - (i / count) * trunk * 0.8;
        const arm = frame.child(0, level, 0, 0, leaf.yaw);
        const blade = arm.child(0, 0, 0, -leaf.tilt);
        const reach = bushy ? leaf.length * 0.6 : leaf.length;
        const place = blade.child(0, reach, 0);
        solids.ellipsoid(
          tag(green),
          place,
          bushy ? [leaf.size, leaf.size * 0.9, leaf.size] : [0.085, leaf.length, 0.022],
        );
      });
    },
  };
}
