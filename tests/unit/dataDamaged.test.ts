import { readFileSync } from "node:fs";
import { constants, deflateRawSync, deflateSync } from "node:zlib";
import fc from "fast-check";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { builtInFormats, type LabelFormat, labelChannels } from "../../src/contracts/labelFormat";
import type { LabelReading } from "../../src/contracts/labelReading";
import { IGNORE, type LabelMap } from "../../src/contracts/sample";
import { bytesSource } from "../../src/core/io/bytes";
import { inflate, inflateZlib } from "../../src/core/io/inflate";
import { readZipDirectory } from "../../src/core/io/zip";
import { labelEdges, thin } from "../../src/data/formats/edges";
import { decodeLabel } from "../../src/data/formats/labels";
import { resizeLabel } from "../../src/data/formats/resize";
import { jpegOrientation } from "../../src/data/io/exif";
import { decodeImage, readJpeg } from "../../src/data/io/image";
import { type MatValue, readMat } from "../../src/data/io/mat";
import { readNpy } from "../../src/data/io/npy";
import { readPng } from "../../src/data/io/pngFile";
import type { Numbers, Raster } from "../../src/data/io/raster";
import { readRaster } from "../../src/data/io/readRaster";
import { decodeParts } from "../../src/data/layouts/pascalParts";
import { edgesOf, thinned } from "../dataSets/edges";
import { emptyArray, type MatContent, writeMat } from "../dataSets/writeMat";
import { pngPart, writePng } from "../dataSets/writePng";
import { answersOrRefuses, damaged } from "./corruptions";

const file = (name: string): Uint8Array => new Uint8Array(readFileSync(`tests/fixtures/arrays/${name}`));
const text = (words: string): Uint8Array => new Uint8Array(Buffer.from(words));
const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Reads damaged files; `check` sees each answer. Returns how many were refused. */
async function refusals<T>(
  files: fc.Arbitrary<Uint8Array>,
  read: (bytes: Uint8Array) => T,
  check: (answer: NonNullable<T>) => void,
  { seed, runs = 2000 }: { seed: number; runs?: number },
): Promise<number> {
  let refused = 0;
  const run = async (bytes: Uint8Array): Promise<void> => {
    const answer = await answersOrRefuses(() => read(bytes));
    if (answer === undefined || answer === null) refused++;
    else check(answer);
  };
  await fc.assert(fc.asyncProperty(files, run), { seed, numRuns: runs });
  return refused;
}

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

