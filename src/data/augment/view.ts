/**
 * From a picture to the square that the model sees: which pixel each place of the square shows, and cubic mixtures there. One affine map
 * a draw, so that a picture is resampled once whatever is done to it.
 *
 * Letters: H and W the picture's height and width, S the square's side, c channels.
 */
import { type AffineMap, affineCubic, nearestPlaces, type PictureSize } from "../../core/math/affine";
import { cubicTaps, nearestIndices, resample, type Window } from "../../core/math/interpolation";
import type { Draw } from "./draw";

export interface View {
  /** [S,S]: row · W + column of the pixel that is seen, -1 beyond the picture's border. */
  readonly places: Int32Array;
  /** data: [H,W,c] → [S,S,c], 0 beyond the border. Taps that leave the picture repeat its border, so that it gets no dark rim. */
  cubic(data: ArrayLike<number>, channels: number): Float32Array;
}

/** undefined: the square shows the picture pixel by pixel. */
export function viewOf(size: PictureSize, side: number, draw: Draw): View | undefined {
  if (draw.degrees !== 0) return turnedView(size, side, draw);
  if (size.width === side && size.height === side && draw.scale === 1) return undefined;
  return uprightView(size, side, draw);
}

/** The stretch of one axis that is seen at a scale; the offset places it in the room that is left over, inside or outside. */
function windowOf(size: number, scale: number, offset: number): Window {
  const length = size / scale;
  return { start: (size - length) * offset, length };
}

/** Rows and columns are resampled one after the other, which is several times as fast as all sixteen taps of a pixel at once. */
function uprightView(size: PictureSize, side: number, draw: Draw): View {
  const { width, height } = size;
  const x = windowOf(width, draw.scale, draw.offsetX);
  const y = windowOf(height, draw.scale, draw.offsetY);
  const [columns, rows] = [nearestIndices(side, width, x), nearestIndices(side, height, y)];
  const places = Int32Array.from({ length: side * side }, (_, at) => {
    const [column, row] = [columns[at % side]!, rows[Math.floor(at / side)]!];
    return column < 0 || row < 0 ? -1 : row * width + column;
  });
  const cubic = (data: ArrayLike<number>, channels: number): Float32Array => {
    const values = resample({ width, height, data }, channels, cubicTaps(side, height, y), cubicTaps(side, width, x));
    places.forEach((place, at) => {
      if (place < 0) values.fill(0, at * channels, (at + 1) * channels);
    });
    return values;
  };
  return { places, cubic };
}

function turnedView(size: PictureSize, side: number, draw: Draw): View {
  const map = turnedMap(size, side, draw);
  const places = nearestPlaces(size, side, map);
  return { places, cubic: (data, channels) => affineCubic({ ...size, data }, channels, side, map, places) };
}

/**
 * A place of the square is a point p of the window, which is cut from the turned picture; that point showed the picture's point q before
 * the turn by the angle a about the centre m. Counter-clockwise with y down, the turn is
 *   p - m = [cos a, sin a; -sin a, cos a] (q - m),  so  q = m + [cos a, -sin a; sin a, cos a] (p - m).
 * Points count from the corner, pixel k's centre lying at k + 1/2; the map's positions count from the first centre.
 */
function turnedMap({ width, height }: PictureSize, side: number, draw: Draw): AffineMap {
  const x = windowOf(width, draw.scale, draw.offsetX);
  const y = windowOf(height, draw.scale, draw.offsetY);
  const angle = (draw.degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [stepX, stepY] = [x.length / side, y.length / side];
  const firstX = x.start + stepX / 2 - width / 2;
  const firstY = y.start + stepY / 2 - height / 2;
  return {
    x0: width / 2 + cos * firstX - sin * firstY - 0.5,
    xi: cos * stepX,
    xj: -sin * stepY,
    y0: height / 2 + sin * firstX + cos * firstY - 0.5,
    yi: sin * stepX,
    yj: cos * stepY,
  };
}
