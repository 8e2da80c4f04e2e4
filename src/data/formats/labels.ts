/** Label maps from PNG files, one decoder per task. Each returns [H,W,C] with `IGNORE` where the file marks no label. */
import { IGNORE, type LabelMap, type LabelTask } from "../../contracts/sample";
import { type PngPixels, pngToRgb } from "../io/png";

type LabelDecoder = (png: PngPixels) => LabelMap;

/** Decoded normals outside this range of lengths are no directions but marks for "unlabelled", such as black or mid-grey. */
const NORMAL_LENGTHS = { shortest: 0.5, longest: 1.5 } as const;
const METRES_PER_MILLIMETRE = 0.001;

/** How the plain layout's PNG of each task is read. */
export const labelDecoders: Readonly<Record<LabelTask, LabelDecoder>> = {
  semseg: decodeClasses,
  human_parts: decodeClasses,
  sal: decodeHalfAsOne,
  normals: decodeNormals,
  depth: decodeDepth,
  edge: decodeHalfAsOne,
};

/** Channels of each task's label map. */
export function labelChannels(task: LabelTask): number {
  return task === "normals" ? 3 : 1;
}

/** Class index per pixel, palette or grey, 255 ignored. */
function decodeClasses(png: PngPixels): LabelMap {
  if (png.channels !== 1 || png.depth > 8) {
    throw new Error(
      `A class map must be an 8-bit PNG with one class index per pixel (grey or palette), but it has ${png.channels} ` +
        `channels of ${png.depth} bits. Convert colours to class indices, 255 for pixels without a class.`,
    );
  }
  return mapOf(png, 1, Float32Array.from(png.data));
}

/** 1 where the brightness is above half of the range (8 bits: from 128), else 0. */
function decodeHalfAsOne(png: PngPixels): LabelMap {
  const { data } = pngToRgb(png);
  const brightness = (pixel: number): number => (data[3 * pixel]! + data[3 * pixel + 1]! + data[3 * pixel + 2]!) / 3;
  return mapOf(
    png,
    1,
    Float32Array.from({ length: png.width * png.height }, (_, pixel) => (brightness(pixel) > 127.5 ? 1 : 0)),
  );
}

/** 2 v / max - 1 per channel, made unit; colours that are far from unit length mark no label. */
function decodeNormals(png: PngPixels): LabelMap {
  if (png.channels < 3) {
    throw new Error(
      `A normal map must be a PNG with red, green and blue as x, y and z, but it has ${png.channels} channel(s).`,
    );
  }
  const pixels = png.width * png.height;
  const scale = 2 / (2 ** png.depth - 1);
  const normals = new Float32Array(3 * pixels).fill(IGNORE);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const x = png.data[pixel * png.channels]! * scale - 1;
    const y = png.data[pixel * png.channels + 1]! * scale - 1;
    const z = png.data[pixel * png.channels + 2]! * scale - 1;
    const length = Math.sqrt(x * x + y * y + z * z);
    if (length < NORMAL_LENGTHS.shortest || length > NORMAL_LENGTHS.longest) continue;
    normals[3 * pixel] = x / length;
    normals[3 * pixel + 1] = y / length;
    normals[3 * pixel + 2] = z / length;
  }
  return mapOf(png, 3, normals);
}

/** 16-bit millimetres → metres; 0 is unlabelled. */
function decodeDepth(png: PngPixels): LabelMap {
  if (png.channels !== 1 || png.depth !== 16) {
    throw new Error(
      `A depth map must be a 16-bit grey PNG in millimetres (0 = unlabelled), but it has ${png.channels} channel(s) of ` +
        `${png.depth} bits. Convert metres to millimetres and save 16 bits per pixel.`,
    );
  }
  return mapOf(
    png,
    1,
    Float32Array.from(png.data, (millimetres) => (millimetres === 0 ? IGNORE : millimetres * METRES_PER_MILLIMETRE)),
  );
}

function mapOf({ width, height }: PngPixels, channels: number, data: Float32Array): LabelMap {
  return { width, height, channels, data };
}
