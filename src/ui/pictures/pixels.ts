/** What the colours of a picture stand for. */
import type { Legend } from "../../contracts/catalogue";
import type { Picture } from "../../contracts/picture";

/** A place in a picture, both coordinates from 0 to 1. */
export interface Place {
  readonly u: number;
  readonly v: number;
}

type Rgb = readonly [number, number, number];

const code = ([red, green, blue]: Rgb): number => (red << 16) | (green << 8) | blue;

/** The colour under a place; null where the picture is transparent (not labelled). */
function colourAt(picture: Picture, { u, v }: Place): Rgb | null {
  const x = Math.min(picture.width - 1, Math.max(0, Math.floor(u * picture.width)));
  const y = Math.min(picture.height - 1, Math.max(0, Math.floor(v * picture.height)));
  const [red, green, blue, alpha] = picture.rgba.subarray(4 * (y * picture.width + x));
  return alpha === 0 ? null : [red!, green!, blue!];
}

/** The class's name under a place; "not labelled" where there is none; null where colours have no names. */
export function nameAt(picture: Picture | null, legend: Legend, place: Place): string | null {
  if (!picture || legend.length === 0) return null;
  const colour = colourAt(picture, place);
  if (!colour) return "not labelled";
  return legend.find((entry) => code(entry.color) === code(colour))?.name ?? null;
}

/** More entries than these are not all shown: only those of the classes that can be seen. */
const MOST_ENTRIES = 24;

/**
 * The legend's entries, of a long one those whose colours are in any of the pictures. A short one stays as it is when the pictures change, so
 * that nothing moves. None where a picture has other colours too: then the pictures follow
 * another legend (a user's own classes), and names would be wrong.
 */
export function shownEntries(pictures: readonly (Picture | null)[], legend: Legend): Legend {
  if (legend.length === 0) return legend;
  const seen = new Set<number>();
  for (const picture of pictures) {
    if (!picture) continue;
    const { rgba } = picture;
    for (let i = 0; i < rgba.length; i += 4)
      if (rgba[i + 3] !== 0) seen.add((rgba[i]! << 16) | (rgba[i + 1]! << 8) | rgba[i + 2]!);
  }
  const present = legend.filter((entry) => seen.has(code(entry.color)));
  if (new Set(present.map(({ color }) => code(color))).size !== seen.size) return [];
  return legend.length > MOST_ENTRIES ? present : legend;
}
