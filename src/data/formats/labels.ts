/** Label maps from PNG files, one decoder per kind of label. Each returns [H,W,C] with `IGNORE` where the file marks no label. */
import type { LabelFormat } from "../../contracts/labelFormat";
import { IGNORE, type LabelMap } from "../../contracts/sample";
import { type PngPixels, pngToRgb } from "../io/png";

type Kind = LabelFormat["kind"];
type Decoders = { readonly [K in Kind]: (png: PngPixels, format: Extract<LabelFormat, { kind: K }>) => LabelMap };

/** Decoded directions outside this range of lengths are marks for "unlabelled", such as black or mid-grey. */
const UNIT_LENGTHS = { shortest: 0.5, longest: 1.5 } as const;
const METRES_PER_MILLIMETRE = 0.001;

const decoders: Decoders = {
  classes: decodeClasses,
  binary: decodeHalfAsOne,
  unit: decodeUnit,
  depth: decodeDepth,
  regression: decodeNumbers,
};

/** How the plain layout's PNG of a task is read. @throws where the file is of another kind. */
export const decodeLabel = (png: PngPixels, format: LabelFormat): LabelMap =>
  (decoders[format.kind] as (png: PngPixels, format: LabelFormat) => LabelMap)(png, format);

/** Class index per pixel, palette or grey, 255 ignored. */
function decodeClasses(png: PngPixels): LabelMap {
  if (png.channels !== 1 || png.depth > 8) {
    throw new Error(
      `A class map must be an 8-bit PNG with one class index per pixel (grey or palette), but it has ${png.channels} ` +
        `channels of ${png.depth} bits. Convert colours to class indices, 255 for pixels without a class.`,
    );
  }
  return mapOf(png, 1, Float32Array.from(png.data));
}

/** 1 where the brightness is above half of the range (8 bits: from 128), else 0. */
function decodeHalfAsOne(png: PngPixels): LabelMap {
  const { data } = pngToRgb(png);
  const brightness = (pixel: number): number => (data[3 * pixel]! + data[3 * pixel + 1]! + data[3 * pixel + 2]!) / 3;
  return mapOf(
    png,
    1,
    Float32Array.from({ length: png.width * png.height }, (_, pixel) => (brightness(pixel) > 127.5 ? 1 : 0)),
  );
}

/** 2 v / max - 1 per channel, made unit; colours that are far from unit length mark no label. */
function decodeUnit(png: PngPixels): LabelMap {
  if (png.channels < 3) {
    throw new Error(
      `A map of directions must be a PNG with red, green and blue as x, y and z, but it has ${png.channels} channel(s).`,
    );
  }
  const pixels = png.width * png.height;
  const scale = 2 / (2 ** png.depth - 1);
  const vectors = new Float32Array(3 * pixels).fill(IGNORE);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const x = png.data[pixel * png.channels]! * scale - 1;
    const y = png.data[pixel * png.channels + 1]! * scale - 1;
    const z = png.data[pixel * png.channels + 2]! * scale - 1;
    const length = Math.sqrt(x * x + y * y + z * z);
    if (length < UNIT_LENGTHS.shortest || length > UNIT_LENGTHS.longest) continue;
    vectors[3 * pixel] = x / length;
    vectors[3 * pixel + 1] = y / length;
    vectors[3 * pixel + 2] = z / length;
  }
  return mapOf(png, 3, vectors);
}

/** 16-bit millimetres → metres; 0 is unlabelled. */
function decodeDepth(png: PngPixels): LabelMap {
  if (png.channels !== 1 || png.depth !== 16) {
    throw new Error(
      `A depth map must be a 16-bit grey PNG in millimetres (0 = unlabelled), but it has ${png.channels} channel(s) of ` +
        `${png.depth} bits. Convert metres to millimetres and save 16 bits per pixel.`,
    );
  }
  return mapOf(
    png,
    1,
    Float32Array.from(png.data, (millimetres) => (millimetres === 0 ? IGNORE : millimetres * METRES_PER_MILLIMETRE)),
  );
}

/** IGNORE stands for "no label", so a label of 255 becomes the next larger float32 number. */
const NEXT_TO_IGNORE = 255 + 2 ** -16;

/** The first channels of the file · scale + offset, each number by itself; the mark for "unlabelled" is a number of the file. */
function decodeNumbers(
  png: PngPixels,
  { channels, scale, offset, unlabelled }: Extract<LabelFormat, { kind: "regression" }>,
): LabelMap {
  if (png.palette || png.channels < channels) {
    throw new Error(
      `A regression map of ${channels} channel(s) must be a PNG of at least as many, without a palette, but it has ` +
        `${png.palette ? "a palette" : png.channels}. Save the numbers as grey or as red, green, blue of 8 or 16 bits.`,
    );
  }
  const numbers = new Float32Array(png.width * png.height * channels);
  for (let i = 0; i < numbers.length; i++) {
    const raw = png.data[Math.floor(i / channels) * png.channels + (i % channels)]!;
    const value = Math.fround(raw * scale + offset);
    numbers[i] = raw === unlabelled ? IGNORE : value === IGNORE ? NEXT_TO_IGNORE : value;
  }
  return mapOf(png, channels, numbers);
}

function mapOf({ width, height }: PngPixels, channels: number, data: Float32Array): LabelMap {
  return { width, height, channels, data };
}
