/**
 * Resampling of a picture under an affine map. Pixels are areas, as in interpolation.ts: pixel k's centre lies at position k, and a
 * position belongs to the pixel whose area holds it, so that the picture reaches from -1/2 to its side - 1/2.
 *
 * Letters: H and W the picture's height and width, S the side of the square that comes out, C channels.
 */
import { cubicWeights } from "./interpolation";

/** Where output pixel (column i, row j) looks in the input: x = x0 + xi i + xj j, y = y0 + yi i + yj j. */
export interface AffineMap {
  readonly x0: number;
  readonly xi: number;
  readonly xj: number;
  readonly y0: number;
  readonly yi: number;
  readonly yj: number;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** The pixel that each output pixel's centre lies in, as row · W + column: [S,S], -1 outside the picture. */
export function nearestPlaces({ width, height }: PictureSize, side: number, map: AffineMap): Int32Array {
  const places = new Int32Array(side * side);
  for (let j = 0, at = 0; j < side; j++) {
    for (let i = 0; i < side; i++, at++) {
      const column = Math.floor(map.x0 + map.xi * i + map.xj * j + 0.5);
      const row = Math.floor(map.y0 + map.yi * i + map.yj * j + 0.5);
      const inside = column >= 0 && column < width && row >= 0 && row < height;
      places[at] = inside ? row * width + column : -1;
    }
  }
  return places;
}

/**
 * Sixteen taps a pixel by the kernel of `cubicTaps`, which repeat the border where they leave the picture; 0 where the pixel itself does.
 * data: [H,W,C] → [S,S,C]; `places`: what `nearestPlaces` says of the same map.
 */
export function affineCubic(
  picture: PictureSize & { readonly data: ArrayLike<number> },
  channels: number,
  side: number,
  map: AffineMap,
  places: Int32Array,
): Float32Array {
  const { width, height, data } = picture;
  const result = new Float32Array(side * side * channels);
  const [columns, rows] = [new Int32Array(4), new Int32Array(4)];
  const [across, down] = [new Float64Array(4), new Float64Array(4)];
  for (let j = 0, at = 0; j < side; j++) {
    for (let i = 0; i < side; i++, at++) {
      if (places[at]! < 0) continue;
      tapsAt(map.x0 + map.xi * i + map.xj * j, width, channels, columns, across);
      tapsAt(map.y0 + map.yi * i + map.yj * j, height, width * channels, rows, down);
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let row = 0; row < 4; row++) {
          const from = rows[row]! + c;
          const line =
            across[0]! * data[from + columns[0]!]! +
            across[1]! * data[from + columns[1]!]! +
            across[2]! * data[from + columns[2]!]! +
            across[3]! * data[from + columns[3]!]!;
          sum += down[row]! * line;
        }
        result[at * channels + c] = sum;
      }
    }
  }
  return result;
}

/** The four taps of one axis: where they begin in the data, `stride` numbers a pixel, and their weights. */
function tapsAt(position: number, size: number, stride: number, starts: Int32Array, weights: Float64Array): void {
  const left = Math.floor(position);
  for (let tap = 0; tap < 4; tap++) starts[tap] = Math.min(Math.max(left - 1 + tap, 0), size - 1) * stride;
  cubicWeights(position, weights, 0);
}
