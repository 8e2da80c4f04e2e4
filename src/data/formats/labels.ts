/** Label maps from the values of files, one decoder per kind of label. Each returns [H,W,C] with `IGNORE` where the file marks no label. */

import type { LabelEncoding } from "../../contracts/labelEncoding";
import type { LabelFormat } from "../../contracts/labelFormat";
import { IGNORE, type LabelMap } from "../../contracts/sample";
import { highestValue, isFloat, type Raster } from "../io/raster";

type Kind = LabelFormat["kind"];
type Decoders = {
  readonly [K in Kind]: (file: Raster, format: Extract<LabelFormat, { kind: K }>, reading: LabelEncoding) => LabelMap;
};

/** Decoded directions outside this range of lengths are marks for "unlabelled", such as black or mid-grey. */
const UNIT_LENGTHS = { shortest: 0.5, longest: 1.5 } as const;
const METRES_PER_MILLIMETRE = 0.001;

const decoders: Decoders = {
  classes: (file, _, reading) => decodeClasses(file, reading),
  binary: (file, _, reading) => decodeHalfAsOne(file, reading),
  unit: (file, _, reading) => decodeUnit(file, reading),
  depth: (file, _, reading) => decodeDepth(file, reading),
  regression: decodeNumbers,
};

/** @throws where the file is of another kind than the task's labels. */
export const decodeLabel = (file: Raster, format: LabelFormat, reading: LabelEncoding = {}): LabelMap =>
  (decoders[format.kind] as (file: Raster, format: LabelFormat, reading: LabelEncoding) => LabelMap)(
    file,
    format,
    reading,
  );

const describe = ({ channels, depth }: Raster): string =>
  depth === undefined ? `${channels} channel(s) of an array` : `${channels} channels of ${depth} bits`;

/** Class index per pixel, palette or grey or array; -1, NaN and mostly 255 are ignored beside what the reading says. */
function decodeClasses(file: Raster, reading: LabelEncoding): LabelMap {
  const { ignore = [], shift = 0, classMap, colours } = reading;
  if (file.lossy)
    throw new Error("A class map cannot be a JPEG, whose compression mixes the classes. Save it as an 8-bit PNG.");
  if (colours && (file.palette || file.channels >= 3)) return mapOf(file, 1, coloursToClasses(file, colours));
  if (file.channels !== 1) {
    throw new Error(
      `A class map must be a PNG with one class index per pixel (grey or palette), or such an array, but it has ` +
        `${describe(file)}. Convert colours to class indices, 255 for pixels without a class.`,
    );
  }
  const classes = new Float32Array(file.data.length);
  const maps255 = classMap !== undefined && classMap.length > IGNORE;
  for (let i = 0; i < classes.length; i++) {
    const raw = file.data[i]!;
    const marked = (raw === IGNORE && !maps255) || raw === -1 || Number.isNaN(raw) || ignore.includes(raw);
    const index = marked ? IGNORE : classMap ? (classMap[raw] ?? IGNORE) : raw + shift;
    if (!Number.isInteger(index) || index < 0 || index > IGNORE || (index === IGNORE && !marked && !classMap))
      throw new Error(`A class map holds whole numbers from ${-shift} to ${254 - shift}, but it has ${raw}.`);
    classes[i] = index;
  }
  return mapOf(file, 1, classes);
}

/** The class of each pixel's colour by its place in the list, `IGNORE` where it is not there. */
function coloursToClasses(file: Raster, colours: NonNullable<LabelEncoding["colours"]>): Float32Array {
  if (!file.palette && file.depth !== 8)
    throw new Error(`Colours of classes are of 8 bits each, but the file has ${describe(file)}. Save it with 8 bits.`);
  const known = new Map(colours.map(([r, g, b], index) => [packColour(r, g, b), index]));
  const { data, channels, palette } = file;
  return Float32Array.from({ length: file.width * file.height }, (_, pixel) => {
    const raw = data[pixel * channels]!;
    const [r, g, b] = palette
      ? (palette[raw] ?? missingColour(raw, palette.length))
      : [raw, data[pixel * channels + 1]!, data[pixel * channels + 2]!];
    return known.get(packColour(r!, g!, b!)) ?? IGNORE;
  });
}

/** Three bytes as one number, in the order of red, green, blue. */
export const packColour = (r: number, g: number, b: number): number => (r << 16) | (g << 8) | b;

/** 1 where the brightness is nearer to "yes" than to "no", else 0. */
function decodeHalfAsOne(file: Raster, { ignore = [], range }: LabelEncoding): LabelMap {
  const { width, height, channels, data, palette } = file;
  const colours = channels < 3 ? 1 : 3;
  if (!range) checkWhite(file);
  const [no, yes] = range ?? [0, whiteOf(file)];
  const half = (no + yes) / 2;
  const values = new Float32Array(width * height);
  for (let pixel = 0; pixel < values.length; pixel++) {
    const raw = data[pixel * channels]!;
    const [r, g, b] = palette
      ? (palette[raw] ?? missingColour(raw, palette.length))
      : colours === 1
        ? [raw, raw, raw]
        : [raw, data[pixel * channels + 1]!, data[pixel * channels + 2]!];
    const brightness = (r! + g! + b!) / 3;
    const marked = Number.isNaN(brightness) || (colours === 1 && ignore.includes(raw));
    values[pixel] = marked ? IGNORE : Number(yes > no ? brightness > half : brightness < half);
  }
  return mapOf(file, 1, values);
}

/** The brightness of white. Pictures run to it; arrays to 1, or to 255 where a value exceeds 1. */
export function whiteOf(file: Raster): number {
  if (file.palette) return 255;
  return file.depth === undefined ? arrayWhite(file) : 2 ** file.depth - 1;
}

