/** Arrays of numbers from files (NPY, MAT), and which of them are pictures. */
import { checkPixelCount, type Numbers, type Raster } from "./raster";

/** A dense array; data: row-major (the last index runs fastest), values as the file has them, logical values as 0 and 1. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

const MOST_CHANNELS = 4;

/**
 * [H,W], [H,W,C] or [C,H,W] with up to four channels as a picture; axes of length 1 around it are left out.
 * Channels come last unless only the first axis is short enough.
 * @throws where the array has another shape.
 */
export function arrayRaster({ shape, data }: NumberArray): Raster {
  const axes = shape.length > 3 ? shape.filter((length) => length !== 1) : shape;
  const [first = 0, second = 0, third = 1] = axes;
  if (axes.length < 2 || axes.length > 3 || Math.min(third, axes.length === 3 ? first : third) > MOST_CHANNELS)
    throw new Error(
      `The array has the shape [${shape.join(", ")}]. A picture is [height, width] or [height, width, channels] with at most ${MOST_CHANNELS} channels.`,
    );
  if (third <= MOST_CHANNELS) {
    checkPixelCount(second, first);
    return { width: second, height: first, channels: third, data };
  }
  checkPixelCount(third, second);
  return { width: third, height: second, channels: first, data: channelsLast(data, first, second * third) };
}

/** data: [C,P] → [P,C]. */
function channelsLast(data: Numbers, channels: number, pixels: number): Numbers {
  const turned = data.slice();
  for (let channel = 0; channel < channels; channel++)
    for (let pixel = 0; pixel < pixels; pixel++) turned[pixel * channels + channel] = data[channel * pixels + pixel]!;
  return turned;
}

/** Column-major (the first index runs fastest: Fortran, MATLAB) → row-major. */
export function rowMajor(shape: readonly number[], data: Numbers): Numbers {
  if (shape.filter((length) => length !== 1).length < 2) return data;
  const turned = data.slice();
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, length) => product * length, 1));
  const [last, lastStride] = [shape.at(-1)!, strides.at(-1)!];
  const index = shape.map(() => 0);
  let start = 0;
  for (let to = 0; to < turned.length; to += last) {
    // The last axis apart: annotations hold hundreds of masks.
    for (let i = 0, from = start; i < last; i++, from += lastStride) turned[to + i] = data[from]!;
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      start += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      start -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return turned;
}

/**
 * How many numbers a shape has.
 * @throws where a length is no whole number or the product leaves the exact integers.
 */
export function countOf(shape: readonly number[]): number {
  const count = shape.reduce((product, length) => product * length, 1);
  if (shape.every((length) => Number.isSafeInteger(length) && length >= 0) && Number.isSafeInteger(count)) return count;
  throw new Error(`The array says that it has the shape [${shape.slice(0, 8).join(", ")}], which no file can hold.`);
}

/** 64-bit integers as 32-bit ones: integers they stay, which decides how a label's values are understood. @throws where one does not fit. */
export function narrowIntegers(values: BigInt64Array | BigUint64Array): Int32Array | Uint32Array {
  let [lowest, highest] = [0n, 0n];
  for (const value of values) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  if (lowest >= -(2n ** 31n) && highest < 2n ** 31n) return Int32Array.from(values as Iterable<bigint>, Number);
  if (lowest >= 0n && highest < 2n ** 32n) return Uint32Array.from(values as Iterable<bigint>, Number);
  throw new Error(
    `The array holds 64-bit integers from ${lowest} to ${highest}, which are too large. Save it as 32-bit integers.`,
  );
}

/** Values of `width` bytes each in the machine's (little-endian) order, in a buffer of their own. */
export function ownBytes(bytes: Uint8Array, width: number, littleEndian: boolean): ArrayBuffer {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  if (!littleEndian && width > 1)
    for (let at = 0; at + width <= copy.length; at += width) copy.subarray(at, at + width).reverse();
  return copy.buffer;
}
