import { describe, expect, it } from "vitest";
import { random } from "../../src/core/math/random";
import { jpegColours } from "../../src/data/io/jpegColours";
import { jpeg } from "../dataSets/dataSet";
import { decodeImage } from "../reference/decodeImage";

const ONE = { across: 1, down: 1 };

/** [H,W,3] with one component as given and the others 128, changed as a frame of such coverage is. */
function changed(
  [width, height]: readonly [number, number],
  component: number,
  { across, down }: typeof ONE,
  stored: (column: number, row: number) => number,
): number[] {
  const at = (i: number): readonly [number, number] => [i % width, Math.floor(i / width)];
  const pixels = new Uint8Array(3 * width * height).fill(128);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = at(i);
    pixels[3 * i + component] = stored(Math.floor(x / across), Math.floor(y / down));
  }
  const covers = [0, 1, 2].map((c) => (c === component ? { across, down } : ONE));
  jpegColours(pixels, { width, height, components: 3, isRgb: true, covers, adobeTransforms: [] });
  return Array.from({ length: width * height }, (_, i) => pixels[3 * i + component]!);
}

describe("a JPEG's colours", () => {
  it.each([
    [2, 1],
    [2, 2],
    [1, 2],
  ])("that cover %i×%i pixels lie on the line between stored ones, a quarter of the way or three", (across, down) => {
    const [width, height] = [21, 14];
    const found = changed([width, height], 2, { across, down }, (column, row) => 8 * column + 12 * row);
    // A stored value lies in the middle of what it covers.
    const middle = (place: number, cover: number): number => (place + 0.5) / cover - 0.5;
    for (let y = down; y < height - down; y++)
      for (let x = across; x < width - across; x++)
        expect(found[y * width + x]).toBe(8 * middle(x, across) + 12 * middle(y, down));
  });

  it("that are alike stay so up to the border, at odd sizes too", () => {
    for (const [across, down] of [
      [2, 1],
      [2, 2],
      [1, 2],
      [4, 1],
      [1, 1],
    ] as const)
      for (const size of [
        [1, 1],
        [5, 7],
        [16, 3],
      ] as const)
        for (const value of [0, 77, 255])
          expect(new Set(changed(size, 1, { across, down }, () => value))).toEqual(new Set([value]));
  });

  it("are repeated where they cover more than two pixels, or are two columns", () => {
    const quarter = changed([8, 1], 1, { across: 4, down: 1 }, (column) => 100 * column);
    expect(quarter).toEqual([0, 0, 0, 0, 100, 100, 100, 100]);
    expect(changed([4, 1], 1, { across: 2, down: 1 }, (column) => 100 * column)).toEqual([0, 0, 100, 100]);
  });

  it("are the nearest whole numbers to JFIF's formula", () => {
    const draw = random(7, "colours");
    const pixels = Uint8Array.from({ length: 3000 }, () => draw.int(256));
    const found = pixels.slice();
    const covers = [ONE, ONE, ONE];
    jpegColours(found, { width: 1000, height: 1, components: 3, isRgb: false, covers, adobeTransforms: [] });
    const ROUNDING = 0.51;
    for (let at = 0; at < pixels.length; at += 3) {
      const [y, cb, cr] = [pixels[at]!, pixels[at + 1]! - 128, pixels[at + 2]! - 128];
      const exact = [y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb];
      for (const [c, value] of exact.entries())
        expect(Math.abs(found[at + c]! - Math.min(Math.max(value, 0), 255))).toBeLessThanOrEqual(ROUNDING);
    }
  });

  it("are the same where Adobe's part says what is usual", () => {
    const [width, height] = [16, 16];
    const draw = random(8, "colours");
    const plain = jpeg({ width, height, data: Uint8Array.from({ length: 3 * width * height }, () => draw.int(256)) });
    const adobe = [0xff, 0xee, 0, 14, ...Buffer.from("Adobe"), 0, 100, 0, 0, 0, 0, 1];
    const told = Uint8Array.from([...plain.subarray(0, 2), ...adobe, ...plain.subarray(2)]);
    expect(decodeImage(told).data).toEqual(decodeImage(plain).data);
    expect(told[2 + adobe.length - 1]).toBe(1);
  });
});
