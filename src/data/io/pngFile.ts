/**
 * PNG files as they are stored: palette indices, 1 to 16 bits, all five colour types, interlaced or not. Format: W3C, "Portable Network
 * Graphics", third edition, 2025. Nothing is allocated for a size that the compressed bytes do not bear out.
 */
import { joined } from "../../core/io/bytes";
import { crc32 } from "../../core/io/crc32";
import { inflateZlib } from "../../core/io/inflate";
import { checkPixelCount, type Raster } from "./raster";

export const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;
const PALETTE_COLOUR = 3;
/** No DEFLATE stream grows more; the constant pays for a short one. */
const MAX_RATIO = 1032;

export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

/** Channels and permitted depths by colour type. */
const colourTypes: Readonly<Record<number, { readonly channels: number; readonly depths: readonly number[] }>> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  3: { channels: 1, depths: [1, 2, 4, 8] },
  4: { channels: 2, depths: [8, 16] },
  6: { channels: 4, depths: [8, 16] },
};

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly channels: number;
  readonly interlaced: boolean;
}

/** @throws where the bytes are no PNG, cut, or contradict themselves. */
export function readPng(
  bytes: Uint8Array,
): Raster & { readonly depth: number; readonly data: Uint8Array | Uint16Array } {
  const { header, colours, packed } = readChunks(bytes);
  const { width, height, depth, channels, colour } = header;
  const passes = passesOf(header);
  const expected = passes.reduce((sum, pass) => sum + (1 + pass.rowBytes) * pass.height, 0);
  if (expected > (packed.length + 1) * MAX_RATIO)
    throw new Error(
      `The PNG says that it is ${width}×${height}, but ${packed.length} compressed bytes cannot hold that. It is cut or made to harm.`,
    );
  const rows = inflateZlib(packed, expected);
  if (rows.length !== expected)
    throw new Error(`The PNG's pixels unpack to ${rows.length} bytes in place of ${expected}. It is cut or damaged.`);
  const data = depth === 16 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
  let at = 0;
  for (const pass of passes) {
    unfilter(rows.subarray(at, at + (1 + pass.rowBytes) * pass.height), pass, Math.max(1, (channels * depth) >> 3));
    scatter(rows.subarray(at), pass, header, data);
    at += (1 + pass.rowBytes) * pass.height;
  }
  if (colour !== PALETTE_COLOUR) return { width, height, channels, depth, data };
  if (colours.length === 0) throw new Error("The PNG has colours by index, but no palette. It is damaged.");
  return { width, height, channels, depth, data, palette: colours };
}

function readChunks(bytes: Uint8Array): {
  header: Header;
  colours: readonly (readonly number[])[];
  packed: Uint8Array;
} {
  if (!isPng(bytes)) throw new Error("The file is no PNG.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let header: Header | undefined;
  let colours: readonly (readonly number[])[] = [];
  for (let at: number = SIGNATURE.length; ; ) {
    const length = at + 12 <= bytes.length ? view.getUint32(at) : Number.NaN;
    if (!(at + 12 + length <= bytes.length))
      throw new Error("The PNG ends before its last part. It is cut or damaged.");
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length))
      throw new Error(`The PNG's part ${JSON.stringify(name)} does not match its checksum. The file is damaged.`);
    if ((name === "IHDR") !== (at === SIGNATURE.length))
      throw new Error("The PNG does not begin with its one header. It is damaged.");
    if (name === "IHDR") header = parseHeader(content);
    else if (name === "PLTE") colours = parsePalette(content);
    else if (name === "IDAT") parts.push(content);
    else if (name === "IEND") break;
    // A small first letter: may be left out.
    else if (name < "a")
      throw new Error(
        `The PNG needs its part ${JSON.stringify(name)} to be understood, which is not known. Save it anew.`,
      );
    at += 12 + length;
  }
  if (!header || parts.length === 0) throw new Error("The PNG has no header or no pixels. It is damaged.");
  return { header, colours, packed: parts.length === 1 ? parts[0]! : joined(parts) };
}

