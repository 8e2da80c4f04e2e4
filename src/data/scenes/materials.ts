/**
 * Surfaces: a substance, a pattern with two colours, and how it shines. Colours are linear light, 0 to 1.
 * Patterns are functions of surface coordinates (u, v) in metres (arc lengths on round solids), v upwards.
 */
import type { Substance, textureBuckets } from "./classes";

export type Rgb = readonly [number, number, number];

export type Pattern =
  | "plain"
  | "plaster"
  | "weave"
  | "stripes"
  | "plaid"
  | "dots"
  | "planks"
  | "grain"
  | "tiles"
  | "books"
  | "doors"
  | "painting"
  | "screen"
  | "window"
  | "rug"
  | "face"
  | "leaf";

export interface Material {
  readonly substance: Substance;
  readonly pattern: Pattern;
  readonly base: Rgb;
  readonly accent: Rgb;
  /** Length of one repeat in metres; for pictures the half width, for faces and leaves the radius. */
  readonly scale: number;
  /** Second length where a pattern has two: half height of a picture, height of a door, radius of a face upwards. */
  readonly aspect: number;
  /** Strength of the highlight, 0 to 1, and its exponent. */
  readonly gloss: number;
  readonly shininess: number;
  /** Emitted light as a multiple of the colour. */
  readonly glow: number;
  /** Shifts the pattern, so that two surfaces of one pattern differ. */
  readonly phase: number;
}

/** Colour from 0xRRGGBB in sRGB to linear light. */
export function rgb(hex: number): Rgb {
  const linear = (byte: number): number => (byte / 255) ** 2.2;
  return [linear((hex >> 16) & 255), linear((hex >> 8) & 255), linear(hex & 255)];
}

const standard = { scale: 0.2, aspect: 0.2, gloss: 0, shininess: 20, glow: 0, phase: 0 };

/** Written out field by field, so that all materials have one hidden class and shading stays monomorphic. */
export function material(substance: Substance, pattern: Pattern, base: Rgb, rest: Partial<Material> = {}): Material {
  return {
    substance,
    pattern,
    base,
    accent: rest.accent ?? base,
    scale: rest.scale ?? standard.scale,
    aspect: rest.aspect ?? standard.aspect,
    gloss: rest.gloss ?? standard.gloss,
    shininess: rest.shininess ?? standard.shininess,
    glow: rest.glow ?? standard.glow,
    phase: rest.phase ?? standard.phase,
  };
}

/** The texture bucket of each pattern (attributes); the compiler finds a missing one. */
export const textureOf: Record<Pattern, (typeof textureBuckets)[number]> = {
  plain: "even",
  plaster: "even",
  face: "even",
  weave: "fine",
  leaf: "fine",
  dots: "fine",
  stripes: "striped",
  books: "striped",
  planks: "striped",
  plaid: "gridded",
  tiles: "gridded",
  doors: "gridded",
  grain: "grained",
  painting: "pictorial",
  screen: "pictorial",
  window: "pictorial",
  rug: "pictorial",
};
