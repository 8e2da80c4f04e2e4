/** The import doctor's walk through files: broken ones, many, a stop; counts with bounded memory; the report as text. */
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import type { CustomTask } from "../../src/contracts/customTask";
import { surveyText } from "../../src/contracts/surveyText";
import { bytesSource } from "../../src/core/io/bytes";
import type { Numbers } from "../../src/data/io/raster";
import { openData } from "../../src/data/layouts";
import { surveyData } from "../../src/data/survey";
import { ValueCounts } from "../../src/data/survey/counts";
import { zipTree } from "../../src/data/zipTree";
import { type Files, grey, grey16, memoryFiles, npy, open, rgb, survey, task, text } from "./dataSets";

const photo = (width = 8, height = 6): Uint8Array => rgb(width, height, new Uint8Array(3 * width * height).fill(90));
const label = (value: number, width = 8, height = 6): Uint8Array =>
  grey(width, height, new Uint8Array(width * height).fill(value));

function plainFiles(count: number): Files {
  const files: Files = {};
  for (let i = 0; i < count; i++) {
    const id = `n${String(i).padStart(4, "0")}`;
    files[`images/${id}.png`] = photo();
    files[`semseg/${id}.png`] = grey(
      8,
      6,
      Array.from({ length: 48 }, (_, at) => (at === 0 ? 255 : (i + at) % 3)),
    );
  }
  return files;
}

