/**
 * Furniture out of boxes, cylinders, capsules and ellipsoids. Every builder draws its style first, so that its footprint is known before
 * a place is found, and then builds into a frame that stands on the floor with its back towards -z.
 */
import { semantic } from "./classes";
import { type Material, material, rgb } from "./materials";
import * as palette from "./palette";
import type { Rng } from "./random";
import { Frame, type Solids, type Tag } from "./solids";

export type FurnitureKind =
  | "table"
  | "chair"
  | "sofa"
  | "bed"
  | "bookshelf"
  | "cupboard"
  | "sideboard"
  | "floorLamp"
  | "plant";

/** Half sizes of the footprint, the height of its seat or top, and how to build it as instance n. */
export interface Piece {
  readonly halfWidth: number;
  readonly halfDepth: number;
  readonly height: number;
  build(solids: Solids, frame: Frame, instance: number): void;
}

type Maker = (rng: Rng) => Piece;

function table(rng: Rng): Piece {
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
        for (const [sx, sz] of [
          [-1, -1],
          [1, -1],
          [-1, 1],
          [1, 1],
        ] as const) {
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

function chair(rng: Rng): Piece {
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
      for (const [sx, sz] of [
        [-1, -1],
        [1, -1],
        [-1, 1],
        [1, 1],
      ] as const) {
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

function sofa(rng: Rng): Piece {
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

function bed(rng: Rng): Piece {
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
      for (const [sx, sz] of [
        [-1, -1],
        [1, -1],
        [-1, 1],
        [1, 1],
      ] as const) {
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

function bookshelf(rng: Rng): Piece {
  const w = rng.range(0.4, 0.6);
  const d = 0.17;
  const shelves = 3 + rng.int(3);
  const step = rng.range(0.34, 0.38);
  const h = shelves * step + 0.08;
  const surface = palette.carpentry(rng);
  const rows = Array.from({ length: shelves }, () => ({
    from: rng.range(-w + 0.04, -w * 0.5),
    to: rng.range(w * 0.3, w - 0.04),
    empty: rng.chance(0.12),
    books: material("paper", "books", surface.base, { scale: rng.range(0.05, 0.075), phase: rng.int(97), gloss: 0.1 }),
  }));
  return {
    halfWidth: w,
    halfDepth: d,
    height: h,
    build(solids, frame, instance) {
      const tag = (m: Material): Tag => ({ material: m, semClass: semantic.cabinet, instance });
      for (const side of [-1, 1])
        solids.box(tag(surface), frame.child(side * (w - 0.012), h / 2, 0), [0.015, h / 2, d]);
      solids.box(tag(surface), frame.child(0, h / 2, -d + 0.01), [w, h / 2, 0.01]);
      for (let i = 0; i <= shelves; i++)
        solids.box(tag(surface), frame.child(0, 0.04 + i * step, 0), [w - 0.02, 0.014, d]);
      rows.forEach((row, i) => {
        if (row.empty) return;
        const height = (step - 0.05) / 2;
        const books = material("paper", "books", surface.base, { ...row.books, aspect: height * 2 });
        solids.box(tag(books), frame.child((row.from + row.to) / 2, 0.055 + i * step + height, -0.02), [
          (row.to - row.from) / 2,
          height,
          d - 0.05,
        ]);
      });
    },
  };
}

function cupboard(rng: Rng): Piece {
  const w = rng.range(0.4, 0.7);
  const h = rng.range(0.6, 0.98);
  const d = rng.range(0.22, 0.28);
  const side = palette.carpentry(rng);
  const front = material("wood", "doors", side.base, {
    ...side,
    accent: rgb(0xd8c8a0),
    scale: w - 0.02,
    aspect: rng.chance(0.5) ? 2 * h : h / 1.5,
  });
  return {
    halfWidth: w + 0.01,
    halfDepth: d + 0.01,
    height: 2 * h + 0.06,
    build(solids, frame, instance) {
      const tag = (m: Material): Tag => ({ material: m, semClass: semantic.cabinet, instance });
      solids.box(tag(side), frame.child(0, h + 0.03, 0), [w, h, d]);
      solids.box(tag(front), frame.child(0, h + 0.03, d), [w - 0.02, h - 0.02, 0.012]);
      solids.box(tag(side), frame.child(0, 2 * h + 0.045, 0), [w + 0.03, 0.02, d + 0.03], 0.01);
    },
  };
}

/** A low cabinet, half of them with a screen on top. */
function sideboard(rng: Rng): Piece {
  const w = rng.range(0.6, 0.85);
  const h = rng.range(0.24, 0.34);
  const d = 0.22;
  const side = palette.carpentry(rng);
  const front = material("wood", "doors", side.base, {
    ...side,
    accent: rgb(0x8d9095),
    scale: (2 * w) / 3,
    aspect: 2 * h,
  });
  const half = [rng.range(0.45, 0.62), rng.range(0.27, 0.35)] as const;
  const screen = rng.chance(0.65) ? palette.screenSurface(rng, half[0], half[1]) : undefined;
  const casing = material("glass", "plain", rgb(0x18191b), { gloss: 0.5, shininess: 60 });
  const vase = palette.ceramic(rng);
  return {
    halfWidth: w,
    halfDepth: d,
    height: 2 * h + 0.1,
    build(solids, frame, instance) {
      const tag = (m: Material): Tag => ({ material: m, semClass: semantic.cabinet, instance });
      solids.box(tag(side), frame.child(0, h + 0.1, 0), [w, h, d], 0.01);
      solids.box(tag(front), frame.child(0, h + 0.1, d), [w - 0.02, h - 0.02, 0.01]);
      for (const x of [-1, 1]) solids.box(tag(side), frame.child(x * (w - 0.1), 0.05, 0), [0.03, 0.05, d - 0.05]);
      const top = 2 * h + 0.1;
      if (!screen) {
        solids.capsule(tag(vase), frame.point(-w * 0.4, top + 0.1, 0), frame.point(-w * 0.4, top + 0.26, 0), 0.1, 0.05);
        return;
      }
      const glass: Tag = { material: screen, semClass: semantic.picture, instance: instance + 1 };
      solids.box({ ...glass, material: casing }, frame.child(0, top + 0.02, 0), [0.2, 0.02, 0.1], 0.01);
      solids.box({ ...glass, material: casing }, frame.child(0, top + 0.06, -0.02), [0.04, 0.06, 0.02]);
      solids.box(glass, frame.child(0, top + 0.1 + half[1], 0), [half[0], half[1], 0.025]);
    },
  };
}

/** Colour of lamplight. */
export const warmLight = rgb(0xffd9a0);

export function shadeMaterial(rng: Rng, on: boolean): Material {
  const base = rng.pick([0xf6e3c0, 0xf2f0e8, 0xe8b48a].map(rgb));
  return material("fabric", "plain", base, { glow: on ? 1.1 : 0.65, gloss: 0 });
}

function floorLamp(rng: Rng): Piece {
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

function plant(rng: Rng): Piece {
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
        const blade = new Frame(arm.origin, arm.x, arm.y, arm.z).child(0, 0, 0, -leaf.tilt);
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

export const furniture: Record<FurnitureKind, Maker> = {
  table,
  chair,
  sofa,
  bed,
  bookshelf,
  cupboard,
  sideboard,
  floorLamp,
  plant,
};
