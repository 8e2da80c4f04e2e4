/** Pixels from numbers: what the tasks' pictures share. RGBA is [N,4], 8 bits. */
import { IGNORE } from "../../contracts/sample";
import type { Palette } from "./task";

type Rgb = readonly [number, number, number];
type Rgba = Uint8ClampedArray<ArrayBuffer>;

/** Calls `colour` for each of `pixels` pixels; undefined leaves the pixel transparent. */
export function paint(pixels: number, colour: (i: number) => Rgb | undefined): Rgba {
  const rgba = new Uint8ClampedArray(4 * pixels);
  for (let i = 0; i < pixels; i++) {
    const rgb = colour(i);
    if (!rgb) continue;
    rgba.set(rgb, 4 * i);
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}

/** The colour of a class in the PASCAL VOC scheme: bits of the index spread over the channels, from the highest bit down. */
export function vocColour(index: number): Rgb {
  const rgb: [number, number, number] = [0, 0, 0];
  for (let bit = 7, rest = index; rest > 0; bit--, rest >>= 3)
    for (let channel = 0; channel < 3; channel++) rgb[channel]! |= ((rest >> channel) & 1) << bit;
  return rgb;
}

export const classColour = (index: number, palette: Palette = []): Rgb => palette[index] ?? vocColour(index);

/** The class with the largest logit of each pixel; the first where several are equal. */
export function argmax(logits: Float32Array, channels: number): Uint8Array {
  const classes = new Uint8Array(logits.length / channels);
  for (let i = 0; i < classes.length; i++) {
    let best = 0;
    for (let c = 1; c < channels; c++) if (logits[i * channels + c]! > logits[i * channels + best]!) best = c;
    classes[i] = best;
  }
  return classes;
}

export const paintClasses = (logits: Float32Array, channels: number, palette?: Palette): Rgba => {
  const classes = argmax(logits, channels);
  return paint(classes.length, (i) => classColour(classes[i]!, palette));
};

export const paintClassLabel = (label: Float32Array, palette?: Palette): Rgba =>
  paint(label.length, (i) => (label[i] === IGNORE ? undefined : classColour(label[i]!, palette)));

const grey = (share: number): Rgb => [255 * share, 255 * share, 255 * share];

/** The probability of "yes" as grey. */
export const paintProbability = (logits: Float32Array): Rgba =>
  paint(logits.length, (i) => grey(1 / (1 + Math.exp(-logits[i]!))));

export const paintBinaryLabel = (label: Float32Array): Rgba =>
  paint(label.length, (i) => (label[i] === IGNORE ? undefined : grey(label[i]! >= 0.5 ? 1 : 0)));

/** Unit vectors as colours: each coordinate from -1..1 to 0..255. */
export const paintNormals = (vectors: Float32Array): Rgba =>
  paint(vectors.length / 3, (i) => {
    const [x, y, z] = [vectors[3 * i]!, vectors[3 * i + 1]!, vectors[3 * i + 2]!];
    if (x === IGNORE) return undefined;
    const length = Math.max(Math.hypot(x, y, z), 1e-12);
    return [127.5 * (x / length + 1), 127.5 * (y / length + 1), 127.5 * (z / length + 1)];
  });

/** Stops of the colour scale for depths, near to far: dark violet, blue, green, yellow. */
const depthStops: readonly Rgb[] = [
  [253, 231, 37],
  [94, 201, 98],
  [33, 145, 140],
  [59, 82, 139],
  [68, 1, 84],
];

/** Depths as colours, near bright; the scale runs from the nearest to the farthest of the picture. */
export function paintDepth(depths: Float32Array): Rgba {
  let near = Infinity;
  let far = -Infinity;
  for (const depth of depths) {
    if (depth === IGNORE || !Number.isFinite(depth)) continue;
    near = Math.min(near, depth);
    far = Math.max(far, depth);
  }
  const range = Math.max(far - near, 1e-9);
  return paint(depths.length, (i) => (depths[i] === IGNORE ? undefined : scaleColour((depths[i]! - near) / range)));
}

function scaleColour(share: number): Rgb {
  const place = Math.min(Math.max(share, 0), 1) * (depthStops.length - 1);
  const low = Math.min(Math.floor(place), depthStops.length - 2);
  const mix = (channel: 0 | 1 | 2): number =>
    depthStops[low]![channel] + (place - low) * (depthStops[low + 1]![channel] - depthStops[low]![channel]);
  return [mix(0), mix(1), mix(2)];
}
