import { readFileSync } from "node:fs";
import { constants, deflateRawSync, deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { thin } from "../../src/data/formats/edges";
import { readJpeg } from "../../src/data/io/image";
import { readRaster } from "../../src/data/io/readRaster";
import { writeMat } from "../dataSets/writeMat";
import { pngPart } from "../dataSets/writePng";

const file = (name: string): Uint8Array => new Uint8Array(readFileSync(`tests/fixtures/arrays/${name}`));
const text = (words: string): Uint8Array => new Uint8Array(Buffer.from(words));
const _product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Far more than any of these takes on two busy cores, far less than they would without their bounds. */
const MOST_MILLISECONDS = 30_000;

/** Of the process since it began, in mebibytes: how much more it needs at most while `work` runs. */
function memoryGrowth(work: () => unknown): number {
  const before = process.resourceUsage().maxRSS;
  work();
  return (process.resourceUsage().maxRSS - before) / 1024;
}

describe("files that are made to harm are refused before their memory is taken", () => {
  const zeros = (count: number): Buffer => Buffer.alloc(count);
  const compressed = (content: Uint8Array): Uint8Array => variable(deflateSync(content));
  const variable = (packed: Uint8Array): Uint8Array => {
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(15, 0);
    tag.writeUInt32LE(packed.length, 4);
    return new Uint8Array(Buffer.concat([writeMat({}), tag, packed]));
  };
  /** Zeros without end: a part of a stream that may be repeated. */
  const endless = (): Uint8Array => {
    const part = deflateRawSync(zeros(2 ** 20), { finishFlush: constants.Z_SYNC_FLUSH });
    return Buffer.concat([Buffer.from([0x78, 0x9c]), ...new Array<Buffer>(300).fill(part)]);
  };
  /** A cell of a million empty arrays, eight bytes each before compression. */
  const cellBomb = (): Uint8Array => {
    const count = 1_000_000;
    const empty = Buffer.from([14, 0, 0, 0, 0, 0, 0, 0]);
    const inner = Buffer.concat([
      Buffer.from([6, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from([5, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0]),
      Buffer.from(Uint32Array.of(count).buffer),
      Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.alloc(8 * count, empty),
    ]);
    return compressed(
      Buffer.concat([Buffer.from([14, 0, 0, 0]), Buffer.from(Uint32Array.of(inner.length).buffer), inner]),
    );
  };
  const png = (width: number, height: number, rows: number): Uint8Array => {
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header[8] = 8;
    const parts = [pngPart("IHDR", header), pngPart("IDAT", deflateSync(zeros(rows))), pngPart("IEND", zeros(0))];
    return new Uint8Array(Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...parts]));
  };
  const jpegOf = (width: number, height: number): Uint8Array => {
    const copy = file("full.jpg").slice();
    const at = copy.findIndex((byte, i) => byte === 0xff && copy[i + 1] === 0xc0);
    copy.set([height >> 8, height & 255, width >> 8, width & 255], at + 5);
    return copy;
  };
  const npyOf = (shape: string): Uint8Array => {
    const header = `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }\n`;
    return Uint8Array.of(0x93, ...text("NUMPY"), 1, 0, header.length, 0, ...text(header), 1, 2, 3);
  };

  it.each([
    ["a PNG of 10⁹ pixels", () => png(40_000, 25_000, 100), /at most 100 million/],
    ["a PNG of 2³¹ pixels a side", () => png(2 ** 31 - 1, 2 ** 31 - 1, 100), /at most 100 million/],
    ["a PNG of more pixels than its bytes can hold", () => png(9000, 9000, 100), /cannot hold that/],
    ["a PNG whose pixels go on and on", () => png(10, 10, 20_000_000), /unpacks to more than the 110 bytes/],
    ["a JPEG of 65500 pixels a side", () => jpegOf(65_500, 65_500), /at most 100 million/],
    ["a JPEG of more pixels than its bytes can hold", () => jpegOf(9000, 9000), /cannot hold that/],
    ["an NPY of 10¹⁸ numbers", () => npyOf("(1000000000, 1000000000)"), /bytes, but 3 follow|no file can hold/],
    ["an NPY of 10⁹ numbers", () => npyOf("(40000, 25000)"), /8000000000 bytes, but 3 follow/],
    ["a MAT of a million empty arrays", cellBomb, /holds more than 200000 arrays/],
    ["a MAT whose variable goes on and on", () => variable(endless()), /unpacks to more than the/],
  ])("%s", (_, make, message) => {
    const bytes = make();
    const read = (): unknown => (bytes[0] === 0xff ? readJpeg(bytes) : readRaster(bytes));
    const started = performance.now();
    // At most what the variables of one MAT file may unpack to, and what comes of one step of fflate; never what a header asks for.
    expect(memoryGrowth(() => expect(read).toThrow(message))).toBeLessThan(500);
    expect(performance.now() - started).toBeLessThan(MOST_MILLISECONDS);
  });

  it("noise in the place of labels is thinned in time that grows with its pixels", () => {
    const side = 500;
    const started = performance.now();
    const edges = thin(new Uint8Array(side * side).fill(1), side, side);
    expect(edges.some((pixel) => pixel === 1)).toBe(true);
    expect(performance.now() - started).toBeLessThan(MOST_MILLISECONDS);
  });
});
