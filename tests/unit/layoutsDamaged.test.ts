import fc from "fast-check";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { builtInFormats, labelChannels } from "../../src/contracts/labelFormat";
import { type DataSource, IGNORE, type Sample, type Split } from "../../src/contracts/sample";
import type { BuiltInTask } from "../../src/contracts/tasks";
import { bytesSource } from "../../src/core/io/bytes";
import { type OpenedData, openData } from "../../src/data/layouts";
import { zipTree } from "../../src/data/zipTree";
import { dataSets, type MadeDataSet } from "../dataSets";
import type { Files } from "../dataSets/dataSet";
import { type Injury, injuries, SIZE } from "../dataSets/injuries";
import { memoryTree } from "../dataSets/memoryTree";
import { answersOrRefuses, damaged } from "./corruptions";

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
