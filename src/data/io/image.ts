/** Photographs: JPEG (by jpeg-js), PNG and arrays (NPY) to 8-bit colours. */
import { decode as decodeJpegFile } from "jpeg-js";
import type { RgbImage } from "../../contracts/sample";
import { arrayRaster } from "./array";
import { jpegOrientation } from "./exif";
import { jpegColours } from "./jpegColours";
import { checkJpeg, type JpegFrame } from "./jpegParts";
import { isNpy, readNpy } from "./npy";
import { pngToRgb } from "./png";
import { isPng, readPng } from "./pngFile";
import { MAX_PIXELS, type Raster } from "./raster";

const MEBIBYTE = 2 ** 20;

/** File name endings that `decodePhotograph` can read, in lower case. */
export const IMAGE_EXTENSIONS = ["jpg", "jpeg", "png", "npy"] as const;

const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8;

/** A photograph as its file stores it, and how it is to be turned (exif.ts); 1: not at all. */
export interface Photograph {
  readonly stored: RgbImage;
  readonly orientation: number;
}

/**
 * Reads by the file's content, not its name.
 * @throws where the bytes are no readable JPEG, PNG or NPY file.
 */
export function decodePhotograph(bytes: Uint8Array): Photograph {
  if (isJpeg(bytes)) return { stored: jpegImage(bytes), orientation: jpegOrientation(bytes) };
  if (isPng(bytes)) return { stored: pngToRgb(readPng(bytes)), orientation: 1 };
  if (isNpy(bytes)) return { stored: arrayImage(arrayRaster(readNpy(bytes))), orientation: 1 };
  throw new Error("The file is neither a JPEG nor a PNG.");
}

/** A JPEG's colours as they are stored. @throws where it is damaged. */
export function readJpeg(bytes: Uint8Array): Raster {
  return { ...jpegImage(bytes), channels: 3, depth: 8, lossy: true };
}

function jpegImage(bytes: Uint8Array): RgbImage {
  const frame = checkJpeg(bytes);
  const { width, height, data } = decodeJpeg(frame.components === 3 ? withoutTransform(bytes, frame) : bytes, frame);
  if (width === frame.width && height === frame.height) {
    if (frame.components === 3) jpegColours(data, frame);
    return { width, height, data };
  }
  throw new Error(`The JPEG says that it is ${frame.width}×${frame.height}, but ${width}×${height}. It is damaged.`);
}

/** The decoder cuts off fractions of colours and repeats those that are stored at half the size; it is to leave components as they are. */
function withoutTransform(bytes: Uint8Array, { adobeTransforms }: JpegFrame): Uint8Array {
  if (adobeTransforms.every((at) => bytes[at] === 0)) return bytes;
  const copy = bytes.slice();
  for (const at of adobeTransforms) copy[at] = 0;
  return copy;
}

function decodeJpeg(bytes: Uint8Array, frame: JpegFrame): RgbImage {
  try {
    return decodeJpegFile(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      // Where restarts do not divide the blocks evenly the decoder walks past the last one. It tolerates nothing else by this.
      tolerantDecoding: true,
      ...(frame.components === 3 ? { colorTransform: false } : {}),
      maxResolutionInMP: MAX_PIXELS / 1e6,
      maxMemoryUsageInMB: decoderBytes(frame) / MEBIBYTE,
    });
  } catch (cause) {
    // The decoder throws whatever its tables lead it to.
    throw new Error(
      `The JPEG cannot be decoded (${cause instanceof Error ? cause.message : cause}). It is cut or damaged.`,
      { cause },
    );
  }
}

/** What the decoder allocates for such a frame: coefficients of 4 bytes, samples twice, in whole blocks of up to four a side; and tables. */
function decoderBytes({ width, height, components }: JpegFrame): number {
  const side = (length: number): number => Math.ceil(length / 32) * 32;
  return side(width) * side(height) * (components * (4 + 1 + 1) + 3) + 4 * MEBIBYTE;
}

/** Bytes as they are, floats from 0 to 1; grey becomes three equal channels. */
function arrayImage({ width, height, channels, data }: Raster): RgbImage {
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  if (!isFloat && !(data instanceof Uint8Array))
    throw new Error("An array of colours must hold bytes (0 to 255) or floats (0 to 1). Save array.astype('uint8').");
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) {
    const value = data[Math.floor(i / 3) * channels + (channels < 3 ? 0 : i % 3)]!;
    if (isFloat && !(value >= -1e-3 && value <= 1.001))
      throw new Error(`An array of colours in floats runs from 0 to 1, but one value is ${value}.`);
    rgb[i] = isFloat ? Math.min(255, Math.max(0, Math.round(value * 255))) : value;
  }
  return { width, height, data: rgb };
}
