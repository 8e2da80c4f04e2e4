import { readFileSync } from "node:fs";
import fc from "fast-check";
import { decode as decodeByFastPng } from "fast-png";
import { describe, expect, it } from "vitest";
import { jpegOrientation, upright } from "../../src/data/io/exif";
import { decodePhotograph, readJpeg } from "../../src/data/io/image";
import { readPng } from "../../src/data/io/pngFile";
import { type PngPicture, pngPart, writePng } from "../dataSets/writePng";
import { decodeImage } from "../reference/decodeImage";

const folder = "tests/fixtures/arrays";
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(`${folder}/${name}`));
const expected = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")) as Record<
  string,
  { readonly shape: readonly [number, number, number]; readonly base64: string }
>;

/** Permitted depths by colour type, and channels. */
const TYPES = [
  { colour: 0, depths: [1, 2, 4, 8, 16], channels: 1 },
  { colour: 2, depths: [8, 16], channels: 3 },
  { colour: 3, depths: [1, 2, 4, 8], channels: 1 },
  { colour: 4, depths: [8, 16], channels: 2 },
  { colour: 6, depths: [8, 16], channels: 4 },
] as const;

const pictures: fc.Arbitrary<PngPicture> = fc.constantFrom(...TYPES).chain(({ colour, depths, channels }) =>
  fc
    .record({
      width: fc.integer({ min: 1, max: 19 }),
      height: fc.integer({ min: 1, max: 19 }),
      depth: fc.constantFrom<number>(...depths),
    })
    .chain(({ width, height, depth }) => {
      const length = width * height * channels;
      const palette = Array.from({ length: 2 ** depth }, (_, i) => [i, 255 - i, (7 * i) & 255]);
      return fc
        .array(fc.integer({ min: 0, max: 2 ** depth - 1 }), { minLength: length, maxLength: length })
        .map((data) => ({
          ...{ width, height, colour, depth, data },
          ...(colour === 3 ? { palette } : {}),
        }));
    }),
);
const options = fc.record({
  interlaced: fc.boolean(),
  // One filter for all rows, or each in turn.
  filter: fc.constantFrom(...[0, 1, 2, 3, 4].map((kind) => () => kind), (row: number) => row % 5),
  partBytes: fc.constantFrom(7, 40, Number.POSITIVE_INFINITY),
});

describe("readPng", () => {
  it("gives back every colour type and depth, however rows are filtered, interlaced or not, in one part or many", () => {
    fc.assert(
      fc.property(pictures, options, (picture, how) => {
        const { width, height, depth, channels, data, palette } = readPng(writePng(picture, how));
        expect([width, height, depth]).toEqual([picture.width, picture.height, picture.depth]);
        expect(data.length).toBe(width * height * channels);
        expect([...data]).toEqual(picture.data);
        expect(palette).toEqual(picture.palette);
      }),
      { seed: 41, numRuns: 400 },
    );
  });

  it("agrees with another reader about files of 8 and 16 bits", () => {
    fc.assert(
      fc.property(
        pictures.filter(({ depth }) => depth >= 8),
        options,
        (picture, how) => {
          const written = writePng(picture, how);
          expect([...readPng(written).data]).toEqual([...decodeByFastPng(written).data]);
        },
      ),
      { seed: 42, numRuns: 200 },
    );
  });

  const small = writePng({ width: 2, height: 1, colour: 0, depth: 8, data: [1, 2] });
  const headerEnd = 33;
  const withPart = (name: string): Uint8Array =>
    new Uint8Array(
      Buffer.concat([small.subarray(0, headerEnd), pngPart(name, Buffer.alloc(5)), small.subarray(headerEnd)]),
    );

  it("passes over parts that may be left out, and refuses those that may not", () => {
    expect([...readPng(withPart("teXt")).data]).toEqual([1, 2]);
    expect(() => readPng(withPart("XTRA"))).toThrow('needs its part "XTRA" to be understood');
    expect(() => readPng(withPart("IHDR"))).toThrow("does not begin with its one header");
  });

  it("refuses every file in which one byte differs: all of it is under a checksum", () => {
    const picture = writePng({
      width: 5,
      height: 4,
      colour: 3,
      depth: 8,
      data: new Array(20).fill(1),
      palette: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    });
    for (let at = 0; at < picture.length; at++) {
      const copy = picture.slice();
      copy[at]! ^= 1 << (at % 8);
      expect(() => readPng(copy), `byte ${at}`).toThrow(/^The (PNG|file)/);
    }
  });
});

/** Largest and mean difference. */
function differences(a: ArrayLike<number>, b: ArrayLike<number>): { largest: number; mean: number } {
  let [largest, sum] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    sum += difference;
    largest = Math.max(largest, difference);
  }
  return { largest, mean: sum / b.length };
}

