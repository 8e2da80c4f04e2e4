import { readFileSync } from "node:fs";
import fc from "fast-check";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { builtInFormats, labelChannels } from "../../src/contracts/labelFormat";
import { type DataSource, IGNORE, type Sample, type Split } from "../../src/contracts/sample";
import type { BuiltInTask } from "../../src/contracts/taskIds";
import { bytesSource } from "../../src/core/io/bytes";
import { type OpenedData, openData } from "../../src/data/layouts";
import { zipTree } from "../../src/data/zipTree";
import { dataSets, type MadeDataSet } from "../dataSets";
import type { Files } from "../dataSets/dataSet";
import { memoryTree } from "../dataSets/memoryTree";
import { writeMat } from "../dataSets/writeMat";
import { writeNpy } from "../dataSets/writeNpy";
import { writePng } from "../dataSets/writePng";
import { answersOrRefuses, damaged } from "./corruptions";

const SIZE = { width: 12, height: 8, train: 2, val: 2 };
const [WIDTH, HEIGHT] = [SIZE.width, SIZE.height];
const text = (words: string): Uint8Array => new Uint8Array(Buffer.from(words));
const filled = (count: number, value: number): number[] => new Array<number>(count).fill(value);
const grey = (width: number, height: number, depth: number, value: number): Uint8Array =>
  writePng({ width, height, colour: 0, depth, data: filled(width * height, value) });
const npy = (type: string, shape: readonly number[], value: number): Uint8Array =>
  writeNpy(
    type,
    shape,
    filled(
      shape.reduce((a, b) => a * b, 1),
      value,
    ),
  );

/** What stands in the place of a file: another format, another size, values that are no labels. */
const STRANGERS: readonly Uint8Array[] = [
  new Uint8Array(),
  text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
  text("<!DOCTYPE html><title>404</title>"),
  Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a),
  Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0),
  Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x0a, 0),
  grey(1, 1, 8, 0),
  grey(HEIGHT, WIDTH, 8, 1),
  grey(WIDTH + 1, HEIGHT, 8, 1),
  grey(2 * WIDTH, 2 * HEIGHT, 8, 1),
  grey(WIDTH, HEIGHT, 8, 254),
  grey(WIDTH, HEIGHT, 16, 60_000),
  grey(WIDTH, HEIGHT, 1, 1),
  writePng({ width: WIDTH, height: HEIGHT, colour: 2, depth: 8, data: filled(3 * WIDTH * HEIGHT, 90) }),
  writePng({
    width: WIDTH,
    height: HEIGHT,
    colour: 3,
    depth: 8,
    data: filled(WIDTH * HEIGHT, 9),
    palette: [[1, 2, 3]],
  }),
  npy("f4", [HEIGHT, WIDTH], Number.NaN),
  npy("f4", [HEIGHT, WIDTH, 3], Number.NaN),
  npy("f8", [HEIGHT, WIDTH], Number.POSITIVE_INFINITY),
  npy("f8", [HEIGHT, WIDTH], 1e300),
  npy("f4", [HEIGHT, WIDTH], 0.5),
  npy("i2", [HEIGHT, WIDTH], -7),
  npy("i8", [HEIGHT, WIDTH], 2 ** 40),
  npy("u1", [HEIGHT, WIDTH, 5], 1),
  npy("u1", [0, WIDTH], 1),
  npy("f4", [HEIGHT, WIDTH - 1, 3], 0.5),
  writeMat({}),
  writeMat({ a: { text: "words" } }),
  writeMat({ LabelMap: { class: "double", shape: [HEIGHT, WIDTH], data: filled(WIDTH * HEIGHT, Number.NaN) } }),
  writeMat({ depth: { class: "double", shape: [WIDTH, HEIGHT], data: filled(WIDTH * HEIGHT, 2) } }),
  writeMat({ anno: { fields: ["objects"], elements: [] } }),
  new Uint8Array(readFileSync("tests/fixtures/arrays/full.jpg")),
];

type Injury = (files: Files) => { readonly files: Files; readonly paths: readonly string[] };

