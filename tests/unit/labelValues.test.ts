import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LabelEncoding } from "../../src/contracts/labelEncoding";
import { builtInFormats, type LabelFormat, labelChannels } from "../../src/contracts/labelFormat";
import { IGNORE, type LabelMap } from "../../src/contracts/sample";
import { labelEdges, thin } from "../../src/data/formats/edges";
import { decodeLabel } from "../../src/data/formats/labels";
import { resizeLabel } from "../../src/data/formats/resize";
import type { Numbers, Raster } from "../../src/data/io/raster";
import { edgesOf, thinned } from "../dataSets/edges";
import { answersOrRefuses } from "./corruptions";

/** Numbers of every array type, those that are none among them. */
const rasters: fc.Arbitrary<Raster> = fc
  .record({
    width: fc.integer({ min: 1, max: 5 }),
    height: fc.integer({ min: 1, max: 4 }),
    channels: fc.integer({ min: 1, max: 4 }),
    depth: fc.constantFrom(undefined, 1, 8, 16),
    type: fc.constantFrom(
      Uint8Array,
      Int8Array,
      Uint16Array,
      Int16Array,
      Uint32Array,
      Int32Array,
      Float32Array,
      Float64Array,
    ),
    hasPalette: fc.boolean(),
    lossy: fc.boolean(),
    range: fc.constantFrom(1, 20, 255, 70_000),
  })
  .chain(({ width, height, channels, depth, type, hasPalette, lossy, range }) => {
    const length = width * height * channels;
    const odd = fc.constantFrom(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -0,
      -1,
      255,
      1e300,
      0.5,
    );
    const value = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: range }) },
      odd,
      fc.double({ min: -1, max: 1, noNaN: true }),
    );
    return fc.array(value, { minLength: length, maxLength: length }).map((values): Raster => {
      const white = 2 ** (depth ?? 16) - 1;
      const data: Numbers =
        depth === undefined
          ? new type(values)
          : new (depth === 16 ? Uint16Array : Uint8Array)(values.map((v) => Math.min(white, Math.max(0, v))));
      return {
        ...{ width, height, channels, data },
        ...(depth === undefined ? {} : { depth, ...(lossy && depth === 8 ? { lossy: true as const } : {}) }),
        ...(hasPalette && channels === 1 && depth === 8
          ? {
              palette: [
                [0, 0, 0],
                [255, 255, 255],
              ],
            }
          : {}),
      };
    });
  });

const labelEncodings: fc.Arbitrary<LabelEncoding> = fc.oneof(
  fc.constant<LabelEncoding>({}),
  fc.record(
    {
      ignore: fc.array(fc.integer({ min: -1, max: 255 }), { maxLength: 2 }),
      shift: fc.integer({ min: -2, max: 2 }),
      classMap: fc.array(fc.constantFrom(0, 1, 2, IGNORE), { maxLength: 4 }),
      scale: fc.constantFrom(0.001, 1, 1 / 512),
      signs: fc.constantFrom<NonNullable<LabelEncoding["signs"]>>([1, 1, 1], [1, -1, -1]),
      range: fc.constantFrom<NonNullable<LabelEncoding["range"]>>([0, 255], [1, 0], [-1, 1], [0, 65535]),
      colours: fc.constantFrom<NonNullable<LabelEncoding["colours"]>>(
        [
          [0, 0, 0],
          [1, 1, 1],
        ],
        [],
      ),
    },
    { requiredKeys: [] },
  ),
);

function expectLabel(format: LabelFormat, { width, height, channels, data }: LabelMap, file: Raster): void {
  expect([width, height, channels]).toEqual([file.width, file.height, labelChannels(format)]);
  expect(data).toHaveLength(width * height * channels);
  const holds: Readonly<Record<LabelFormat["kind"], (value: number) => boolean>> = {
    classes: (value) => Number.isInteger(value) && value >= 0 && value < IGNORE,
    binary: (value) => value === 0 || value === 1,
    depth: (value) => value > 0 && value < Number.POSITIVE_INFINITY,
    regression: (value) => Number.isFinite(value),
    unit: (value) => Math.abs(value) <= 1,
  };
  expect(data.every((value) => value === IGNORE || holds[format.kind](value))).toBe(true);
  if (format.kind !== "unit") return;
  for (let at = 0; at < data.length; at += 3) {
    const [x, y, z] = data.subarray(at, at + 3) as unknown as [number, number, number];
    if (x === IGNORE) expect([y, z]).toEqual([IGNORE, IGNORE]);
    else expect(Math.abs(Math.hypot(x, y, z) - 1)).toBeLessThan(1e-5);
  }
}

describe("values that are no labels", () => {
  const regression: LabelFormat = {
    kind: "regression",
    channels: 2,
    scale: 0.5,
    offset: -3,
    unlabelled: 7,
    flipX: false,
  };
  it.each(Object.entries({ ...builtInFormats, regression }))(
    "are unlabelled or refused by name: %s",
    async (_, format) => {
      let refused = 0;
      const run = async (file: Raster, reading: LabelEncoding, width: number, height: number): Promise<void> => {
        const label = await answersOrRefuses(() => decodeLabel(file, format, reading));
        if (!label) refused++;
        else {
          expectLabel(format, label, file);
          expectLabel(format, resizeLabel(label, format, width, height), { ...file, width, height });
        }
      };
      const side = fc.integer({ min: 1, max: 7 });
      await fc.assert(fc.asyncProperty(rasters, labelEncodings, side, side, run), { seed: 64, numRuns: 2000 });
      expect(refused).toBeGreaterThan(100);
      expect(refused).toBeLessThan(1990);
    },
  );

  it("edges between labels are thin and those of a plain-loop reference", () => {
    const labels = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
      .chain(([width, height]) =>
        fc
          .array(fc.integer({ min: 0, max: 2 }), { minLength: width * height, maxLength: width * height })
          .map((data) => ({ width, height, data })),
      );
    fc.assert(
      fc.property(labels, ({ width, height, data }) => {
        const file = { width, height, channels: 1, data: Uint16Array.from(data) };
        expect([...labelEdges(file).data]).toEqual([...edgesOf({ ...file, data: new Float32Array() }, data)]);
        const mask = Uint8Array.from(data, (value) => (value > 0 ? 1 : 0));
        expect([...thin(mask, width, height)]).toEqual([...thinned(mask, width, height)]);
      }),
      { seed: 65, numRuns: 400 },
    );
  });
});
