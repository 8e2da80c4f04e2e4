/** The random changes of a sample, pixel by pixel and slowly: what src/data/augment must agree with. */
import { IGNORE } from "../../src/contracts/sample";
import type { Draw } from "../../src/data/augment/draw";

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: ArrayLike<number>;
}

/** Keys' cubic convolution kernel with a = -3/4, as its paper writes it. */
function keys(distance: number): number {
  const [a, s] = [-0.75, Math.abs(distance)];
  if (s < 1) return (a + 2) * s ** 3 - (a + 3) * s ** 2 + 1;
  if (s < 2) return a * s ** 3 - 5 * a * s ** 2 + 8 * a * s - 4 * a;
  return 0;
}

/** Where the middle of the square's pixel (column, row) was in the picture, in pixels from its top left corner. */
function origin({ width, height }: Picture, side: number, draw: Draw, column: number, row: number): [number, number] {
  const seen = draw.horizontalFlip ? side - 1 - column : column;
  const [w, h] = [width / draw.scale, height / draw.scale];
  const x = (width - w) * draw.offsetX + ((seen + 0.5) / side) * w;
  const y = (height - h) * draw.offsetY + ((row + 0.5) / side) * h;
  // Exactly here, since a way there and back by angles would decide which side of a pixel's edge a point on it lies.
  if (draw.degrees === 0) return [x, y];
  const [dx, dy] = [x - width / 2, y - height / 2];
  const radius = Math.hypot(dx, dy);
  // Seen with y up the point lies at atan2(-dy, dx); before a turn to the left it lay that much further to the right.
  const before = Math.atan2(-dy, dx) - (draw.degrees * Math.PI) / 180;
  return [width / 2 + radius * Math.cos(before), height / 2 - radius * Math.sin(before)];
}

/** Calls `put` with what each number of the square is. */
function fill(
  picture: Picture,
  side: number,
  draw: Draw,
  outside: number,
  value: (x: number, y: number, channel: number) => number,
): Float32Array {
  const { width, height, channels } = picture;
  const square = new Float32Array(side * side * channels);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++)
      for (let channel = 0; channel < channels; channel++) {
        const [x, y] = origin(picture, side, draw, column, row);
        const inside = x >= 0 && x < width && y >= 0 && y < height;
        square[(row * side + column) * channels + channel] = inside ? value(x, y, channel) : outside;
      }
  return square;
}

export const nearestReference = (picture: Picture, side: number, draw: Draw): Float32Array =>
  fill(
    picture,
    side,
    draw,
    IGNORE,
    (x, y, channel) => picture.data[(Math.floor(y) * picture.width + Math.floor(x)) * picture.channels + channel]!,
  );

export function cubicReference(picture: Picture, side: number, draw: Draw): Float32Array {
  const { width, height, channels, data } = picture;
  const clamp = (value: number, most: number): number => Math.max(0, Math.min(most, value));
  return fill(picture, side, draw, 0, (x, y, channel) => {
    let sum = 0;
    for (let row = Math.floor(y - 0.5) - 1; row <= Math.floor(y - 0.5) + 2; row++)
      for (let column = Math.floor(x - 0.5) - 1; column <= Math.floor(x - 0.5) + 2; column++) {
        const at = (clamp(row, height - 1) * width + clamp(column, width - 1)) * channels + channel;
        sum += keys(x - 0.5 - column) * keys(y - 0.5 - row) * data[at]!;
      }
    return sum;
  });
}