/** One thing that happens to a data set's files, and the paths that it happens to. */
function injuries(files: Files): fc.Arbitrary<Injury> {
  const paths = Object.keys(files);
  const path = fc.constantFrom(...paths);
  const replaced =
    (at: string, bytes: Uint8Array): Injury =>
    (all) => ({ files: { ...all, [at]: bytes }, paths: [at] });
  const without =
    (at: string): Injury =>
    ({ [at]: _, ...rest }) => ({ files: rest, paths: [at] });
  const swapped =
    (a: string, b: string): Injury =>
    (all) => {
      if (!all[a] || !all[b]) return { files: all, paths: [] };
      return { files: { ...all, [a]: all[b], [b]: all[a] }, paths: [a, b] };
    };
  const lists = paths.filter((name) => /\.(txt|csv|json)$/.test(name));
  const bytesOf = (at: string) => damaged(files[at]!).map((bytes) => replaced(at, bytes));
  return fc.oneof(
    path.chain(bytesOf),
    ...(lists.length > 0 ? [fc.constantFrom(...lists).chain(bytesOf)] : []),
    { weight: 2, arbitrary: fc.tuple(path, fc.constantFrom(...STRANGERS)).map(([at, bytes]) => replaced(at, bytes)) },
    path.map(without),
    fc.tuple(path, path).map(([a, b]) => swapped(a, b)),
  );
}

function expectSound({ image, labels }: Sample, source: DataSource): void {
  expect(image.data).toHaveLength(3 * image.width * image.height);
  for (const [task, label] of Object.entries(labels)) {
    const { width, height, channels, data } = label!;
    expect([width, height, channels]).toEqual([
      image.width,
      image.height,
      labelChannels(builtInFormats[task as BuiltInTask]),
    ]);
    expect(data).toHaveLength(width * height * channels);
    const count = source.tasks.find((known) => known.task === task)?.classCount ?? 2;
    const holds = (value: number, i: number): boolean => {
      if (task === "depth") return value > 0 && value < Number.POSITIVE_INFINITY;
      if (task !== "normals") return Number.isInteger(value) && value >= 0 && value < count;
      const at = i - (i % 3);
      return Math.abs(Math.hypot(data[at]!, data[at + 1]!, data[at + 2]!) - 1) < 1e-5;
    };
    expect(
      data.every((value, i) => value === IGNORE || holds(value, i)),
      task,
    ).toBe(true);
  }
}

const places = ({ size }: DataSource): (readonly [Split, number])[] =>
  (["train", "val"] as const).flatMap((split) => Array.from({ length: size[split] }, (_, i) => [split, i] as const));

async function loadAll({ source }: OpenedData): Promise<Map<string, Sample>> {
  const samples = await Promise.all(places(source).map(([split, i]) => source.load(split, i)));
  return new Map(samples.map((sample) => [sample.id, sample]));
}

/** Whether a file is one of the sample's. */
function isOf(id: string, path: string, { layout }: MadeDataSet): boolean {
  if (layout !== "mtan") return path.includes(id);
  const [split, number] = id.split("/");
  return path.startsWith(`${split}/`) && path.includes(`/${number}.`);
}

const RUNS: Readonly<Record<string, number>> = {
  pascal_mt: 2000,
  "nyud_mt-astmt": 700,
  "nyud_mt-mti": 700,
  "nyud_mt-atrc": 700,
  taskonomy: 2000,
  cityscapes: 2000,
  "mtan-nyuv2": 1200,
  "mtan-cityscapes": 900,
  "plain-pictures": 900,
  "plain-arrays": 900,
  "plain-depth": 400,
};

