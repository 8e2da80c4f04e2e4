/**
 * The resize of a sample to the square that the model sees, with the random changes of a training sample.
 *
 * As in the reference loaders the picture is stretched to the square (its aspect ratio is not kept), images and normals are resampled by
 * a cubic kernel without a low-pass filter, other labels by the nearest pixel, and depth is divided by the scale. We differ where they
 * damage data: what lies beyond the border is ignored instead of labelled as background, colours are clamped instead of wrapping
 * around, labels are taken at pixel centres instead of half a pixel beside them, normals do not spread into what has none, and one
 * resampling does what they do in two. docs/data-agreement.md has the numbers.
 *
 * Labels that are vectors change with the picture. A horizontal flip changes the sign of the first component where the format says `flipX`. A
 * rotation rotates the first two where `flipX` says that the first lies along the picture's width and there are two: normals, directions
 * (unit), displacements (regression of two or three channels). y points down in the picture, as in NYUD, PASCAL and Taskonomy and as the
 * reference rotates it, unless the format says `yUp`. All others stay as they are; a horizontal displacement without its vertical one (a
 * disparity) is not known in a rotated picture, so such tasks should not be trained with rotation.
 *
 * Letters: H and W the sample's height and width, S the square's side, c the channels of a label.
 */
import { builtInFormats, type LabelFormat } from "../../contracts/labelFormat";
import { type ByTask, IGNORE, type LabelMap, type RgbImage, type Sample } from "../../contracts/sample";
import { labelNumber } from "../formats/labels";
import { jitterColours } from "./colours";
import { type Draw, PLAIN_DRAW } from "./draw";
import { type View, viewOf } from "./view";

/** A sample at training size; image: [S,S,3] from 0 to 255, labels: [S,S,c]. */
export interface SquareSample {
  readonly image: Float32Array;
  readonly labels: ByTask<Float32Array>;
}

/** Rotates, scales, crops, flips and recolours a sample as drawn. Labels of tasks that have no format are left out. */
export function toSquare(
  sample: Sample,
  side: number,
  draw: Draw = PLAIN_DRAW,
  formats: ByTask<LabelFormat> = builtInFormats,
): SquareSample {
  const view = viewOf(sample.image, side, draw);
  const labels: Record<string, Float32Array> = {};
  for (const [task, label] of Object.entries(sample.labels)) {
    const format = formats[task];
    if (!label || !format) continue;
    const sameSize = label.width === sample.image.width && label.height === sample.image.height;
    labels[task] = squareLabel(format, label, side, draw, sameSize ? view : viewOf(label, side, draw));
  }
  return { image: squareImage(sample.image, side, draw, view), labels };
}

function squareImage(image: RgbImage, side: number, draw: Draw, view: View | undefined): Float32Array {
  const pixels = view ? view.cubic(image.data, 3) : Float32Array.from(image.data);
  jitterColours(pixels, draw, view?.places);
  if (draw.horizontalFlip) mirror(pixels, side, 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.min(Math.max(pixels[i]!, 0), 255);
  return pixels;
}

function squareLabel(
  format: LabelFormat,
  label: LabelMap,
  side: number,
  draw: Draw,
  view: View | undefined,
): Float32Array {
  const { channels } = label;
  const nearest = view ? nearestLabel(label, view) : label.data.slice();
  const values = view && format.kind === "unit" ? smoothNormals(label, nearest, view) : nearest;
  if (format.kind === "depth") scaleDepth(values, draw.scale);
  const flipX = "flipX" in format && format.flipX;
  if (flipX && channels > 1) turnVectors(values, channels, draw.degrees, format.kind === "unit" && format.yUp === true);
  if (draw.horizontalFlip) {
    mirror(values, side, channels);
    if (flipX) negateX(values, channels);
  }
  return values;
}

/** label: [H,W,c] → [S,S,c] by the nearest pixel, `IGNORE` outside. */
function nearestLabel({ channels, data }: LabelMap, { places }: View): Float32Array {
  const values = new Float32Array(places.length * channels).fill(IGNORE);
  for (let at = 0; at < places.length; at++) {
    const place = places[at]!;
    if (place < 0) continue;
    for (let c = 0; c < channels; c++) values[at * channels + c] = data[place * channels + c]!;
  }
  return values;
}

/** Below this length a mixture of neighbouring normals has no direction of its own. */
const SHORTEST_MIXTURE = 1e-3;

/** Cubic mixtures of the labelled normals, unit again, where the nearest pixel is labelled: [S,S,3]. */
function smoothNormals(label: LabelMap, nearest: Float32Array, view: View): Float32Array {
  const mixed = view.cubic(
    label.data.map((value) => (value === IGNORE ? 0 : value)),
    3,
  );
  for (let at = 0; at < mixed.length; at += 3) {
    const [x, y, z] = [mixed[at]!, mixed[at + 1]!, mixed[at + 2]!];
    const length = Math.sqrt(x * x + y * y + z * z);
    const labelled = nearest[at] !== IGNORE && length > SHORTEST_MIXTURE;
    mixed[at] = labelled ? x / length : IGNORE;
    mixed[at + 1] = labelled ? y / length : IGNORE;
    mixed[at + 2] = labelled ? z / length : IGNORE;
  }
  return mixed;
}

/** Zooming in by s looks like standing s times nearer. */
function scaleDepth(values: Float32Array, scale: number): void {
  if (scale === 1) return;
  for (let i = 0; i < values.length; i++) if (values[i] !== IGNORE) values[i] = labelNumber(values[i]! / scale);
}

/**
 * The first two numbers of each pixel, turned with the picture by the angle a counter-clockwise as one looks at it, in place:
 *   y down: x' = x cos a + y sin a, y' = y cos a - x sin a, the reference's sin and cos of atan2(x, y) + a;
 *   y up:   x' = x cos a - y sin a, y' = y cos a + x sin a.
 * Where one of the two has no label, neither has one afterwards.
 */
function turnVectors(vectors: Float32Array, channels: number, degrees: number, yUp: boolean): void {
  if (degrees === 0) return;
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), yUp ? -Math.sin(angle) : Math.sin(angle)];
  for (let at = 0; at < vectors.length; at += channels) {
    const [x, y] = [vectors[at]!, vectors[at + 1]!];
    const labelled = x !== IGNORE && y !== IGNORE;
    vectors[at] = labelled ? labelNumber(x * cos + y * sin) : IGNORE;
    vectors[at + 1] = labelled ? labelNumber(y * cos - x * sin) : IGNORE;
  }
}

/** What pointed right points left in a flipped picture: x ← -x, x the first of each pixel's numbers. */
function negateX(numbers: Float32Array, channels: number): void {
  for (let at = 0; at < numbers.length; at += channels)
    if (numbers[at] !== IGNORE) numbers[at] = labelNumber(-numbers[at]!);
}

/** x: [S,S,c], left and right swapped in place. */
function mirror(x: Float32Array, side: number, channels: number): void {
  for (let row = 0; row < side; row++) {
    for (let left = 0, right = side - 1; left < right; left++, right--) {
      const a = (row * side + left) * channels;
      const b = (row * side + right) * channels;
      for (let c = 0; c < channels; c++) {
        const held = x[a + c]!;
        x[a + c] = x[b + c]!;
        x[b + c] = held;
      }
    }
  }
}
