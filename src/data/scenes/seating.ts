/** Tables, chairs, sofas and beds. */
import { semantic } from "./classes";
import type { Material } from "./materials";
import * as palette from "./palette";
import { corners, type Piece } from "./piece";
import type { Rng } from "./random";
import type { Tag } from "./solids";

export function table(rng: Rng): Piece {
  const low = rng.chance(0.3);
  const height = low ? rng.range(0.42, 0.5) : rng.range(0.72, 0.8);
  const round = rng.chance(0.3);
  const w = round ? rng.range(0.45, 0.65) : rng.range(0.5, 0.8);
  const d = round ? w : rng.range(0.35, 0.5);
  const surface = palette.carpentry(rng);
  const legs = rng.chance(0.3) ? palette.metal(rng) : surface;
  const splay = rng.range(0, 0.05);
  const square = rng.chance(0.5);
  const bowl = rng.chance(0.5) ? palette.ceramic(rng) : undefined;
  return {
    halfWidth: w,
    halfDepth: d,
    height,
    build(solids, frame, instance) {
      const tag = (m: Material): Tag => ({ material: m, semClass: semantic.table, instance });
      if (round) {
        solids.cone(tag(surface), frame.point(0, height - 0.05, 0), frame.point(0, height, 0), w);
        solids.cone(tag(legs), frame.point(0, 0.03, 0), frame.point(0, height - 0.05, 0), 0.05);
        solids.cone(tag(legs), frame.point(0, 0, 0), frame.point(0, 0.04, 0), w * 0.55);
      } else {
        solids.box(tag(surface), frame.child(0, height - 0.03, 0), [w, 0.03, d], 0.012);
        for (const [sx, sz] of corners) {
          const x = sx * (w - 0.07);
          const z = sz * (d - 0.07);
          if (square) solids.box(tag(legs), frame.child(x, height / 2 - 0.03, z), [0.035, height / 2 - 0.03, 0.035]);
          else
            solids.cone(
              tag(legs),
              frame.point(x + sx * splay, 0, z + sz * splay),
              frame.point(x, height - 0.06, z),
              0.024,
              0.036,
            );
        }
        if (square) solids.box(tag(surface), frame.child(0, height - 0.1, 0), [w - 0.08, 0.04, d - 0.08]);
      }
      if (bowl) solids.cone(tag(bowl), frame.point(0.1, height, 0), frame.point(0.1, height + 0.09, 0), 0.06, 0.14);
    },
  };
}

export function chair(rng: Rng): Piece {
  const height = rng.range(0.44, 0.48);
  const back = rng.range(0.42, 0.56);
  const surface = palette.carpentry(rng);
  const cushion = rng.chance(0.6) ? palette.fabric(rng) : surface;
  const slats = rng.chance(0.4);
  const w = rng.range(0.22, 0.26);
  return {
    halfWidth: w + 0.02,
    halfDepth: w + 0.04,
    height: height + 0.02,
    build(solids, frame, instance) {
      const tag = (m: Material): Tag => ({ material: m, semClass: semantic.chair, instance });
      solids.box(tag(cushion), frame.child(0, height - 0.02, 0), [w, 0.045, w], 0.03);
      for (const [sx, sz] of corners) {
        solids.cone(
          tag(surface),
          frame.point(sx * w, 0, sz * w),
          frame.point(sx * (w - 0.03), height - 0.04, sz * (w - 0.03)),
          0.02,
          0.028,
        );
      }
      const rest = frame.child(0, height, -w + 0.02, 0.14);
      if (slats) {
        for (const x of [-1, 1])
          solids.capsule(tag(surface), rest.point(x * (w - 0.02), 0, 0), rest.point(x * (w - 0.02), back, 0), 0.026);
        for (const y of [0.4, 0.7, 1])
          solids.box(tag(surface), rest.child(0, back * y - 0.03, 0), [w - 0.02, 0.04, 0.014], 0.01);
      } else {
        solids.box(tag(cushion), rest.child(0, back * 0.58, 0), [w, back * 0.42, 0.035], 0.03);
        for (const x of [-1, 1])
          solids.cone(tag(surface), rest.point(x * (w - 0.05), 0, 0), rest.point(x * (w - 0.05), back * 0.3, 0), 0.02);
      }
    },
  };
}