function parseHeader(content: Uint8Array): Header {
  if (content.length !== 13)
    throw new Error(`The PNG's header has ${content.length} bytes in place of 13. It is damaged.`);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, compression, filter, interlace] = content.subarray(8) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  const type = colourTypes[colour];
  if (!type?.depths.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1)
    throw new Error(
      `The PNG has colour type ${colour} with ${depth} bits, compression ${compression}, filter ${filter}, interlace ${interlace}, which the format does not know. It is damaged.`,
    );
  checkPixelCount(width, height);
  return { width, height, depth, colour, channels: type.channels, interlaced: interlace === 1 };
}

function parsePalette(content: Uint8Array): readonly (readonly number[])[] {
  const count = content.length / 3;
  if (!Number.isInteger(count) || count < 1 || count > 256)
    throw new Error(`The PNG has a palette of ${content.length} bytes, which is not 1 to 256 colours. It is damaged.`);
  return Array.from({ length: count }, (_, i) => [...content.subarray(3 * i, 3 * i + 3)]);
}

/** One sub-picture: pixel (x, y) of it is pixel (left + x · stepX, top + y · stepY) of the picture. */
interface Pass {
  readonly left: number;
  readonly top: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly width: number;
  readonly height: number;
  readonly rowBytes: number;
}

/** The seven passes of Adam7: left, top, step in x, step in y. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function passesOf({ width, height, depth, channels, interlaced }: Header): readonly Pass[] {
  return (interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const))
    .map(([left, top, stepX, stepY]) => {
      const columns = Math.ceil((width - left) / stepX);
      const rows = Math.ceil((height - top) / stepY);
      return {
        left,
        top,
        stepX,
        stepY,
        width: columns,
        height: rows,
        rowBytes: Math.ceil((columns * channels * depth) / 8),
      };
    })
    .filter((pass) => pass.width > 0 && pass.height > 0);
}

/** Undoes the prediction of each row from its left (a), upper (b) and upper left (c) bytes, in place; rows: [height, 1 + rowBytes]. */
function unfilter(rows: Uint8Array, { height, rowBytes }: Pass, pixelBytes: number): void {
  const stride = 1 + rowBytes;
  for (let y = 0; y < height; y++) {
    const start = y * stride + 1;
    const filter = rows[start - 1]!;
    if (filter > 4) throw new Error(`The PNG has a row with filter ${filter}; 0 to 4 are known. It is damaged.`);
    if (filter === 0) continue;
    for (let i = 0; i < rowBytes; i++) {
      const a = i < pixelBytes ? 0 : rows[start + i - pixelBytes]!;
      const b = y === 0 ? 0 : rows[start + i - stride]!;
      const c = y === 0 || i < pixelBytes ? 0 : rows[start + i - stride - pixelBytes]!;
      const guess = filter === 1 ? a : filter === 2 ? b : filter === 3 ? (a + b) >> 1 : paeth(a, b, c);
      rows[start + i] = rows[start + i]! + guess;
    }
  }
}

function paeth(a: number, b: number, c: number): number {
  const [fromA, fromB, fromC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (fromA <= fromB && fromA <= fromC) return a;
  return fromB <= fromC ? b : c;
}

/** A pass's rows → their places in data: [H,W,C]. */
function scatter(
  rows: Uint8Array,
  pass: Pass,
  { width, depth, channels }: Header,
  data: Uint8Array | Uint16Array,
): void {
  const mask = (1 << depth) - 1;
  for (let y = 0; y < pass.height; y++) {
    const start = y * (1 + pass.rowBytes) + 1;
    const row = (pass.top + y * pass.stepY) * width + pass.left;
    for (let i = 0; i < pass.width * channels; i++) {
      const to =
        channels === 1
          ? row + i * pass.stepX
          : (row + Math.floor(i / channels) * pass.stepX) * channels + (i % channels);
      if (depth === 8) data[to] = rows[start + i]!;
      else if (depth === 16) data[to] = (rows[start + 2 * i]! << 8) | rows[start + 2 * i + 1]!;
      else data[to] = (rows[start + ((i * depth) >> 3)]! >> (8 - depth - ((i * depth) & 7))) & mask;
    }
  }
}
