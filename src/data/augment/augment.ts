/**
 * Random changes of a training sample, and the resize of any sample to the square that the model sees.
 *
 * As in the reference loaders the picture is stretched to the square (its aspect ratio is not kept), images and normals are resampled by
 * a cubic kernel without a low-pass filter, other labels by the nearest pixel, and depth is divided by the zoom. We differ where they
 * damage data: what lies beyond the border is ignored instead of labelled as background, colours are clamped instead of wrapping
 * around, and labels are taken at pixel centres instead of half a pixel beside them.
 *
 * Letters: H and W the sample's height and width, S the square's side, c the channels of a label.
 */
import { builtInFormats, type LabelFormat } from "../../contracts/labelFormat";
import { type ByTask, IGNORE, type LabelMap, type RgbImage, type Sample } from "../../contracts/sample";
import { cubicTaps, nearestIndices, resample, type Window } from "../../core/math/interpolation";
import type { Random } from "../../core/math/random";

export interface AugmentSettings {
  /** Mirror every second sample. */
  readonly flip: boolean;
  /** The zoom is drawn between these: above 1 a random part fills the square, below 1 the picture is smaller and the rest ignored. */
  readonly scaleMin: number;
  readonly scaleMax: number;
  /** Brightness, contrast and saturation are each multiplied by a number in 1 ± this. */
  readonly jitter: number;
}

export const NO_AUGMENTATION: AugmentSettings = { flip: false, scaleMin: 1, scaleMax: 1, jitter: 0 };

/** What was drawn for one sample; positions are shares of the room that the zoom leaves. */
export interface Draw {
  readonly flip: boolean;
  readonly scale: number;
  readonly offsetX: number;
  readonly offsetY: number;
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
}

export const PLAIN_DRAW: Draw = {
  flip: false,
  scale: 1,
  offsetX: 0,
  offsetY: 0,
  brightness: 1,
  contrast: 1,
  saturation: 1,
};

/** Draws as many numbers whatever the settings are, so that switching one off leaves the others as they were. */
export function drawAugmentation(settings: AugmentSettings, stream: Random): Draw {
  const flip = stream.uniform() < 0.5;
  const zoom = stream.uniform();
  const [offsetX, offsetY] = [stream.uniform(), stream.uniform()];
  const factor = (): number => 1 + settings.jitter * (2 * stream.uniform() - 1);
  return {
    flip: settings.flip && flip,
    scale: settings.scaleMin + (settings.scaleMax - settings.scaleMin) * zoom,
    offsetX,
    offsetY,
    brightness: factor(),
    contrast: factor(),
    saturation: factor(),
  };
}

/** A sample at training size; image: [S,S,3] from 0 to 255, labels: [S,S,c]. */
export interface SquareSample {
  readonly image: Float32Array;
  readonly labels: ByTask<Float32Array>;
}

/** Cuts, zooms, mirrors and colours a sample as drawn. Labels of tasks that have no format are left out. */
export function toSquare(
  sample: Sample,
  side: number,
  draw: Draw = PLAIN_DRAW,
  formats: ByTask<LabelFormat> = builtInFormats,
): SquareSample {
  const labels: Record<string, Float32Array> = {};
  for (const [task, label] of Object.entries(sample.labels)) {
    const format = formats[task];
    if (label && format) labels[task] = squareLabel(format, label, side, draw);
  }
  return { image: squareImage(sample.image, side, draw), labels };
}

