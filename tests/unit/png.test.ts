import fc from "fast-check";
import { decode as decodeByFastPng } from "fast-png";
import { encode as encodeJpeg } from "jpeg-js";
import { describe, expect, it } from "vitest";
import { encodePng, pngToRgb } from "../../src/data/io/png";
import { readPng } from "../../src/data/io/pngFile";
import { writePng } from "../dataSets/writePng";
import { decodeImage } from "../reference/decodeImage";

const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

describe("readPng", () => {
  it("gives back what encodePng wrote: grey, colour and 16 bits", () => {
    const grey = { width: 3, height: 2, channels: 1, data: Uint8Array.of(0, 1, 2, 20, 254, 255) };
    const colour = { width: 1, height: 2, channels: 3, data: Uint8Array.of(1, 2, 3, 250, 251, 252) };
    const deep = { width: 2, height: 2, channels: 1, data: Uint16Array.of(0, 1, 256, 65535) };
    expect(readPng(encodePng(grey))).toEqual({ ...grey, depth: 8 });
    expect(readPng(encodePng(colour))).toEqual({ ...colour, depth: 8 });
    expect(readPng(encodePng(deep))).toEqual({ ...deep, depth: 16 });
  });

  it("gives back any picture that encodePng wrote, as another reader does", () => {
    const pictures = fc
      .record({
        width: fc.integer({ min: 1, max: 9 }),
        height: fc.integer({ min: 1, max: 9 }),
        channels: fc.constantFrom(1, 3, 4),
        deep: fc.boolean(),
      })
      .chain(({ width, height, channels, deep }) => {
        const size = { minLength: width * height * channels, maxLength: width * height * channels };
        const data = deep ? fc.uint16Array(size) : fc.uint8Array(size);
        return data.map((values) => ({ width, height, channels, data: values }));
      });
    fc.assert(
      fc.property(pictures, (picture) => {
        const depth = 8 * picture.data.BYTES_PER_ELEMENT;
        const written = encodePng(picture);
        expect(readPng(written)).toEqual({ ...picture, depth });
        expect(decodeByFastPng(written, { checkCrc: true })).toMatchObject({ ...picture, depth });
      }),
      { seed: 43, numRuns: 200 },
    );
  });

  it("is not written of a picture whose values do not fill it", () => {
    const data = new Uint8Array(5);
    expect(() => encodePng({ width: 2, height: 1, channels: 3, data })).toThrow(
      "2×1 with 3 channels came with 5 values",
    );
    expect(() => encodePng({ width: 5, height: 1, channels: 2, data })).toThrow("expected 1, 3 or 4 channels");
  });

  it("keeps the indices of a palette, not its colours", () => {
    const indices = { width: 4, height: 1, colour: 3, depth: 8, data: [2, 0, 1, 2] } as const;
    const palette: [number, number, number][] = [
      [0, 0, 0],
      [128, 0, 0],
      [0, 128, 0],
    ];
    const png = readPng(writePng({ ...indices, palette }));
    expect([...png.data]).toEqual([2, 0, 1, 2]);
    expect(png.channels).toBe(1);
    expect([...pngToRgb(png).data]).toEqual([0, 128, 0, 0, 0, 0, 128, 0, 0, 0, 128, 0]);
  });

  it("unpacks pixels of 1, 2 and 4 bits, whose rows end at a byte", () => {
    for (const { file, depth, data, rgb } of PACKED) {
      const png = readPng(base64(file));
      expect(png.depth).toBe(depth);
      expect([...png.data]).toEqual(data);
      expect([...pngToRgb(png).data].filter((_, i) => i % 3 === 0)).toEqual(rgb);
    }
  });

  it("refuses a damaged file", () => {
    const bytes = encodePng({ width: 8, height: 8, channels: 1, data: new Uint8Array(64).map((_, i) => i * 3) });
    bytes[bytes.length - 20]! ^= 0xff;
    expect(() => readPng(bytes)).toThrow();
    expect(() => readPng(bytes.subarray(0, 40))).toThrow();
  });
});

describe("decodeImage", () => {
  it("reads a JPEG as RGB, up to the file's own loss", () => {
    const [width, height] = [16, 8];
    const rgba = new Uint8Array(width * height * 4);
    for (let i = 0; i < width * height; i++) rgba.set([200, 100 + (i % width), 50, 255], 4 * i);
    const image = decodeImage(new Uint8Array(encodeJpeg({ width, height, data: rgba }, 95).data));
    expect([image.width, image.height, image.data.length]).toEqual([width, height, width * height * 3]);
    for (let i = 0; i < width * height; i++) {
      expect(Math.abs(image.data[3 * i]! - 200)).toBeLessThan(8);
      expect(Math.abs(image.data[3 * i + 1]! - 100 - (i % width))).toBeLessThan(8);
      expect(Math.abs(image.data[3 * i + 2]! - 50)).toBeLessThan(8);
    }
  });

  it("reads a grey or 16-bit PNG as RGB of 8 bits, and drops alpha", () => {
    const deep = encodePng({ width: 3, height: 1, channels: 1, data: Uint16Array.of(0, 32896, 65535) });
    expect([...decodeImage(deep).data]).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255]);
    const alpha = encodePng({ width: 1, height: 1, channels: 4, data: Uint8Array.of(1, 2, 3, 0) });
    expect([...decodeImage(alpha).data]).toEqual([1, 2, 3]);
  });

  it("refuses other files and cut photographs", () => {
    expect(() => decodeImage(Uint8Array.of(0x47, 0x49, 0x46))).toThrow("neither a JPEG nor a PNG");
    const rgba = new Uint8Array(64 * 64 * 4).map((_, i) => (i * 31) & 255);
    const file = new Uint8Array(encodeJpeg({ width: 64, height: 64, data: rgba }, 90).data);
    expect(() => decodeImage(file.subarray(0, file.length >> 1))).toThrow();
  });
});

/** Small files from another encoder; data: indices or grey levels, rgb: the red channel. */
const PACKED: readonly { file: string; depth: number; data: number[]; rgb: number[] }[] = [
  {
    file: "iVBORw0KGgoAAAANSUhEUgAAAAkAAAACAQAAAACiLct+AAAADklEQVR4nGPY1MDg2wAABpoCABFpfV8AAAAASUVORK5CYII=",
    depth: 1,
    data: [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1],
    rgb: [255, 0, 255, 255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 0, 255, 255],
  },
  {
    file: "iVBORw0KGgoAAAANSUhEUgAAAAUAAAACAgAAAAD/sVEgAAAADklEQVR4nGM45sAgfQAABdoB4gOB3ycAAAAASUVORK5CYII=",
    depth: 2,
    data: [3, 0, 1, 2, 1, 0, 1, 2, 3, 3],
    rgb: [255, 0, 85, 170, 85, 0, 85, 170, 255, 255],
  },
  {
    file: "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACBAMAAABvWnspAAAACVBMVEUKAAAUAAAeAACYsq2pAAAADklEQVR4nGNQEGAQYgAAAQoAQ74aaWoAAAAASUVORK5CYII=",
    depth: 4,
    data: [2, 0, 1, 1, 2, 0],
    rgb: [30, 10, 20, 20, 30, 10],
  },
];
