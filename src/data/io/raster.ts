/** What a file of pixels holds, whatever its format. Letters: [H,W,C] height, width, channels. */

export type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** data: [H,W,C], row by row from the top left, values as the file has them. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Numbers;
  /** Of pictures (PNG, JPEG): bits per value, so that values run from 0 to 2^depth - 1. Arrays (NPY, MAT) have none. */
  readonly depth?: number;
  /** C = 1 and data holds indices. Per index red, green, blue and perhaps alpha, 0 to 255. */
  readonly palette?: readonly (readonly number[])[];
  /** The values were changed by lossy compression (JPEG). */
  readonly lossy?: true;
}

/** Pixels of one file: more would not fit in memory beside their labels. */
export const MAX_PIXELS = 100_000_000;

/** @throws where a picture of this size is empty or too large to be read. */
export function checkPixelCount(width: number, height: number): void {
  if (width >= 1 && height >= 1 && width * height <= MAX_PIXELS) return;
  throw new Error(
    `The file says that it is ${width}×${height} pixels; at least 1 and at most ${MAX_PIXELS / 1e6} million can be read.`,
  );
}

export const isFloat = ({ data }: Raster): boolean => data instanceof Float32Array || data instanceof Float64Array;

/** The highest value that the file's integers can have; undefined for floats. */
export const highestValue = (file: Raster): number | undefined =>
  isFloat(file) ? undefined : 2 ** (file.depth ?? 8 * file.data.BYTES_PER_ELEMENT) - 1;

/** Integers that run from 0 to a brightness of a picture's depth; those of other arrays are numbers of some kind. */
export const isBrightness = ({ data }: Raster): boolean => data instanceof Uint8Array || data instanceof Uint16Array;
