/** PNG files of every colour type, depth, row filter and interlacing (W3C, "Portable Network Graphics", third edition), by Node's zlib. */
import { crc32, deflateSync } from "node:zlib";

export interface PngPicture {
  readonly width: number;
  readonly height: number;
  /** 0 grey, 2 colour, 3 palette, 4 grey and alpha, 6 colour and alpha. */
  readonly colour: 0 | 2 | 3 | 4 | 6;
  readonly depth: number;
  /** [H,W,C]. */
  readonly data: ArrayLike<number>;
  readonly palette?: readonly (readonly number[])[];
}

export interface PngOptions {
  readonly interlaced?: boolean;
  /** Row filter by row; absent: 0 to 4 in turn. */
  readonly filter?: (row: number) => number;
  /** Bytes of each IDAT part. */
  readonly partBytes?: number;
}

const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;

export function writePng(picture: PngPicture, options: PngOptions = {}): Uint8Array {
  const { width, height, colour, depth, palette } = picture;
  const { interlaced = false, filter = (row) => row % 5, partBytes = Number.POSITIVE_INFINITY } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8);
  const packed = deflateSync(Buffer.concat(passes(picture, interlaced).map((rows) => filtered(rows, picture, filter))));
  const parts: Buffer[] = [];
  for (let at = 0; at < packed.length; at += partBytes)
    parts.push(pngPart("IDAT", packed.subarray(at, at + partBytes)));
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      pngPart("IHDR", header),
      ...(palette ? [pngPart("PLTE", Buffer.from(palette.flat()))] : []),
      ...parts,
      pngPart("IEND", Buffer.alloc(0)),
    ]),
  );
}

/** Length, name, content and checksum. */
export function pngPart(name: string, content: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const named = Buffer.concat([Buffer.from(name, "latin1"), content]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** The pattern of Adam7: which pass each pixel of an 8×8 square belongs to. */
const ADAM7 = ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];

/** Rows of values, C a pixel, of each pass that is not empty. */
function passes({ width, height, colour, data }: PngPicture, interlaced: boolean): number[][][] {
  const channels = CHANNELS[colour];
  const all = Array.from({ length: 7 }, (): number[][] => []);
  for (let y = 0; y < height; y++) {
    const rows = Array.from({ length: 7 }, (): number[] => []);
    for (let x = 0; x < width; x++) {
      const pass = interlaced ? Number(ADAM7[y % 8]![x % 8]) - 1 : 0;
      for (let c = 0; c < channels; c++) rows[pass]!.push(data[(y * width + x) * channels + c]!);
    }
    rows.forEach((row, pass) => {
      if (row.length > 0) all[pass]!.push(row);
    });
  }
  return all.filter((rows) => rows.length > 0);
}

function packRow(row: readonly number[], depth: number): Buffer {
  if (depth === 8) return Buffer.from(row);
  if (depth === 16) return Buffer.from(row.flatMap((value) => [value >> 8, value & 255]));
  const bits = row.map((value) => value.toString(2).padStart(depth, "0")).join("");
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2)));
}

/** Each row with its filter's number before it, and in place of each byte its difference from what the filter predicts. */
function filtered(rows: readonly number[][], { colour, depth }: PngPicture, filter: (row: number) => number): Buffer {
  const pixelBytes = Math.max(1, (CHANNELS[colour] * depth) / 8);
  const packed = rows.map((row) => packRow(row, depth));
  const lines = packed.map((line, y) => {
    const above = packed[y - 1] ?? Buffer.alloc(line.length);
    const kind = filter(y);
    const differences = line.map((byte, i) => {
      const [left, up, corner] = [line[i - pixelBytes] ?? 0, above[i]!, above[i - pixelBytes] ?? 0];
      return byte - prediction(kind, left, up, corner);
    });
    return Buffer.from([kind, ...differences]);
  });
  return Buffer.concat(lines);
}

function prediction(kind: number, left: number, up: number, corner: number): number {
  if (kind < 3) return [0, left, up][kind]!;
  if (kind === 3) return Math.floor((left + up) / 2);
  const estimate = left + up - corner;
  const nearest = Math.min(...[left, up, corner].map((value) => Math.abs(value - estimate)));
  return [left, up, corner].find((value) => Math.abs(value - estimate) === nearest)!;
}