describe("surveyData", () => {
  it("tells samples, splits, labels, sizes and the classes that each shows", async () => {
    const files: Files = {
      ...plainFiles(5),
      "classes.txt": text("a\nb\nc"),
      "val.txt": text("n0004"),
      "depth/n0001.npy": deep(),
    };
    files["semseg/n0003.png"] = label(2);
    delete files["semseg/n0001.png"];
    const found = await survey(files);
    expect(found.samples.map(({ id, split }) => `${split} ${id}`)).toEqual([
      "train n0000",
      "train n0001",
      "train n0002",
      "train n0003",
      "val n0004",
    ]);
    expect(found.samples[0]).toEqual({
      id: "n0000",
      split: "train",
      size: [8, 6],
      labels: ["semseg"],
      classes: { semseg: [0, 1, 2] },
    });
    expect(found.samples[1]).toEqual({ id: "n0001", split: "train", size: [8, 6], labels: ["depth"] });
    expect(found.samples[3]?.classes).toEqual({ semseg: [2] });
    expect(task(found, "semseg")).toMatchObject({ files: { train: 3, val: 1 }, classes: ["a", "b", "c"] });
    expect(task(found, "semseg").unlabelled).toBeCloseTo(3 / 192, 10);
    expect(task(found, "depth")).toMatchObject({
      files: { train: 1, val: 0 },
      content: [{ what: "float32 array", files: 1 }],
    });
    expect(found).toMatchObject({ layout: "plain", read: 5, problems: [] });
  });

  it("names every broken file with the reason, and what it means for the sample, and goes on", async () => {
    const files: Files = { ...plainFiles(8), "classes.txt": text("a\nb\nc") };
    files["images/n0000.png"] = files["images/n0000.png"]!.subarray(0, 60);
    files["semseg/n0001.png"] = text("no picture");
    files["semseg/n0002.png"] = label(1, 9, 6);
    files["semseg/n0003.png"] = label(7);
    files["semseg/n0004.png"] = grey16(8, 6, new Uint16Array(48).fill(1203));
    files["images/n0005.png"] = text("no picture either");
    files["semseg/n0005.png"] = rgb(8, 6, new Uint8Array(144));
    const found = await survey(files);
    const problems = Object.fromEntries(found.samples.map(({ id, problem }) => [id, problem]));
    expect(problems["n0000"]).toContain("images/n0000.png: The PNG ends before its last part");
    expect(problems["n0001"]).toContain("semseg/n0001.png: The file is neither a PNG");
    expect(problems["n0002"]).toBe(
      "semseg/n0002.png: is 9×6 but its image images/n0002.png is 8×6. Export labels at the size of their image.",
    );
    expect(problems["n0003"]).toContain("semseg/n0003.png: has class 7, but there are 3 classes");
    expect(problems["n0004"]).toContain("A class map holds whole numbers from 0 to 254, but it has 1203");
    expect(problems["n0005"]).toMatch(/images\/n0005.png: .* semseg\/n0005.png: A class map/);
    expect([problems["n0006"], problems["n0007"]]).toEqual([undefined, undefined]);
    expect(found.problems).toHaveLength(7);
    expect(found.read).toBe(8);
    const { source } = await open(files);
    for (const split of ["train", "val"] as const)
      for (let i = 0; i < source.size[split]; i++) {
        const isBroken = problems[source.id(split, i)] !== undefined;
        await (isBroken ? expect(source.load(split, i)).rejects.toThrow() : source.load(split, i));
      }
  });

  it("opens a data set whose label files are all broken, so that it can say so", async () => {
    const files = plainFiles(3);
    for (const path of Object.keys(files)) if (path.startsWith("semseg/")) files[path] = text("no picture");
    const found = await survey(files);
    expect(found.samples.every(({ problem }) => problem?.includes("neither a PNG"))).toBe(true);
    expect(task(found, "semseg")).toMatchObject({ content: [], unlabelled: 0, guesses: [] });
  });

  it("looks through folders of tasks of the user's own", async () => {
    const files = plainFiles(4);
    for (let i = 0; i < 4; i++) files[`materials/n000${i}.png`] = label(i);
    const own: CustomTask = {
      kind: "classes",
      id: "materials",
      label: "Materials",
      loss: "cross_entropy",
      metric: "miou",
      colours: "distinct",
      weight: 1,
      classes: 3,
    };
    const found = await survey(files, {}, { customTasks: [own] });
    expect(found.samples.map(({ classes }) => classes?.["materials"])).toContainEqual([2]);
    expect(found.samples.find(({ id }) => id === "n0003")?.problem).toContain("has class 3, but there are 3 classes");
  });

  it("reads `most` samples, spread over all and always the same, and says so", async () => {
    const files = plainFiles(200);
    const reads: string[] = [];
    const tree = memoryFiles(files);
    const counting = {
      ...tree,
      read: (path: string) => {
        reads.push(path);
        return tree.read(path);
      },
    };
    const opened = await openData(counting, { name: "n", seed: 1 });
    reads.length = 0;
    const told: [number, number][] = [];
    const found = await surveyData(opened, { most: 10, onProgress: (...progress) => told.push(progress) });
    expect(told).toEqual(Array.from({ length: 11 }, (_, done) => [done, 10]));
    expect([found.read, found.samples.length]).toEqual([10, 200]);
    const seen = [...found.samples.entries()].filter(([, { size }]) => size).map(([index]) => index);
    expect(seen.map((index) => Math.floor(index / 20))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(reads.length).toBeLessThan(2 * 10 + 17);
    expect((await surveyData(opened, { most: 10 })).samples).toEqual(found.samples);
  });

  it("stops between two samples, and lets others have their turn there", async () => {
    const stop = new AbortController();
    let pauses = 0;
    const opened = await open(plainFiles(20));
    const work = surveyData(opened, {
      signal: stop.signal,
      pause: async () => {
        if (++pauses === 3) stop.abort();
      },
    });
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    expect(pauses).toBe(3);
  });

  it("holds one sample's files at a time, and a few labels where their classes are counted", async () => {
    const tree = memoryFiles(plainFiles(6));
    let open = 0;
    let most = 0;
    const counted = {
      list: tree.list,
      read: async (path: string) => {
        most = Math.max(most, ++open);
        await Promise.resolve();
        open--;
        return tree.read(path);
      },
    };
    const opened = await openData(counted, { name: "n", seed: 1 });
    expect(most).toBeLessThanOrEqual(8);
    most = 0;
    await surveyData(opened);
    expect(most).toBe(1);
  });
});

const deep = (): Uint8Array => npy(6, 8, new Float32Array(48).fill(1.5));

describe("the fingerprint", () => {
  it("is the same in a folder and in an archive with one folder around, and another where a file differs", async () => {
    const files = plainFiles(30);
    const first = (await survey(files)).fingerprint;
    const around = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`my data/${path}`, bytes]));
    const archive = zipSync({ ...around, "my data/.DS_Store": text("junk") });
    const zipped = await openData(await zipTree(bytesSource("data.zip", archive)), { name: "zip", seed: 1 });
    expect((await surveyData(zipped, { most: 1 })).fingerprint).toBe(first);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect((await survey({ ...files, "images/n0000.png": photo(9, 6) })).fingerprint).not.toBe(first);
    expect((await survey({ ...files, "images/more.png": photo() })).fingerprint).not.toBe(first);
  });
});

