/** PNG files, by fast-png: palette indices and 16-bit values as they are stored. Letters: [H,W,C] height, width, channels. */
import { decode, encode } from "fast-png";
import type { RgbImage } from "../../contracts/sample";

/** data: [H,W,C]; with a palette C = 1 and data holds indices. Values run from 0 to 2^depth - 1, one array entry each. */
export interface PngPixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly depth: number;
  readonly data: Uint8Array | Uint16Array;
  /** Per index red, green, blue and perhaps alpha, 0 to 255. */
  readonly palette?: readonly (readonly number[])[];
}

/** The position of the interlace method in a PNG file: signature, chunk length and name, then the 13 bytes of IHDR. */
const INTERLACE_BYTE = 28;

/** @throws where the bytes are no readable PNG. */
export function decodePng(bytes: Uint8Array): PngPixels {
  const { width, height, channels, depth, data, palette } = decode(bytes, { checkCrc: true });
  if (depth < 8 && bytes[INTERLACE_BYTE] !== 0) {
    throw new Error(`Interlaced PNG with ${depth} bits per pixel is not supported. Save it without interlacing.`);
  }
  const values = data instanceof Uint8ClampedArray ? new Uint8Array(data.buffer) : data;
  const pixels = depth < 8 ? unpackBits(values, width, height, depth) : values;
  return { width, height, channels, depth, data: pixels, ...(palette ? { palette } : {}) };
}

/** Rows of 1, 2 or 4 bits per pixel, each padded to a byte → one byte per pixel: [H,W]. */
function unpackBits(packed: Uint8Array | Uint16Array, width: number, height: number, depth: number): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  const mask = (1 << depth) - 1;
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = packed[y * rowBytes + (bit >> 3)]!;
      pixels[y * width + x] = (byte >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return pixels;
}

/** Colours of a PNG at 8 bits; grey becomes three equal channels, alpha is dropped. data: [H,W,3]. */
export function pngToRgb(png: PngPixels): RgbImage {
  const { width, height, channels, depth, data, palette } = png;
  const rgb = new Uint8Array(width * height * 3);
  const to8Bits = 255 / (2 ** depth - 1);
  const grey = channels < 3;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const colour = palette ? palette[data[pixel]!] : undefined;
    if (palette && !colour) throw new Error(`The PNG uses colour ${data[pixel]} of a palette of ${palette.length}.`);
    for (let c = 0; c < 3; c++) {
      const value = data[pixel * channels + (grey ? 0 : c)]!;
      rgb[3 * pixel + c] = colour ? colour[c]! : Math.round(value * to8Bits);
    }
  }
  return { width, height, data: rgb };
}

/** Writes 8-bit (Uint8Array) or 16-bit (Uint16Array) pixels, data: [H,W,C] with C = 1 grey, 3 RGB or 4 RGBA. */
export function encodePng(image: {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array | Uint16Array;
}): Uint8Array {
  const { width, height, channels, data } = image;
  return encode({ width, height, channels, data, depth: data instanceof Uint16Array ? 16 : 8 });
}

/** Writes 8-bit indices with their palette (red, green, blue per index), as class maps are often kept. */
export function encodeIndexedPng(
  image: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  palette: readonly (readonly [number, number, number])[],
): Uint8Array {
  const grey = encodePng({ ...image, channels: 1 });
  // Grey and indexed files differ in one byte of IHDR and the chunk PLTE that follows it.
  const headerEnd = 33;
  const header = chunk("IHDR", replaceAt(grey.subarray(16, 29), 9, 3));
  const colours = chunk("PLTE", Uint8Array.from(palette.flat()));
  return joinBytes([grey.subarray(0, 8), header, colours, grey.subarray(headerEnd)]);
}

function replaceAt(bytes: Uint8Array, index: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[index] = value;
  return copy;
}

function chunk(name: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
