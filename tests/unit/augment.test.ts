import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtInFormats, type LabelFormat } from "../../src/contracts/labelFormat";
import type { AugmentConfig } from "../../src/contracts/runConfig";
import { type DataSource, IGNORE, type LabelMap, type Sample } from "../../src/contracts/sample";
import { sha256OfArray } from "../../src/core/math/hash";
import { random } from "../../src/core/math/random";
import { toSquare } from "../../src/data/augment/augment";
import { type Draw, drawAugmentation, NO_AUGMENTATION, PLAIN_DRAW } from "../../src/data/augment/draw";
import { createBatches } from "../../src/data/batches";
import { cubicReference, nearestReference } from "./augmentReference";

/** Float32 sums of sixteen products of numbers up to 255. */
const PIXEL_TOLERANCE = 1e-3;
/** A cubic mixture of neighbouring normals of a smooth surface, against the surface's own. */
const NORMAL_TOLERANCE = 4e-3;

function unitVectors(count: number, seed: number): Float32Array {
  const stream = random(seed, "vectors");
  const data = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    const v = [stream.normal(), stream.normal(), Math.abs(stream.normal()) + 0.5];
    for (let c = 0; c < 3; c++) data[3 * i + c] = v[c]! / Math.hypot(...v);
  }
  return data;
}

function sampleOf(width: number, height: number, seed = 1): Sample {
  const stream = random(seed, "sample");
  const map = (value: () => number): LabelMap => ({
    width,
    height,
    channels: 1,
    data: Float32Array.from({ length: width * height }, value),
  });
  return {
    id: "s",
    image: { width, height, data: Uint8Array.from({ length: 3 * width * height }, () => stream.int(256)) },
    labels: {
      semseg: map(() => [0, 3, 7, 12, IGNORE][stream.int(5)]!),
      depth: map(() => (stream.int(6) === 0 ? IGNORE : 0.5 + 8 * stream.uniform())),
      edge: map(() => stream.int(2)),
      normals: { width, height, channels: 3, data: unitVectors(width * height, seed) },
    },
  };
}

const anyDraw: fc.Arbitrary<Draw> = fc.record({
  horizontalFlip: fc.boolean(),
  scale: fc.double({ min: 0.4, max: 2.5, noNaN: true }),
  offsetX: fc.double({ min: 0, max: 1, noNaN: true }),
  offsetY: fc.double({ min: 0, max: 1, noNaN: true }),
  brightness: fc.constant(1),
  contrast: fc.constant(1),
  saturation: fc.constant(1),
  // Not so small that rounding decides on which side of a pixel's edge a point lies.
  degrees: fc.oneof(
    fc.constant(0),
    fc.integer({ min: -180, max: 179 }).map((whole) => whole + 0.37),
  ),
});
const anySize = fc.tuple(
  fc.integer({ min: 1, max: 13 }),
  fc.integer({ min: 1, max: 13 }),
  fc.integer({ min: 1, max: 11 }),
);