describe("ValueCounts", () => {
  const counted = (...files: Numbers[]): ValueCounts => {
    const counts = new ValueCounts();
    for (const file of files) counts.add(file);
    return counts;
  };

  it("counts few whole numbers one by one, with the files that show them, in any kind of array", () => {
    for (const make of [Uint8Array, Uint16Array, Int32Array, Float32Array, Float64Array]) {
      const { values, total } = counted(make.from([3, 3, 0, 7]), make.from([3, 7, 7]));
      expect(values).toEqual([
        { value: 0, pixels: 1, files: 1 },
        { value: 3, pixels: 3, files: 2 },
        { value: 7, pixels: 3, files: 2 },
      ]);
      expect(total).toBe(7);
    }
  });

  it("counts NaN and infinities apart, and has an answer for nothing at all", () => {
    const counts = counted(Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY, 2.5));
    expect(counts.histogram(32)).toMatchObject({ kind: "bins", min: 1, max: 2.5, notNumbers: 2 });
    expect(counted(Float32Array.of(Number.NaN)).histogram(32)).toEqual({
      kind: "bins",
      min: 0,
      max: 0,
      bins: [],
      notNumbers: 1,
    });
    expect(new ValueCounts().histogram(32)).toEqual({ kind: "values", values: [] });
    expect(new ValueCounts().quantile(0.5)).toBeNaN();
    expect(counted(Float32Array.of(1.5, 1.5)).histogram(32)).toMatchObject({ bins: [2], min: 1.5, max: 1.5 });
  });

  it("gives bins and quantiles of any range in one pass, also beside a number far outside", () => {
    const spread = Float32Array.from({ length: 6400 }, (_, i) => -3 + (i * 10) / 6400);
    const histogram = counted(spread.subarray(0, 1000), spread.subarray(1000)).histogram(32);
    if (histogram.kind !== "bins") throw new Error("expected bins");
    expect(histogram.bins).toHaveLength(64);
    expect(histogram.bins.reduce((sum, count) => sum + count, 0)).toBe(6400);
    // Cells are a 1024th of their value wide: at most that part of a bin's 100 numbers lies beside it.
    for (const count of histogram.bins) expect(Math.abs(count - 100)).toBeLessThanOrEqual(8);
    const outside = counted(spread, Float32Array.of(1e30));
    expect(outside.max).toBeCloseTo(1e30, -24);
    for (const share of [0.1, 0.5, 0.9]) {
      const exact = -3 + 10 * share;
      expect(Math.abs(outside.quantile(share) - exact)).toBeLessThanOrEqual(Math.abs(exact) / 512 + 0.01);
    }
    expect(outside.quantile(0.5, 0, 1)).toBeCloseTo(0.5, 2);
  });

  it("keeps whole numbers exact and its memory bounded, however many there are", () => {
    const deep = Uint16Array.from({ length: 60_000 }, (_, i) => i % 2000);
    const counts = counted(deep, deep);
    expect(counts.values).toBeUndefined();
    expect([counts.pixelsAt(0), counts.pixelsAt(1234), counts.pixelsAt(1999)]).toEqual([60, 60, 60]);
    expect(counts.quantile(0.25)).toBe(499);
    expect(counts.pixelsBelow(100)).toBe(6000);
    expect(JSON.stringify(counts.histogram(32)).length).toBeLessThan(1000);
  });
});

describe("surveyText", () => {
  it("tells coverage by combination, histograms, guesses and problems", async () => {
    const files: Files = {
      ...plainFiles(6),
      "val.txt": text("n0005"),
      "classes.txt": text("a\nb\nc"),
      "readme.md": text("x"),
    };
    files["depth/n0001.npy"] = deep();
    files["semseg/n0002.png"] = label(9);
    const told = surveyText(await survey(files));
    expect(told).toContain("test: layout plain, as there is a folder images/.");
    expect(told).toContain("5 training and 1 validation images. Size: 8×6.");
    expect(told).toMatch(/ {6}4 {6}1 {2}x {7}\. {6}n0000/);
    expect(told).toMatch(/ {6}1 {6}0 {2}x {7}x {6}n0001/);
    expect(told).toContain("classes 0 to 2: a, b, c");
    expect(told).toMatch(/ {2}255 ·*█?·* 1\.7 %, 5 files/);
    expect(told).toContain('= 255 (5 of 6 files, 1.7 % of the pixels) looks like "no label".');
    expect(told).toContain("1 image cannot be used; 2 notes about files:");
    expect(told).toContain("  readme.md: is not part of the plain layout");
    expect(told).toContain("  semseg/n0002.png: has class 9");
    for (let i = 3; i < 6; i++) files[`semseg/n000${i}.png`] = text("broken");
    const brief = surveyText(await survey(files), { mostProblems: 2 });
    expect(brief).toMatch(
      / {2}semseg\/n0003.png and 2 more: The file is neither a PNG.*\n {2}readme.md: .*\n {2}and 1 more/,
    );
  });
});