function missingColour(index: number, count: number): never {
  throw new Error(`The PNG uses colour ${index} of a palette of ${count}.`);
}

function arrayWhite({ data }: Raster): number {
  for (const value of data) if (value > 1) return 255;
  return 1;
}

/** @throws where an array runs beyond what may be white, so that nothing says where yes begins. */
function checkWhite({ data, depth }: Raster): void {
  const beyond = depth === undefined ? data.find((value) => value > 255) : undefined;
  if (beyond === undefined) return;
  throw new Error(`An array of yes and no runs to 1 or 255, but it has ${beyond}. Save 0 and 1, or say its range.`);
}

/** The values that mean -1 and 1 where no reading says it: floats are as they are, signed integers symmetric about 0. */
export function directionRange(file: Raster): readonly [number, number] {
  const highest = highestValue(file);
  if (highest === undefined) return [-1, 1];
  const isSigned = file.data instanceof Int8Array || file.data instanceof Int16Array || file.data instanceof Int32Array;
  return isSigned ? [-(highest - 1) / 2, (highest - 1) / 2] : [0, highest];
}

/** Per channel -1 to 1 over the range. Made unit; what is far from unit length marks no label. */
function decodeUnit(file: Raster, { signs = [1, 1, 1], ignore = [], range }: LabelEncoding): LabelMap {
  if (file.channels < 3 || file.palette) {
    throw new Error(
      `A map of directions must be a PNG with red, green and blue as x, y and z, or an array of three channels, but it has ${file.palette ? "a palette" : `${file.channels} channel(s)`}.`,
    );
  }
  if (!range && (file.data instanceof Int32Array || file.data instanceof Uint32Array))
    throw new Error(
      "Nothing says which integers of 32 bits mean -1 and 1 in a map of directions. Save floats or 8 bits, or say its range.",
    );
  const { data, channels } = file;
  const pixels = file.width * file.height;
  const [from, to] = range ?? directionRange(file);
  const scale = 2 / (to - from);
  const shift = -1 - from * scale;
  const vectors = new Float32Array(3 * pixels).fill(IGNORE);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [red, green, blue] = [data[pixel * channels]!, data[pixel * channels + 1]!, data[pixel * channels + 2]!];
    const [x, y, z] = [red * scale + shift, green * scale + shift, blue * scale + shift];
    const length = Math.sqrt(x * x + y * y + z * z);
    const near = length >= UNIT_LENGTHS.shortest && length <= UNIT_LENGTHS.longest;
    if (!near || (red === green && green === blue && ignore.includes(red))) continue;
    vectors[3 * pixel] = (x / length) * signs[0];
    vectors[3 * pixel + 1] = (y / length) * signs[1];
    vectors[3 * pixel + 2] = (z / length) * signs[2];
  }
  return mapOf(file, 3, vectors);
}

/** 16-bit millimetres, or floats in metres, → metres; 0, what is below, and NaN are unlabelled. */
function decodeDepth(file: Raster, { scale, ignore = [] }: LabelEncoding): LabelMap {
  const wanted = file.depth === undefined || file.depth === 16 || (scale !== undefined && !file.palette && !file.lossy);
  if (file.channels !== 1 || !wanted) {
    throw new Error(
      `A depth map must be a 16-bit grey PNG in millimetres (0 = unlabelled) or an array of one channel, but it has ${file.channels} channel(s) of ` +
        `${file.depth ?? "any"} bits. Convert metres to millimetres and save 16 bits per pixel.`,
    );
  }
  const metresPerUnit = scale ?? (isFloat(file) ? 1 : METRES_PER_MILLIMETRE);
  const depths = new Float32Array(file.data.length);
  for (let i = 0; i < depths.length; i++) {
    const raw = file.data[i]!;
    const metres = ignore.includes(raw) ? IGNORE : labelNumber(raw * metresPerUnit);
    depths[i] = metres > 0 ? metres : IGNORE;
  }
  return mapOf(file, 1, depths);
}

/** IGNORE stands for "no label", so a label of 255 becomes the next larger float32 number. */
const NEXT_TO_IGNORE = 255 + 2 ** -16;

/** A number as labels hold it; `IGNORE` for NaN and what is infinite in 32 bits. */
export function labelNumber(value: number): number {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return IGNORE;
  return single === IGNORE ? NEXT_TO_IGNORE : single;
}

/** The first channels of the file · scale + offset, each number by itself; NaN and the mark for "unlabelled" have no label. */
function decodeNumbers(
  file: Raster,
  { channels, scale, offset, unlabelled }: Extract<LabelFormat, { kind: "regression" }>,
  { ignore = [] }: LabelEncoding,
): LabelMap {
  if (file.palette || file.channels < channels) {
    throw new Error(
      `A regression map of ${channels} channel(s) must be a PNG or an array of at least as many, without a palette, but it has ` +
        `${file.palette ? "a palette" : file.channels}. Save the numbers as grey or as red, green, blue of 8 or 16 bits.`,
    );
  }
  const numbers = new Float32Array(file.width * file.height * channels);
  for (let i = 0; i < numbers.length; i++) {
    const raw = file.data[Math.floor(i / channels) * file.channels + (i % channels)]!;
    const marked = raw === unlabelled || ignore.includes(raw);
    numbers[i] = marked ? IGNORE : labelNumber(raw * scale + offset);
  }
  return mapOf(file, channels, numbers);
}

function mapOf({ width, height }: Raster, channels: number, data: Float32Array): LabelMap {
  return { width, height, channels, data };
}