describe("photographs as JPEG", () => {
  // libjpeg rounds brightness and differences otherwise by one, of which colours are made.
  const ROUNDING = 3;
  const MEAN_ROUNDING = 0.5;
  it.each([
    "full.jpg",
    "grey.jpg",
    "grey-restarts.jpg",
    "rgb.jpg",
    "subsampled.jpg",
    "progressive.jpg",
    "restarts.jpg",
    "cmyk.jpg",
  ])("look as libjpeg shows them: %s", (name) => {
    const { shape, base64 } = expected[name]!;
    const [height, width] = shape;
    const image = decodeImage(file(name));
    expect([image.width, image.height]).toEqual([width, height]);
    const { largest, mean } = differences(image.data, Buffer.from(base64, "base64"));
    expect(largest).toBeLessThanOrEqual(ROUNDING);
    expect(mean).toBeLessThanOrEqual(MEAN_ROUNDING);
  });

  it("are turned as their EXIF tag says, and their labels are not", () => {
    const { shape, base64 } = expected["turned.jpg"]!;
    const stored = { width: shape[1], height: shape[0], data: new Uint8Array(Buffer.from(base64, "base64")) };
    const image = decodeImage(file("turned.jpg"));
    // Tag 6: the stored picture is turned to the right by a quarter.
    expect([image.width, image.height]).toEqual([stored.height, stored.width]);
    const { data } = upright(stored, 6);
    expect(differences(image.data, data).largest).toBeLessThanOrEqual(ROUNDING);
    const at = (x: number, y: number): number => stored.data[3 * (y * stored.width + x)]!;
    expect([data[0], data[3 * (image.width - 1)]]).toEqual([at(0, stored.height - 1), at(0, 0)]);
    expect(readJpeg(file("turned.jpg"))).toMatchObject({ width: stored.width, height: stored.height });
  });

  it("have their tag found behind bytes that fill room between parts", () => {
    const turned = file("turned.jpg");
    expect(jpegOrientation(Uint8Array.of(0xff, 0xd8, 0xff, 0xff, ...turned.subarray(2)))).toBe(6);
    expect(jpegOrientation(turned.subarray(0, 20))).toBe(1);
    expect(jpegOrientation(Uint8Array.of(0xff, 0xd8))).toBe(1);
  });

  /** A header of a frame and what follows; `change` alters the frame's content. */
  const changedFrame = (name: string, change: (content: Uint8Array) => void): Uint8Array => {
    const copy = file(name).slice();
    const at = copy.findIndex((byte, i) => byte === 0xff && [0xc0, 0xc2].includes(copy[i + 1]!));
    change(copy.subarray(at + 4));
    return copy;
  };
  it.each([
    [
      "a size beyond its bytes",
      changedFrame("full.jpg", (frame) => frame.set([0x20, 0, 0x20, 0], 1)),
      /8192×8192, but its/,
    ],
    [
      "more pixels than can be read",
      changedFrame("full.jpg", (frame) => frame.set([0xff, 0xff, 0xff, 0xff], 1)),
      /at most 100 million/,
    ],
    ["no height", changedFrame("full.jpg", (frame) => frame.set([0, 0], 1)), /at least 1/],
    ["12 bits a value", changedFrame("full.jpg", (frame) => frame.set([12], 0)), /has 12 bits per value/],
    ["two components", changedFrame("full.jpg", (frame) => frame.set([2], 5)), /has 2 components/],
    ["no sampling", changedFrame("full.jpg", (frame) => frame.set([0], 7)), /sampled in a way/],
    ["a name twice", changedFrame("full.jpg", (frame) => frame.set([frame[6]!], 9)), /the same name/],
    [
      "a component without pixels",
      changedFrame("full.jpg", (frame) => frame.set([77], 12)),
      /no pixels for one of its colours/,
    ],
    [
      "another coding",
      file("full.jpg").map((byte, i, all) => (byte === 0xc0 && all[i - 1] === 0xff ? 0xc9 : byte)),
      /arithmetic-coded/,
    ],
    ["a cut end", file("full.jpg").subarray(0, -2), /ends before its end marker/],
    ["a cut half", file("full.jpg").subarray(0, 800), /ends before its end marker/],
  ])("are refused with %s", (_, bytes, message) => {
    expect(() => decodePhotograph(bytes)).toThrow(message);
  });

  it("are refused where scans go on and on, each a walk over all of their blocks", () => {
    const progressive = file("progressive.jpg");
    const end = progressive.length - 2;
    const last = progressive.findLastIndex((byte, i) => byte === 0xff && progressive[i + 1] === 0xda);
    const scan = progressive.subarray(last, end);
    const many = Buffer.concat([
      progressive.subarray(0, end),
      ...new Array<Uint8Array>(300).fill(scan),
      progressive.subarray(end),
    ]);
    expect(() => decodeImage(new Uint8Array(many))).toThrow("more than 256 scans");
  });
});