describe("a data set with damaged files opens or is refused by name; its samples are sound, refused, or as before", () => {
  it("is tested two thousand times in every layout", () => {
    const runs = new Map<string, number>();
    for (const [name, make] of Object.entries(dataSets)) {
      const { layout } = make(SIZE);
      runs.set(layout, (runs.get(layout) ?? 0) + RUNS[name]!);
    }
    expect(runs.size).toBe(6);
    for (const count of runs.values()) expect(count).toBeGreaterThanOrEqual(2000);
  });

  it.each(Object.keys(dataSets))("%s", async (name) => {
    const dataSet = dataSets[name]!(SIZE);
    const open = (files: Files): Promise<OpenedData> =>
      openData(memoryTree(files), { name: "damaged", seed: 1, layout: dataSet.layout });
    const before = await loadAll(await open(dataSet.files));
    const counts = { unopened: 0, refused: 0, sound: 0, untouched: 0 };
    const run = async (injure: Injury): Promise<void> => {
      const { files, paths } = injure(dataSet.files);
      const opened = await answersOrRefuses(() => open(files));
      if (!opened) {
        counts.unopened++;
        return;
      }
      for (const [split, i] of places(opened.source)) {
        const id = opened.source.id(split, i);
        const isTouched = paths.some((path) => isOf(id, path, dataSet));
        // One that is as it was is enough.
        if (!isTouched && i > 0) continue;
        const sample = await answersOrRefuses(() => opened.source.load(split, i));
        if (!sample) {
          // Fewer names of classes refuse labels that have more.
          expect(isTouched || paths.includes("classes.txt"), id).toBe(true);
          counts.refused++;
          continue;
        }
        expectSound(sample, opened.source);
        if (!isTouched) expect(sameSample(sample, before.get(id)!), id).toBe(true);
        counts[isTouched ? "sound" : "untouched"]++;
      }
    };
    await fc.assert(fc.asyncProperty(injuries(dataSet.files), run), { seed: 71, numRuns: RUNS[name]! });
    for (const what of ["refused", "sound", "untouched"] as const)
      expect(counts[what], what).toBeGreaterThan(RUNS[name]! / 20);
  });
});

/** Whether the image and each label that is there are the same: quicker than a comparison that says where they differ. */
function samePixels(a: Sample, b: Sample): boolean {
  const same = (task: string): boolean => a.labels[task]!.data.every((value, i) => value === b.labels[task]!.data[i]);
  return Buffer.compare(a.image.data, b.image.data) === 0 && Object.keys(a.labels).every(same);
}
const sameSample = (a: Sample, b: Sample): boolean =>
  Object.keys(a.labels).length === Object.keys(b.labels).length && samePixels(a, b);

describe("a damaged zip archive of a data set", () => {
  it("gives samples without a wrong pixel, or is refused by name", async () => {
    const { files } = dataSets["plain-depth"]!(SIZE);
    const packed = zipSync(Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`my set/${path}`, bytes])));
    const before = await loadAll(await openData(memoryTree(files), { name: "whole", seed: 1 }));
    const counts = { refused: 0, right: 0 };
    const run = async (bytes: Uint8Array): Promise<void> => {
      const opened = await answersOrRefuses(async () =>
        openData(await zipTree(bytesSource("damaged.zip", bytes)), { name: "damaged", seed: 1 }),
      );
      if (!opened) counts.refused++;
      for (const [split, i] of opened ? places(opened.source) : []) {
        const sample = await answersOrRefuses(() => opened!.source.load(split, i));
        if (sample) expect(samePixels(sample, before.get(sample.id)!), sample.id).toBe(true);
        counts[sample ? "right" : "refused"]++;
      }
    };
    await fc.assert(fc.asyncProperty(damaged(packed), run), { seed: 72, numRuns: 2000 });
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(500);
  });
});

