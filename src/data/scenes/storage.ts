/** Bookshelves, cupboards and sideboards. */
import { semantic } from "./classes";
import { type Material, material, rgb } from "./materials";
import * as palette from "./palette";
import type { Piece } from "./piece";
import type { Rng } from "./random";
import type { Tag } from "./solids";

export function bookshelf(rng: Rng): Piece {
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

export function cupboard(rng: Rng): Piece {
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
export function sideboard(rng: Rng): Piece {
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