describe("any draw", () => {
  it("takes image and labels from where the slow reference does", () => {
    fc.assert(
      fc.property(anyDraw, anySize, (draw, [width, height, side]) => {
        const sample = sampleOf(width, height);
        const { image, labels } = toSquare(sample, side, draw);
        const expected = cubicReference({ ...sample.image, channels: 3 }, side, draw);
        const errors = image.map((value, i) => Math.abs(value - Math.min(Math.max(expected[i]!, 0), 255)));
        expect(Math.max(...errors)).toBeLessThan(PIXEL_TOLERANCE);
        for (const task of ["semseg", "edge"] as const)
          expect(labels[task]).toEqual(nearestReference(sample.labels[task]!, side, draw));
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it("gives no label a value that it did not have, leaves normals unit, and divides depths by the zoom", () => {
    fc.assert(
      fc.property(anyDraw, anySize, (draw, [width, height, side]) => {
        const sample = sampleOf(width, height);
        const { labels } = toSquare(sample, side, draw);
        const known = new Set([...sample.labels.semseg!.data, IGNORE]);
        for (const value of labels.semseg!) expect(known.has(value)).toBe(true);
        const depths = new Set(
          [...sample.labels.depth!.data].map((d) => (d === IGNORE ? d : Math.fround(d / draw.scale))),
        );
        for (const value of labels.depth!) expect(value === IGNORE || depths.has(value)).toBe(true);
        for (let at = 0; at < labels.normals!.length; at += 3) {
          const [x, y, z] = labels.normals!.subarray(at, at + 3) as unknown as [number, number, number];
          if (x === IGNORE) expect([y, z]).toEqual([IGNORE, IGNORE]);
          else expect(Math.hypot(x, y, z)).toBeCloseTo(1, 5);
        }
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it("shows black and unlabelled what lies beyond the picture, whatever the colours do", () => {
    const sample = sampleOf(8, 8);
    const draw = { ...PLAIN_DRAW, scale: 0.6, degrees: 30, brightness: 1.4, contrast: 0.5, saturation: 0.3 };
    const { image, labels } = toSquare(sample, 16, draw);
    const all = { width: 8, height: 8, channels: 1, data: new Float32Array(64) };
    const outside = nearestReference(all, 16, draw);
    expect(outside.includes(IGNORE) && outside.includes(0)).toBe(true);
    outside.forEach((value, at) => {
      if (value !== IGNORE) return;
      expect([...image.subarray(3 * at, 3 * at + 3)]).toEqual([0, 0, 0]);
      expect([labels.semseg![at], labels.depth![at], labels.normals![3 * at]]).toEqual([IGNORE, IGNORE, IGNORE]);
    });
  });
});

/** The number of a 5×5 picture's pixels, as a label. */
const numbered: LabelMap = { width: 5, height: 5, channels: 1, data: Float32Array.from({ length: 25 }, (_, i) => i) };
const asSample = (labels: Sample["labels"], width = 5, height = 5): Sample => ({ ...sampleOf(width, height), labels });
const classes = (draw: Partial<Draw>): number[] => [
  ...toSquare(asSample({ semseg: numbered }), 5, { ...PLAIN_DRAW, ...draw }).labels.semseg!,
];

describe("turns and mirrors as arrays", () => {
  const at = (row: number, column: number): number => 5 * row + column;
  const arrays = (value: (row: number, column: number) => number): number[] =>
    Array.from({ length: 25 }, (_, i) => value(Math.floor(i / 5), i % 5));

  it("a quarter to the left brings the right column to the top; a quarter to the right is its inverse", () => {
    expect(classes({ degrees: 90 })).toEqual(arrays((row, column) => at(column, 4 - row)));
    expect(classes({ degrees: -90 })).toEqual(arrays((row, column) => at(4 - column, row)));
    expect(classes({ degrees: 180 })).toEqual(arrays((row, column) => at(4 - row, 4 - column)));
    expect(classes({ degrees: 360 })).toEqual(classes({}));
    expect(classes({ degrees: 180, horizontalFlip: true })).toEqual(arrays((row, column) => at(4 - row, column)));
  });

  it("a quarter turns the image as it turns its labels", () => {
    const sample = sampleOf(6, 6);
    const turned = toSquare(sample, 6, { ...PLAIN_DRAW, degrees: 90 }).image;
    for (let row = 0; row < 6; row++)
      for (let column = 0; column < 6; column++)
        for (let c = 0; c < 3; c++)
          expect(turned[3 * (6 * row + column) + c]).toBeCloseTo(sample.image.data[3 * (6 * column + 5 - row) + c]!, 4);
  });

  it("mirrored twice, a sample is what it was", () => {
    const sample = sampleOf(6, 6);
    const mirror = { ...PLAIN_DRAW, horizontalFlip: true };
    const once = toSquare(sample, 6, mirror);
    const label = (task: "semseg" | "normals", channels: number): LabelMap => ({
      width: 6,
      height: 6,
      channels,
      data: once.labels[task]!,
    });
    const again = { image: { width: 6, height: 6, data: Uint8Array.from(once.image) }, id: "s" };
    const twice = toSquare(
      { ...again, labels: { semseg: label("semseg", 1), normals: label("normals", 3) } },
      6,
      mirror,
    );
    expect([...twice.image]).toEqual([...sample.image.data]);
    for (const task of ["semseg", "normals"] as const) expect(twice.labels[task]).toEqual(sample.labels[task]!.data);
  });

  it("turns there and back, a smooth picture is what it was in its middle", () => {
    const smooth = (x: number, y: number): number => 128 + 60 * Math.sin(x / 9) + 50 * Math.cos(y / 7);
    const data = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => smooth(Math.floor(i / 3) % 32, Math.floor(i / 96)));
    const turned = toSquare({ id: "s", labels: {}, image: { width: 32, height: 32, data } }, 32, {
      ...PLAIN_DRAW,
      degrees: 25,
    });
    const back = toSquare(
      { id: "s", labels: {}, image: { width: 32, height: 32, data: Uint8Array.from(turned.image, Math.round) } },
      32,
      { ...PLAIN_DRAW, degrees: -25 },
    ).image;
    for (let row = 10; row < 22; row++)
      for (let column = 10; column < 22; column++)
        expect(Math.abs(back[3 * (32 * row + column)]! - data[3 * (32 * row + column)]!)).toBeLessThan(2.5);
  });
});

describe("directions in a turned picture", () => {
  const SIZE = 48;
  /** Heights of a smooth surface without symmetries, towards the viewer; x right and y down in pixels from the picture's centre. */
  const height = (x: number, y: number): number =>
    0.011 * x * x - 0.006 * x * y + 0.004 * y * y + 0.3 * x - 0.45 * y + 3 * Math.sin((x + 2 * y) / 30);
  /** The normals of a surface of heights, by central differences. */
  const normalsOf = (surface: (x: number, y: number) => number, yUp: boolean): Float32Array => {
    const normals = new Float32Array(3 * SIZE * SIZE);
    for (let i = 0; i < SIZE * SIZE; i++) {
      const [x, y] = [(i % SIZE) + 0.5 - SIZE / 2, Math.floor(i / SIZE) + 0.5 - SIZE / 2];
      const slopeX = (surface(x + 1e-3, y) - surface(x - 1e-3, y)) / 2e-3;
      const slopeY = (surface(x, y + 1e-3) - surface(x, y - 1e-3)) / 2e-3;
      const length = Math.hypot(slopeX, slopeY, 1);
      normals.set([-slopeX / length, ((yUp ? 1 : -1) * slopeY) / length, 1 / length], 3 * i);
    }
    return normals;
  };
  /** The surface turned to the left and then mirrored: what it is at a place it was at the place from which that came. */
  const moved =
    (degrees: number, flip: boolean) =>
    (x: number, y: number): number => {
      const angle = (degrees * Math.PI) / 180;
      const from = flip ? -x : x;
      return height(from * Math.cos(angle) - y * Math.sin(angle), from * Math.sin(angle) + y * Math.cos(angle));
    };
  const turned = (data: Float32Array, draw: Draw, format: LabelFormat): Float32Array => {
    const normals = { width: SIZE, height: SIZE, channels: 3, data };
    return toSquare(asSample({ normals }, SIZE, SIZE), SIZE, draw, { normals: format }).labels.normals!;
  };

  it.each([
    [20, false, false],
    [-35, false, true],
    [90, true, false],
    [140, true, true],
  ])("are the normals of the turned surface: %d°, y up %s, mirrored %s", (degrees, yUp, flip) => {
    const found = turned(
      normalsOf(height, yUp),
      { ...PLAIN_DRAW, degrees, horizontalFlip: flip },
      { kind: "unit", flipX: true, yUp },
    );
    const expected = normalsOf(moved(degrees, flip), yUp);
    let compared = 0;
    for (let at = 0; at < found.length; at++) {
      const [column, row] = [Math.floor(at / 3) % SIZE, Math.floor(at / 3 / SIZE)];
      if (Math.hypot(column - SIZE / 2, row - SIZE / 2) > SIZE / 2 - 3) continue;
      expect(Math.abs(found[at]! - expected[at]!)).toBeLessThan(NORMAL_TOLERANCE);
      compared++;
    }
    expect(compared).toBeGreaterThan(SIZE * SIZE);
  });

  it("turn as the reference turns them, which takes y to point down", () => {
    const [x, y] = [0.6, -0.48];
    const data = Float32Array.from({ length: 3 * SIZE * SIZE }, (_, i) => [x, y, 0.64][i % 3]!);
    const found = turned(data, { ...PLAIN_DRAW, degrees: 17 }, builtInFormats.normals);
    const inPlane = Math.atan2(x, y) + (17 * Math.PI) / 180;
    const centre = 3 * (SIZE * (SIZE / 2) + SIZE / 2);
    expect(found[centre]).toBeCloseTo(Math.hypot(x, y) * Math.sin(inPlane), 5);
    expect(found[centre + 1]).toBeCloseTo(Math.hypot(x, y) * Math.cos(inPlane), 5);
    expect(found[centre + 2]).toBeCloseTo(0.64, 5);
  });

  const regression = (channels: 1 | 2 | 3, flipX: boolean): LabelFormat => ({
    kind: "regression",
    channels,
    scale: 1,
    offset: 0,
    flipX,
  });
  const quarter = (format: LabelFormat, pixel: readonly number[]): number[] => {
    const flow = { width: 1, height: 1, channels: pixel.length, data: Float32Array.from(pixel) };
    return [...toSquare(asSample({ flow }, 1, 1), 1, { ...PLAIN_DRAW, degrees: 90 }, { flow: format }).labels["flow"]!];
  };

  it("displacements turn where the first lies along the picture and there is a second; other numbers stay", () => {
    // Up and 2 to the right becomes 1 to the left and 2 up, with y down.
    expect(quarter(regression(2, true), [2, -1]).map((v) => Math.round(v * 1e6) / 1e6)).toEqual([-1, -2]);
    expect(quarter(regression(3, true), [2, -1, 7])[2]).toBe(7);
    expect(quarter(regression(2, false), [2, -1])).toEqual([2, -1]);
    expect(quarter(regression(1, true), [2])).toEqual([2]);
    expect(quarter({ kind: "unit", flipX: false }, [0.6, 0, 0.8])[0]).toBeCloseTo(0.6, 6);
  });

  it("a displacement of which one number is unlabelled is unlabelled afterwards, and none becomes unlabelled by chance", () => {
    expect(quarter(regression(2, true), [2, IGNORE])).toEqual([IGNORE, IGNORE]);
    expect(quarter(regression(2, true), [-IGNORE, 0])[1]).toBeCloseTo(IGNORE, 4);
    expect(quarter(regression(2, true), [-IGNORE, 0])[1]).not.toBe(IGNORE);
    const mirrored = toSquare(
      asSample({ flow: { width: 1, height: 1, channels: 1, data: Float32Array.of(-IGNORE) } }, 1, 1),
      1,
      { ...PLAIN_DRAW, horizontalFlip: true },
      { flow: regression(1, true) },
    ).labels["flow"]!;
    expect(mirrored[0]).not.toBe(IGNORE);
    expect(mirrored[0]).toBeCloseTo(255, 4);
  });
});

describe("drawAugmentation", () => {
  const all: AugmentConfig = {
    horizontalFlip: true,
    scaleMin: 0.75,
    scaleMax: 1.25,
    scales: [],
    rotationDegrees: 20,
    cropShift: 0.4,
    colourJitter: 0.3,
  };
  const off: Partial<AugmentConfig>[] = [
    { horizontalFlip: false },
    { scaleMin: 1, scaleMax: 1 },
    { scales: [1, 2] },
    { rotationDegrees: 0 },
    { cropShift: 0 },
    { colourJitter: 0 },
  ];

  it("leaves what is drawn for everything else as it was when one setting changes", () => {
    const concerned = ["horizontalFlip", "scale", "scale", "degrees", "offset", "brightness"];
    off.forEach((change, i) => {
      for (let seed = 0; seed < 20; seed++) {
        const [a, b] = [all, { ...all, ...change }].map((settings) => drawAugmentation(settings, random(seed)));
        for (const [key, value] of Object.entries(a!)) {
          const own = key.startsWith(concerned[i]!) || (i === 5 && (key === "contrast" || key === "saturation"));
          if (!own) expect(b![key as keyof Draw]).toBe(value);
        }
      }
    });
  });

  it("keeps within the ranges, takes each listed zoom, and the centre where nothing shifts", () => {
    const draws = Array.from({ length: 400 }, (_, seed) => drawAugmentation(all, random(seed)));
    for (const { scale, degrees, offsetX, offsetY } of draws) {
      expect(scale >= 0.75 && scale < 1.25 && Math.abs(degrees) <= 20).toBe(true);
      for (const offset of [offsetX, offsetY]) expect(Math.abs(offset - 0.5)).toBeLessThanOrEqual(0.2);
    }
    const mean = (of: (draw: Draw) => number): number => draws.reduce((sum, draw) => sum + of(draw), 0) / draws.length;
    expect(Math.abs(mean(({ degrees }) => degrees))).toBeLessThan(2);
    expect(Math.abs(mean(({ scale }) => scale) - 1)).toBeLessThan(0.03);
    const nyud = { ...NO_AUGMENTATION, scales: [1, 1.2, 1.5] };
    const zooms = Array.from({ length: 300 }, (_, seed) => drawAugmentation(nyud, random(seed)).scale);
    for (const zoom of nyud.scales) expect(zooms.filter((z) => z === zoom).length).toBeGreaterThan(70);
    expect(drawAugmentation({ ...all, cropShift: 0 }, random(3))).toMatchObject({ offsetX: 0.5, offsetY: 0.5 });
  });
});

describe("runs of before", () => {
  const [width, height] = [7, 5];
  const faces = [
    [0.6, 0, -0.8],
    [0, 0.28, 0.96],
    [-0.96, 0, 0.28],
  ];
  const label = (channels: number, value: (i: number) => number): LabelMap => ({
    width,
    height,
    channels,
    data: Float32Array.from({ length: 35 * channels }, (_, i) => value(i)),
  });
  const source: DataSource = {
    name: "numbers",
    tasks: [{ task: "semseg", classCount: 6 }, { task: "depth" }, { task: "normals" }],
    size: { train: 5, val: 2 },
    id: (split, index) => `${split}${index}`,
    load: async (_, index) => ({
      id: `s${index}`,
      image: { width, height, data: Uint8Array.from({ length: 105 }, (_, i) => (index * 31 + i * i * 7) % 256) },
      labels: {
        semseg: label(1, (i) => (i % width === 2 ? IGNORE : i % 6)),
        depth: label(1, (i) => 1 + (i % 9) / 4),
        normals: label(3, (i) => (i < 9 ? IGNORE : faces[Math.floor(i / 3) % 3]![i % 3]!)),
      },
    }),
  };

  it("see bit for bit the batches that they saw when there was nothing but mirroring", async () => {
    const augment = { ...NO_AUGMENTATION, horizontalFlip: true };
    const tasks = ["semseg", "depth", "normals"];
    const batches = createBatches(source, { batchSize: 4, imageSize: 9, seed: 3, tasks, augment });
    const { image, labels, ids } = await batches.trainBatch(2);
    expect(ids).toEqual(["s4", "s1", "s2", "s3"]);
    expect([image, labels.normals!, labels.depth!, labels.semseg!].map(sha256OfArray)).toEqual([
      "873a38516d1b1e465653e7a5475598e93f1cb11e1cd41588ff4eae2e87456b4f",
      "c48a924073eb7f397f12d6cd437a01a4a1420316ef7452890e2ba773765889b4",
      "2780d8fc1d0078c43916e750f6188bc8b864f3542e7d8c2f3a9254fac3af1222",
      "6db908cfa104a16073a110fd0fb97a581d1972d2dc94d9c86451cd4d7a54d4fa",
    ]);
  });
});