describe("folders and lists that are made to harm", () => {
  const small = dataSets["plain-depth"]!(SIZE).files;
  const within = (folder: string): Files =>
    Object.fromEntries(Object.entries(small).map(([path, bytes]) => [folder + path, bytes]));

  it("thousands of folders around the data are not looked through", async () => {
    const open = (depth: number) => openData(memoryTree(within("a/".repeat(depth))), { name: "deep", seed: 1 });
    expect((await open(12)).layout).toBe("plain");
    expect(await answersOrRefuses(() => open(5000))).toBeUndefined();
  });

  it("long names and lists of names without images make short reports", async () => {
    const long = `${"x".repeat(30_000)}.${"1".repeat(30_000)}`;
    const noise = Array.from({ length: 20_000 }, (_, i) => `nobody ${i} ${i === 0 ? "y".repeat(100_000) : ""}`).join(
      "\n",
    );
    const known = Object.keys(small).filter((path) => path.startsWith("images/"));
    const files = { ...small, [`notes/${long}`]: text("1"), "train.txt": text(`${known[0]}\n${noise}`) };
    const started = performance.now();
    const { report } = await openData(memoryTree(files), { name: "long", seed: 1 });
    expect(performance.now() - started).toBeLessThan(5000);
    expect(report.length).toBeLessThan(5);
    expect(report.find(({ path }) => path === "train.txt")!.reason).toMatch(
      /^lists 20000 names that have no labelled image, such as nobody 0 y+, nobody 1, nobody 2$/,
    );
  });

  it("more classes than labels can hold are refused", async () => {
    const files = { ...dataSets["plain-pictures"]!(SIZE).files, "classes.txt": text("one\n".repeat(300)) };
    await expect(openData(memoryTree(files), { name: "classes", seed: 1 })).rejects.toThrow(
      "classes.txt names 300 classes; 255 are the most",
    );
  });

  it("a label of its image's size laid on its side is refused, also where labels are resized", async () => {
    const { files } = dataSets["nyud_mt-mti"]!(SIZE);
    const path = "segmentation/1.png";
    const turned = await openData(memoryTree({ ...files, [path]: grey(HEIGHT, WIDTH, 8, 1) }), {
      name: "turned",
      seed: 1,
    });
    await expect(turned.source.load("train", 0)).rejects.toThrow(
      "segmentation/1.png is 8×12 but its image images/1.jpg is 12×8",
    );
    const halved = await openData(memoryTree({ ...files, [path]: grey(WIDTH / 2, HEIGHT / 2, 8, 4) }), {
      name: "halved",
      seed: 1,
    });
    expect((await halved.source.load("train", 0)).labels.semseg!.data).toEqual(
      new Float32Array(WIDTH * HEIGHT).fill(3),
    );
  });

  it.each([
    [
      "pascal-context/trainval",
      "LabelMap",
      [HEIGHT, WIDTH],
      Number.NaN,
      /context labels are one whole number from 0 a pixel/,
    ],
    [
      "pascal-context/trainval",
      "LabelMap",
      [HEIGHT, WIDTH, 3],
      1,
      /context labels are one whole number from 0 a pixel/,
    ],
    ["human_parts", "anno", [HEIGHT, WIDTH], 1, /no part annotation/],
  ])("%s of PASCAL with %s of [%s] times %s is refused", async (folder, name, shape, value, message) => {
    const { files } = dataSets["pascal_mt"]!(SIZE);
    const path = `${folder}/2008_000000.mat`;
    const data = filled(
      shape.reduce((a, b) => a * b, 1),
      value,
    );
    const wrong = { ...files, [path]: writeMat({ [name]: { class: "double", shape, data } }) };
    const { source } = await openData(memoryTree(wrong), { name: "wrong", seed: 1 });
    await expect(source.load("train", 0)).rejects.toThrow(message);
    await expect(source.load("train", 0)).rejects.toThrow(`Cannot use ${path}`);
  });

  it("one unreadable label among those that are counted for classes is told, and the others are counted", async () => {
    const { files, tasks } = dataSets["mtan-nyuv2"]!(SIZE);
    const opened = await openData(memoryTree({ ...files, "train/label/0.npy": text("cut") }), { name: "cut", seed: 1 });
    expect(opened.report).toEqual([
      {
        path: "train/label/0.npy",
        reason: expect.stringMatching(/^counts for no class: Cannot use train\/label\/0\.npy: The file is neither/),
      },
    ]);
    expect(opened.source.tasks[0]!.classCount).toBeLessThanOrEqual(tasks["semseg"]!.classCount!);
    await expect(opened.source.load("train", 0)).rejects.toThrow("Cannot use train/label/0.npy");
  });
});