/** The stretch of one axis that is seen at a zoom; the offset places it in the room that is left over, inside or outside. */
function windowOf(size: number, scale: number, offset: number): Window {
  const length = size / scale;
  return { start: (size - length) * offset, length };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function windowsOf({ width, height }: Size, draw: Draw): { x: Window; y: Window } {
  return { x: windowOf(width, draw.scale, draw.offsetX), y: windowOf(height, draw.scale, draw.offsetY) };
}

const isUnchanged = ({ width, height }: Size, side: number, draw: Draw): boolean =>
  width === side && height === side && draw.scale === 1;

function squareImage(image: RgbImage, side: number, draw: Draw): Float32Array {
  const pixels = isUnchanged(image, side, draw) ? Float32Array.from(image.data) : cubic(image, 3, side, draw);
  if (draw.flip) mirror(pixels, side, 3);
  jitterColours(pixels, draw);
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.min(Math.max(pixels[i]!, 0), 255);
  return pixels;
}

function cubic(
  map: Size & { readonly data: ArrayLike<number> },
  channels: number,
  side: number,
  draw: Draw,
): Float32Array {
  const { x, y } = windowsOf(map, draw);
  return resample(map, channels, cubicTaps(side, map.height, y), cubicTaps(side, map.width, x));
}

function squareLabel(format: LabelFormat, label: LabelMap, side: number, draw: Draw): Float32Array {
  const nearest = isUnchanged(label, side, draw) ? label.data.slice() : nearestLabel(label, side, draw);
  const values =
    format.kind === "unit" && !isUnchanged(label, side, draw) ? smoothNormals(label, nearest, side, draw) : nearest;
  if (format.kind === "depth") scaleDepth(values, draw.scale);
  if (draw.flip) {
    mirror(values, side, label.channels);
    if ("flipX" in format && format.flipX) negateX(values, label.channels);
  }
  return values;
}

/** label: [H,W,c] → [S,S,c] by the nearest pixel, `IGNORE` outside. */
function nearestLabel(label: LabelMap, side: number, draw: Draw): Float32Array {
  const { channels, width, height, data } = label;
  const { x, y } = windowsOf(label, draw);
  const columns = nearestIndices(side, width, x);
  const rows = nearestIndices(side, height, y);
  const values = new Float32Array(side * side * channels).fill(IGNORE);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      if (rows[row]! < 0 || columns[column]! < 0) continue;
      const from = (rows[row]! * width + columns[column]!) * channels;
      const to = (row * side + column) * channels;
      for (let c = 0; c < channels; c++) values[to + c] = data[from + c]!;
    }
  }
  return values;
}

/** Below this length a mixture of neighbouring normals has no direction of its own. */
const SHORTEST_MIXTURE = 1e-3;

/** Cubic mixtures of the labelled normals, unit again, where the nearest pixel is labelled: [S,S,3]. */
function smoothNormals(label: LabelMap, nearest: Float32Array, side: number, draw: Draw): Float32Array {
  const data = label.data.map((value) => (value === IGNORE ? 0 : value));
  const mixed = cubic({ ...label, data }, 3, side, draw);
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
  for (let i = 0; i < values.length; i++) if (values[i] !== IGNORE) values[i] = values[i]! / scale;
}

/** What pointed right points left in a mirrored picture: x ← -x, x the first of each pixel's numbers. */
function negateX(numbers: Float32Array, channels: number): void {
  for (let at = 0; at < numbers.length; at += channels) if (numbers[at] !== IGNORE) numbers[at] = -numbers[at]!;
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

/** Luma of ITU-R BT.601. */
const LUMA = { red: 0.299, green: 0.587, blue: 0.114 } as const;

/** Brightness, then contrast about the picture's mean grey, then saturation about each pixel's grey; pixels: [S,S,3], in place. */
function jitterColours(pixels: Float32Array, { brightness, contrast, saturation }: Draw): void {
  if (brightness === 1 && contrast === 1 && saturation === 1) return;
  const grey = (at: number): number =>
    LUMA.red * pixels[at]! + LUMA.green * pixels[at + 1]! + LUMA.blue * pixels[at + 2]!;
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 3) sum += grey(at);
  const mean = (3 * sum) / pixels.length;
  for (let at = 0; at < pixels.length; at += 3) {
    const own = grey(at);
    const shifted = brightness * (mean + contrast * (own - mean));
    for (let c = 0; c < 3; c++) {
      pixels[at + c] = shifted + brightness * contrast * saturation * (pixels[at + c]! - own);
    }
  }
}
