/**
 * PNG files: palette indices and 16-bit values as they are stored. Letters: [H,W,C] height, width, channels. Reader and writer are our own:
 * fast-png leaves values of less than 8 bits packed, in which many label maps are kept, and unpacks without a bound whatever a file claims to
 * hold. Tests read with it what is written here.
 */
import { zlibSync } from "fflate";
import type { RgbImage } from "../../contracts/sample";
import { joined } from "../../core/io/bytes";
import { crc32 } from "../../core/io/crc32";
import { SIGNATURE } from "./pngFile";
import type { Raster } from "./raster";

/** Values run from 0 to 2^depth - 1, one array entry each. */
export interface PngPixels extends Raster {
  readonly depth: number;
  readonly data: Uint8Array | Uint16Array;
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

/** Colour types by the number of channels. */
const COLOUR_TYPES: Readonly<Record<number, number>> = { 1: 0, 3: 2, 4: 6 };
/** Little is gained by more: pictures of predictions are flat, and photographs hardly shrink. */
const LEVEL = 3;

/** Writes 8-bit (Uint8Array) or 16-bit (Uint16Array) pixels, data: [H,W,C] with C = 1 grey, 3 RGB or 4 RGBA. @throws where the data has another size. */
export function encodePng(image: {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array | Uint16Array;
}): Uint8Array {
  const { width, height, channels, data } = image;
  const colour = COLOUR_TYPES[channels];
  if (colour === undefined || width < 1 || height < 1 || data.length !== width * height * channels)
    throw new Error(
      `A picture of ${width}×${height} with ${channels} channels came with ${data.length} values; expected 1, 3 or 4 channels and a value for each.`,
    );
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8 * data.BYTES_PER_ELEMENT, colour], 8);
  return joined([
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", zlibSync(unfiltered(data, width * channels, height), { level: LEVEL })),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** Rows of big-endian values, each after the byte that says that it is not filtered. */
function unfiltered(data: Uint8Array | Uint16Array, columns: number, height: number): Uint8Array {
  const width = data.BYTES_PER_ELEMENT;
  const rows = new Uint8Array(height * (1 + columns * width));
  const view = new DataView(rows.buffer);
  for (let y = 0, at = 0; y < height; y++) {
    at++;
    for (let i = y * columns; i < (y + 1) * columns; i++, at += width)
      if (width === 2) view.setUint16(at, data[i]!);
      else rows[at] = data[i]!;
  }
  return rows;
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
