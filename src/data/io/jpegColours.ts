/**
 * A JPEG's brightness and two colour differences → red, green, blue, as libjpeg has them, with which published loaders read photographs.
 * The differences are mostly stored at half the size: in between they are mixed 3 to 1 (libjpeg's "fancy upsampling", jdsample.c), and
 * colours are rounded in fixed point (jdcolor.c).
 *
 * Letters: H and W the picture's height and width, h and w those of a component that is stored at half the size.
 */
import type { JpegFrame } from "./jpegParts";

/** Components of so few columns libjpeg repeats. */
const FEWEST_COLUMNS = 3;

/** pixels: [H,W,3] of the components as they are stored, each value repeated over what it covers; in place. */
export function jpegColours(pixels: Uint8Array, { width, height, covers, isRgb }: JpegFrame): void {
  for (const [component, { across, down }] of covers.entries()) {
    const halved = (across === 2 || across === 1) && (down === 2 || down === 1) && across * down > 1;
    const isMixed = halved && (across === 1 || Math.ceil(width / 2) >= FEWEST_COLUMNS);
    if (isMixed) mixComponent(pixels, width, height, { component, across, down });
  }
  if (!isRgb) toRgb(pixels);
}

/**
 * A pixel lies nearer to the stored value that covers it than to the next one on its side, by 3 to 1 along each axis that is halved; beyond
 * the border the last one is repeated. What is added before the shift alternates, so that rounding has no bias.
 */
function mixComponent(
  pixels: Uint8Array,
  width: number,
  height: number,
  { component, across, down }: { component: number; across: number; down: number },
): void {
  const [w, h] = [Math.ceil(width / across), Math.ceil(height / down)];
  const stored = new Uint8Array(w * h);
  for (let row = 0; row < h; row++)
    for (let column = 0; column < w; column++)
      stored[row * w + column] = pixels[3 * (row * down * width + column * across) + component]!;
  const sums = new Uint16Array(w);
  const both = across === 2 && down === 2;
  for (let y = 0; y < height; y++) {
    const near = down === 2 ? (y >> 1) * w : y * w;
    const far = down === 2 ? farOf(y, h) * w : near;
    for (let column = 0; column < w; column++)
      sums[column] = down === 2 ? 3 * stored[near + column]! + stored[far + column]! : stored[near + column]!;
    for (let x = 0; x < width; x++) {
      const sum = across === 2 ? 3 * sums[x >> 1]! + sums[farOf(x, w)]! : sums[x]!;
      const isFirst = (across === 2 ? x : y) % 2 === 0;
      const mixed = both ? (sum + (isFirst ? 8 : 7)) >> 4 : (sum + (isFirst ? 1 : 2)) >> 2;
      pixels[3 * (y * width + x) + component] = mixed;
    }
  }
}

/** The stored value beside that which covers a place, on the side where the place lies. */
function farOf(place: number, count: number): number {
  const far = (place >> 1) + (place % 2 === 0 ? -1 : 1);
  return far < 0 ? 0 : far < count ? far : count - 1;
}

/** With 16 bits behind the point: R = Y + 1.402 Cr, G = Y - 0.344 Cb - 0.714 Cr, B = Y + 1.772 Cb, Cb and Cr counted from 128. */
const FIXED = { redOfCr: 91_881, greenOfCb: 22_554, greenOfCr: 46_802, blueOfCb: 116_130, half: 32_768 } as const;

function toRgb(pixels: Uint8Array): void {
  for (let at = 0; at < pixels.length; at += 3) {
    const y = pixels[at]!;
    const cb = pixels[at + 1]! - 128;
    const cr = pixels[at + 2]! - 128;
    pixels[at] = clamp(y + ((FIXED.redOfCr * cr + FIXED.half) >> 16));
    pixels[at + 1] = clamp(y + ((FIXED.half - FIXED.greenOfCb * cb - FIXED.greenOfCr * cr) >> 16));
    pixels[at + 2] = clamp(y + ((FIXED.blueOfCb * cb + FIXED.half) >> 16));
  }
}

const clamp = (value: number): number => Math.min(Math.max(value, 0), 255);
