/** PNG files: palette indices and 16-bit values as they are stored; writing is by fast-png. Letters: [H,W,C] height, width, channels. */
import { encode } from "fast-png";
import type { RgbImage } from "../../contracts/sample";
import { joined } from "../../core/io/bytes";
import { crc32 } from "../../core/io/crc32";
import { readPng } from "./pngFile";
import type { Raster } from "./raster";

/** Values run from 0 to 2^depth - 1, one array entry each. */
export interface PngPixels extends Raster {
  readonly depth: number;
  readonly data: Uint8Array | Uint16Array;
}

/** @throws where the bytes are no readable PNG. */
export const decodePng = (bytes: Uint8Array): PngPixels => readPng(bytes);

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
  return joined([grey.subarray(0, 8), header, colours, grey.subarray(headerEnd)]);
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
