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

type Scale = (share: number) => Rgb;
const grey: Scale = (share) => [255 * share, 255 * share, 255 * share];
/** Dark violet, blue, green, yellow, after matplotlib's viridis. */
const viridis: Scale = (share) => scaleColour(1 - share);
export const scales = { grey, viridis } as const satisfies Record<string, Scale>;

/** The probability of "yes" on a scale. */
export const paintProbability = (logits: Float32Array, scale: Scale = grey): Rgba =>
  paint(logits.length, (i) => scale(1 / (1 + Math.exp(-logits[i]!))));

export const paintBinaryLabel = (label: Float32Array, scale: Scale = grey): Rgba =>
  paint(label.length, (i) => (label[i] === IGNORE ? undefined : scale(label[i]! >= 0.5 ? 1 : 0)));

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

/** From the least to the largest labelled number of every `step`-th from `start`. */
function rangeOf(values: Float32Array, start = 0, step = 1): { least: number; range: number } {
  let least = Infinity;
  let largest = -Infinity;
  for (let i = start; i < values.length; i += step) {
    const value = values[i]!;
    if (value === IGNORE || !Number.isFinite(value)) continue;
    least = Math.min(least, value);
    largest = Math.max(largest, value);
  }
  return { least, range: Math.max(largest - least, 1e-9) };
}

/** Depths as colours, near bright; the scale runs from the nearest to the farthest of the picture. */
export function paintDepth(depths: Float32Array): Rgba {
  const { least, range } = rangeOf(depths);
  return paint(depths.length, (i) => (depths[i] === IGNORE ? undefined : scaleColour((depths[i]! - least) / range)));
}

/** A regression map [N,C] on a scale from its least to its largest number; of several channels, their Euclidean length. */
export function paintNumbers(values: Float32Array, channels: number, scale: Scale): Rgba {
  const lengths = Float32Array.from({ length: values.length / channels }, (_, i) => {
    if (channels === 1) return values[i]!;
    const pixel = values.subarray(i * channels, (i + 1) * channels);
    return pixel.includes(IGNORE) ? IGNORE : Math.hypot(...pixel);
  });
  const { least, range } = rangeOf(lengths);
  return paint(lengths.length, (i) => (lengths[i] === IGNORE ? undefined : scale((lengths[i]! - least) / range)));
}

/** A regression map [N,C] with its channels as red, green and blue, each from its least to its largest number; one channel is grey. */
export function paintChannels(values: Float32Array, channels: number): Rgba {
  const ranges = Array.from({ length: channels }, (_, c) => rangeOf(values, c, channels));
  return paint(values.length / channels, (i) => {
    const pixel = values.subarray(i * channels, (i + 1) * channels);
    if (pixel.includes(IGNORE)) return undefined;
    const share = (c: number): number => {
      const { least, range } = ranges[c]!;
      return (255 * (pixel[c]! - least)) / range;
    };
    if (channels === 1) return [share(0), share(0), share(0)];
    return [share(0), share(1), channels === 3 ? share(2) : 0];
  });
}

/** Hues a golden angle apart: neighbouring classes look different, however many there are. */
export function distinctColour(index: number): Rgb {
  const hue = (index * 137.508) / 60;
  const [strength, light] = [0.55 + 0.15 * (index % 3), 255 - 55 * (Math.floor(index / 3) % 3)];
  const channel = (offset: number): number => {
    const place = (offset + hue) % 6;
    return Math.round(light * (1 - strength * Math.max(0, Math.min(place, 4 - place, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}

function scaleColour(share: number): Rgb {
  const place = Math.min(Math.max(share, 0), 1) * (depthStops.length - 1);
  const low = Math.min(Math.floor(place), depthStops.length - 2);
  const mix = (channel: 0 | 1 | 2): number =>
    depthStops[low]![channel] + (place - low) * (depthStops[low + 1]![channel] - depthStops[low]![channel]);
  return [mix(0), mix(1), mix(2)];
}