describe("2,000 damages of each kind of file give an answer that holds, or are refused by name", () => {
  it("NPY", async () => {
    const files = fc.constantFrom(
      file("c-f4.npy"),
      file("fortran-f8-big.npy"),
      file("i8-v2.npy"),
      file("f2-v3.npy"),
      file("bool.npy"),
    );
    const check = ({ shape, data }: ReturnType<typeof readNpy>): void => expect(data).toHaveLength(product(shape));
    expect(await refusals(files.chain(damaged), readNpy, check, { seed: 51, runs: 3000 })).toBeGreaterThan(1000);
  });

  it("MAT, where plain files have no checksum", async () => {
    const swapped = writeMat(
      { LabelMap: { class: "uint16", shape: [4, 5], data: new Array(20).fill(300) } },
      { littleEndian: false },
    );
    const files = fc.constantFrom(file("plain.mat"), file("plain.mat").subarray(0, 700), swapped);
    expect(await refusals(files.chain(damaged), readMat, checkMat, { seed: 52, runs: 3000 })).toBeGreaterThan(800);
  });

  it("MAT, whose compressed variables are under one: their numbers cannot differ", async () => {
    const right = new Set([...readMat(file("compressed.mat")).values()].map((value) => JSON.stringify(spelt(value))));
    const check = (variables: ReadonlyMap<string, MatValue>): void => {
      for (const value of variables.values()) expect(right).toContain(JSON.stringify(spelt(value)));
    };
    expect(await refusals(damaged(file("compressed.mat")), readMat, check, { seed: 53 })).toBeGreaterThan(1000);
  });

  it("part annotations of PASCAL", async () => {
    const check = ({ width, height, data }: Raster): void => {
      expect(data).toHaveLength(width * height);
      expect(data.every((group) => group <= 6 || group === IGNORE)).toBe(true);
    };
    expect(await refusals(damaged(annotation()), decodeParts, check, { seed: 54 })).toBeGreaterThan(500);
  });

  const palette = [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
    [10, 11, 12],
  ];
  const pictures = [
    { width: 9, height: 7, colour: 3, depth: 2, data: Array.from({ length: 63 }, (_, i) => i % 4), palette },
    { width: 5, height: 6, colour: 0, depth: 16, data: Array.from({ length: 30 }, (_, i) => i * 2000) },
    { width: 6, height: 5, colour: 2, depth: 8, data: Array.from({ length: 90 }, (_, i) => i) },
  ] as const;

  it("PNG: all of it is under checksums, so no pixel can differ", async () => {
    for (const [i, picture] of pictures.entries()) {
      const written = writePng(picture, { interlaced: i === 2, partBytes: 20 });
      const check = ({ data }: Raster): void => expect([...data]).toEqual([...picture.data]);
      expect(await refusals(damaged(written), readPng, check, { seed: 55 + i, runs: 800 })).toBeGreaterThan(500);
    }
  });

  it("PNG whose checksums are right again: what its parts say must fit together", async () => {
    const parts = fc.constantFrom(...pictures).chain((picture) => {
      const written = Buffer.from(writePng(picture));
      return fc.tuple(damagedParts(written), fc.boolean()).map(([bytes]) => bytes);
    });
    const check = ({ width, height, channels, depth, data }: Raster): void => {
      expect(data).toHaveLength(width * height * channels);
      expect(data.every((value) => value < 2 ** depth!)).toBe(true);
    };
    expect(await refusals(parts, readPng, check, { seed: 58 })).toBeGreaterThan(800);
  });

  it("JPEG, which has no checksum: the size is what its header says", async () => {
    const names = ["full", "progressive", "grey-restarts", "restarts", "cmyk", "subsampled", "turned"];
    const files = fc.constantFrom(...names.map((name) => file(`${name}.jpg`)));
    const check = ({ width, height, data }: { width: number; height: number; data: Uint8Array }): void =>
      expect(data).toHaveLength(3 * width * height);
    expect(await refusals(files.chain(damaged), decodeImage, check, { seed: 59, runs: 3000 })).toBeGreaterThan(800);
  });

  it("EXIF, whose damage is no reason to refuse a photograph: one of eight ways up", async () => {
    const turned = file("turned.jpg");
    const head = turned.subarray(0, 140);
    const files = fc.oneof(
      damaged(turned),
      damaged(head).map((bytes) => Uint8Array.of(...bytes, ...turned.subarray(140))),
    );
    const check = (orientation: number): void => expect([1, 2, 3, 4, 5, 6, 7, 8]).toContain(orientation);
    expect(await refusals(files, jpegOrientation, check, { seed: 60 })).toBe(0);
  });

  const words = text("some words that are some words, and then some more words ".repeat(9));
  it("DEFLATE: as many bytes as were announced", async () => {
    const check = (unpacked: Uint8Array): void => expect(unpacked).toHaveLength(words.length);
    const read = (bytes: Uint8Array): Uint8Array => inflate(bytes, words.length);
    expect(await refusals(damaged(new Uint8Array(deflateRawSync(words))), read, check, { seed: 61 })).toBeGreaterThan(
      1000,
    );
  });

  it("zlib: under a checksum, so no byte can differ", async () => {
    const check = (unpacked: Uint8Array): void => expect(Buffer.compare(unpacked, words)).toBe(0);
    const read = (bytes: Uint8Array): Uint8Array => inflateZlib(bytes, 10_000);
    expect(await refusals(damaged(new Uint8Array(deflateSync(words))), read, check, { seed: 62 })).toBeGreaterThan(
      1000,
    );
  });

  it("names in zip archives: inside of the archive, or the archive is refused", async () => {
    const part = fc.constantFrom("..", ".", "", "a", "b c", "C:", "\0", "…", "a..b", "...", "con");
    const names = fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 5 }), fc.constantFrom("/", "\\"))
      .map(([parts, slash]) => parts.join(slash));
    let refused = 0;
    const run = async (name: string): Promise<void> => {
      fc.pre(name !== "");
      const source = bytesSource("some.zip", zipSync({ [name]: text("x") }));
      const entries = await answersOrRefuses(() => readZipDirectory(source));
      if (!entries) refused++;
      for (const { name: path } of entries ?? [])
        expect(path).toMatch(/^(?!\/|[a-z]:)(?!(?:.*\/)?\.\.(?:\/|$))[^\\\0]+$/i);
    };
    await fc.assert(fc.asyncProperty(names, run), { seed: 63, numRuns: 2000 });
    expect(refused).toBeGreaterThan(500);
  });
});

