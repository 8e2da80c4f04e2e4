/** Random changes of a picture's colours. */
import type { Draw } from "./draw";

/** Luma of ITU-R BT.601. */
const LUMA = { red: 0.299, green: 0.587, blue: 0.114 } as const;

/**
 * Brightness, then contrast about the picture's mean grey, then saturation about each pixel's grey; pixels: [S,S,3], in place.
 * `places`: -1 where the square lies beyond the picture, which stays as it is and has no part in the mean.
 */
export function jitterColours(
  pixels: Float32Array,
  { brightness, contrast, saturation }: Draw,
  places: Int32Array | undefined,
): void {
  if (brightness === 1 && contrast === 1 && saturation === 1) return;
  const isOutside = (at: number): boolean => places !== undefined && places[at / 3]! < 0;
  const grey = (at: number): number =>
    LUMA.red * pixels[at]! + LUMA.green * pixels[at + 1]! + LUMA.blue * pixels[at + 2]!;
  let sum = 0;
  let count = 0;
  for (let at = 0; at < pixels.length; at += 3) {
    if (isOutside(at)) continue;
    sum += grey(at);
    count++;
  }
  const mean = sum / count;
  for (let at = 0; at < pixels.length; at += 3) {
    if (isOutside(at)) continue;
    const own = grey(at);
    const shifted = brightness * (mean + contrast * (own - mean));
    for (let c = 0; c < 3; c++) {
      pixels[at + c] = shifted + brightness * contrast * saturation * (pixels[at + c]! - own);
    }
  }
}
