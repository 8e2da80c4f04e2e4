import { readFileSync } from "node:fs";
import { deflateRawSync, deflateSync } from "node:zlib";
import fc from "fast-check";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { IGNORE } from "../../src/contracts/sample";
import { bytesSource } from "../../src/core/io/bytes";
import { inflate, inflateZlib } from "../../src/core/io/inflate";
import { readZipDirectory } from "../../src/core/io/zip";
import { jpegOrientation } from "../../src/data/io/exif";
import { type MatValue, readMat } from "../../src/data/io/mat";
import { readNpy } from "../../src/data/io/npy";
import { readPng } from "../../src/data/io/pngFile";
import type { Raster } from "../../src/data/io/raster";
import { decodeParts } from "../../src/data/layouts/pascalParts";
import { emptyArray, type MatContent, writeMat } from "../dataSets/writeMat";
import { pngPart, writePng } from "../dataSets/writePng";
import { decodeImage } from "../reference/decodeImage";
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
