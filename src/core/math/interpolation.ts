/**
 * Resampling along one axis. Pixels are areas: output pixel i looks at input position (i + 1/2) in/out - 1/2, which is PyTorch's
 * `align_corners=False` and OpenCV's convention; with a window, at start + (i + 1/2) length/out - 1/2. There is no low-pass filter (PyTorch: `antialias=False`).
 *
 * Letters: `in` and `out` are the numbers of pixels before and after; K is the number of taps.
 */

/** For each output pixel its K input pixels and their weights; indices and weights: [out,K]. */
export interface Taps {
  readonly count: number;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

/** The stretch of the input that the output shows, in input pixels; it may reach beyond the input. Without one, all of it. */
export interface Window {
  readonly start: number;
  readonly length: number;
}

/** The cubic kernel's free parameter as in PyTorch and OpenCV. */
const CUBIC_A = -0.75;

/** Two taps per output pixel; positions beyond the border are moved onto it, as in PyTorch's bilinear mode. */
export function linearTaps(outSize: number, inSize: number, window?: Window): Taps {
  checkSizes(outSize, inSize);
  const indices = new Int32Array(2 * outSize);
  const weights = new Float64Array(2 * outSize);
  for (let i = 0; i < outSize; i++) {
    const position = clamp(sourcePosition(i, outSize, inSize, window), 0, inSize - 1);
    const left = Math.floor(position);
    const fraction = position - left;
    indices[2 * i] = left;
    indices[2 * i + 1] = Math.min(left + 1, inSize - 1);
    weights[2 * i] = 1 - fraction;
    weights[2 * i + 1] = fraction;
  }
  return { count: 2, indices, weights };
}

/** The weights of the four pixels around a position, the first of which is floor(position) - 1, written from `at` on. They sum to 1. */
export function cubicWeights(position: number, weights: Float64Array, at: number): void {
  const left = Math.floor(position);
  for (let tap = 0; tap < 4; tap++) weights[at + tap] = cubicKernel(position - (left - 1 + tap));
}

/** Four taps per output pixel (Keys' kernel with a = -0.75); taps beyond the border repeat it. Results may overshoot the input's range. */
export function cubicTaps(outSize: number, inSize: number, window?: Window): Taps {
  checkSizes(outSize, inSize);
  const indices = new Int32Array(4 * outSize);
  const weights = new Float64Array(4 * outSize);
  for (let i = 0; i < outSize; i++) {
    const position = sourcePosition(i, outSize, inSize, window);
    const left = Math.floor(position);
    for (let tap = 0; tap < 4; tap++) indices[4 * i + tap] = clamp(left - 1 + tap, 0, inSize - 1);
    cubicWeights(position, weights, 4 * i);
  }
  return { count: 4, indices, weights };
}

/**
 * The input pixel whose area holds each output pixel's centre: [out], -1 where the window leaves the input there.
 * This is PyTorch's `nearest-exact`, so that labels stay on their image; its `nearest` and OpenCV's shift them by half a pixel.
 */
export function nearestIndices(outSize: number, inSize: number, window?: Window): Int32Array {
  checkSizes(outSize, inSize);
  return Int32Array.from({ length: outSize }, (_, i) => {
    const index = Math.floor(sourcePosition(i, outSize, inSize, window) + 0.5);
    return index >= 0 && index < inSize ? index : -1;
  });
}

/** The bilinear resize of one axis as a matrix: [out,in], row by row; rows sum to 1. */
export function bilinearMatrix(outSize: number, inSize: number): Float64Array {
  return tapsMatrix(linearTaps(outSize, inSize), inSize);
}

/** Any taps as a matrix: [out,in]. */
export function tapsMatrix(taps: Taps, inSize: number): Float64Array {
  const outSize = taps.indices.length / taps.count;
  const matrix = new Float64Array(outSize * inSize);
  for (let k = 0; k < taps.indices.length; k++) {
    const at = Math.floor(k / taps.count) * inSize + taps.indices[k]!;
    matrix[at] = matrix[at]! + taps.weights[k]!;
  }
  return matrix;
}

/** Resamples both axes of a picture; data: [H,W,C] → [out.height,out.width,C] in float64-weighted float32. */
export function resample(
  image: { readonly width: number; readonly height: number; readonly data: ArrayLike<number> },
  channels: number,
  vertical: Taps,
  horizontal: Taps,
): Float32Array {
  const outWidth = horizontal.indices.length / horizontal.count;
  const rows = new Float32Array(image.height * outWidth * channels);
  applyTaps(image.data, rows, { taps: horizontal, outer: image.height, inSize: image.width, inner: channels });
  const outHeight = vertical.indices.length / vertical.count;
  const result = new Float32Array(outHeight * outWidth * channels);
  applyTaps(rows, result, { taps: vertical, outer: 1, inSize: image.height, inner: outWidth * channels });
  return result;
}

/** x: [outer,in,inner] → [outer,out,inner]. */
function applyTaps(
  x: ArrayLike<number>,
  result: Float32Array,
  { taps, outer, inSize, inner }: { taps: Taps; outer: number; inSize: number; inner: number },
): void {
  const { count, indices, weights } = taps;
  const outSize = indices.length / count;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < outSize; i++) {
      const to = (o * outSize + i) * inner;
      for (let k = 0; k < inner; k++) {
        let sum = 0;
        for (let tap = i * count; tap < (i + 1) * count; tap++) {
          sum += weights[tap]! * x[(o * inSize + indices[tap]!) * inner + k]!;
        }
        result[to + k] = sum;
      }
    }
  }
}

function sourcePosition(i: number, outSize: number, inSize: number, window?: Window): number {
  const { start, length } = window ?? { start: 0, length: inSize };
  return start + ((i + 0.5) * length) / outSize - 0.5;
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

function cubicKernel(distance: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((CUBIC_A + 2) * x - (CUBIC_A + 3)) * x * x + 1;
  if (x < 2) return ((CUBIC_A * x - 5 * CUBIC_A) * x + 8 * CUBIC_A) * x - 4 * CUBIC_A;
  return 0;
}

function checkSizes(outSize: number, inSize: number): void {
  for (const size of [outSize, inSize]) {
    if (!Number.isInteger(size) || size < 1) {
      throw new Error(
        `A side to resize must be a whole number of at least 1 pixel, but sizes are ${inSize} → ${outSize}.`,
      );
    }
  }
}