/** Damages inside of the parts of a PNG, whose lengths and checksums are then written anew. */
function damagedParts(png: Buffer): fc.Arbitrary<Uint8Array> {
  const parts: { name: string; content: Uint8Array }[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    parts.push({ name: png.toString("latin1", at + 4, at + 8), content: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  const rebuilt = (contents: readonly Uint8Array[]): Uint8Array =>
    new Uint8Array(Buffer.concat([png.subarray(0, 8), ...parts.map(({ name }, i) => pngPart(name, contents[i]!))]));
  const isPixels = (name: string): boolean => name === "IDAT";
  // Pixels also where the stream is whole and what it holds is not.
  const changed = parts.map(({ name, content }) =>
    isPixels(name)
      ? fc.oneof(
          damaged(content),
          damaged(new Uint8Array(inflateZlib(content, 1e5))).map((rows) => new Uint8Array(deflateSync(rows))),
        )
      : content.length > 0
        ? damaged(content)
        : fc.constant(content),
  );
  return fc
    .integer({ min: 0, max: parts.length - 1 })
    .chain((which) =>
      changed[which]!.map((content) => rebuilt(parts.map((part, i) => (i === which ? content : part.content)))),
    );
}

function annotation(): Uint8Array {
  const mask = (value: number): MatContent => ({ class: "uint8", shape: [3, 4], data: new Array(12).fill(value) });
  const parts: MatContent = {
    fields: ["part_name", "mask"],
    elements: [{ part_name: { text: "head" }, mask: mask(1) }],
  };
  const person = {
    class: { text: "person" },
    class_ind: { class: "double", shape: [1, 1], data: [15] },
    mask: mask(1),
    parts,
  } as const;
  const cat = {
    ...person,
    class: { text: "cat" },
    class_ind: { class: "double", shape: [1, 1], data: [8] },
    parts: emptyArray,
  } as const;
  const objects: MatContent = { fields: ["class", "class_ind", "mask", "parts"], elements: [cat, person] };
  return writeMat({ anno: { fields: ["imname", "objects"], elements: [{ imname: { text: "1" }, objects }] } });
}

function checkMat(variables: ReadonlyMap<string, MatValue>): void {
  const check = (value: MatValue): void => {
    if (value.kind === "numbers") expect(value.data).toHaveLength(product(value.shape));
    if (value.kind === "cell") {
      expect(value.cells).toHaveLength(product(value.shape));
      value.cells.forEach(check);
    }
    if (value.kind === "struct") for (const element of value.elements) [...element.values()].forEach(check);
  };
  [...variables.values()].forEach(check);
}

/** As JSON can hold it. */
function spelt(value: MatValue): unknown {
  if (value.kind === "numbers") return [value.shape, [...value.data]];
  if (value.kind === "cell") return value.cells.map(spelt);
  if (value.kind === "struct")
    return value.elements.map((element) => [...element].map(([name, of]) => [name, spelt(of)]));
  return value;
}

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

const readings: fc.Arbitrary<LabelReading> = fc.oneof(
  fc.constant<LabelReading>({}),
  fc.record(
    {
      ignore: fc.array(fc.integer({ min: -1, max: 255 }), { maxLength: 2 }),
      shift: fc.integer({ min: -2, max: 2 }),
      classMap: fc.array(fc.constantFrom(0, 1, 2, IGNORE), { maxLength: 4 }),
      scale: fc.constantFrom(0.001, 1, 1 / 512),
      signs: fc.constantFrom<NonNullable<LabelReading["signs"]>>([1, 1, 1], [1, -1, -1]),
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
      const run = async (file: Raster, reading: LabelReading, width: number, height: number): Promise<void> => {
        const label = await answersOrRefuses(() => decodeLabel(file, format, reading));
        if (!label) refused++;
        else {
          expectLabel(format, label, file);
          expectLabel(format, resizeLabel(label, format, width, height), { ...file, width, height });
        }
      };
      const side = fc.integer({ min: 1, max: 7 });
      await fc.assert(fc.asyncProperty(rasters, readings, side, side, run), { seed: 64, numRuns: 2000 });
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