export function sofa(rng: Rng): Piece {
  const w = rng.range(0.75, 1.05);
  const seat = 0.43;
  const cloth = palette.fabric(rng);
  const cushions = rng.chance(0.3) ? palette.fabric(rng) : cloth;
  const pillow = palette.fabric(rng);
  const seats = w > 0.92 ? 3 : 2;
  const pillows = rng.int(3);
  const arm = rng.range(0.09, 0.13);
  const turn = rng.range(-0.3, 0.3);
  return {
    halfWidth: w + arm * 2,
    halfDepth: 0.45,
    height: seat + 0.03,
    build(solids, frame, instance) {
      const tag = (m: Material): Tag => ({ material: m, semClass: semantic.sofa, instance });
      solids.box(tag(cloth), frame.child(0, 0.19, 0), [w, 0.13, 0.42], 0.04);
      solids.box(tag(cloth), frame.child(0, 0.5, -0.34, 0.12), [w, 0.37, 0.11], 0.08);
      for (const side of [-1, 1])
        solids.box(tag(cloth), frame.child(side * (w + arm - 0.02), 0.35, 0.01), [arm, 0.29, 0.44], 0.08);
      const step = (2 * w) / seats;
      for (let i = 0; i < seats; i++) {
        const x = -w + step * (i + 0.5);
        solids.box(tag(cushions), frame.child(x, seat - 0.06, 0.08), [step / 2 - 0.006, 0.08, 0.36], 0.05);
        solids.box(tag(cushions), frame.child(x, 0.64, -0.2, 0.16), [step / 2 - 0.006, 0.2, 0.09], 0.07);
      }
      for (let i = 0; i < pillows; i++) {
        const side = i === 0 ? -1 : 1;
        const place = frame.child(side * (w - 0.2), 0.6, -0.03, 0.35, turn + side * -0.2);
        solids.box(tag(pillow), place, [0.2, 0.19, 0.07], 0.07);
      }
    },
  };
}

export function bed(rng: Rng): Piece {
  const w = rng.range(0.5, 0.85);
  const frameWood = palette.wood(rng);
  const sheet = palette.linen(rng);
  const blanket = palette.fabric(rng);
  const fold = rng.range(0.2, 0.5);
  return {
    halfWidth: w + 0.04,
    halfDepth: 1.02,
    height: 0.53,
    build(solids, frame, instance) {
      const tag = (m: Material): Tag => ({ material: m, semClass: semantic.bed, instance });
      solids.box(tag(frameWood), frame.child(0, 0.2, 0), [w + 0.03, 0.1, 1]);
      for (const [sx, sz] of corners) {
        solids.box(tag(frameWood), frame.child(sx * (w - 0.05), 0.06, sz * 0.92), [0.04, 0.06, 0.04]);
      }
      solids.box(tag(frameWood), frame.child(0, 0.55, -0.99), [w + 0.04, 0.5, 0.03], 0.02);
      solids.box(tag(sheet), frame.child(0, 0.4, 0.02), [w, 0.13, 0.96], 0.07);
      solids.box(tag(blanket), frame.child(0, 0.41, fold), [w + 0.025, 0.145, 0.99 - fold], 0.07);
      const pillows = w > 0.65 ? [-0.5, 0.5] : [0];
      for (const x of pillows)
        solids.box(tag(sheet), frame.child(x * w, 0.58, -0.7, 0.3), [Math.min(0.34, w * 0.44), 0.075, 0.2], 0.07);
    },
  };
}
