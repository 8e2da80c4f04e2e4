/** The plain parts of the data view: strips, windows, keys, label encodings as text. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SampleSurvey, Survey } from "../../src/contracts/survey";
import { classChoices } from "../../src/ui/panels/data/classChoices";
import { columnText, coverageColumns, runsOf } from "../../src/ui/panels/data/coverage";
import {
  classOf,
  kindOf,
  knownEncoding,
  readColours,
  readNumbers,
  readRange,
  withKey,
  writeColours,
} from "../../src/ui/panels/data/encoding";
import { fateOf, listSamples, picksOf } from "../../src/ui/panels/data/examined";
import { moveCursor, rangeOf } from "../../src/ui/panels/data/gridKeys";
import { barLength } from "../../src/ui/panels/data/HistogramView";
import { filterNotes } from "../../src/ui/panels/data/ProblemsPanel";
import { rowsInSight } from "../../src/ui/panels/data/useWindow";

const task = (id: string) => ({
  task: id,
  files: { train: 0, val: 0 },
  content: [],
  histogram: { kind: "values" as const, values: [] },
  unlabelled: 0,
  guesses: [],
});
const surveyOf = (samples: readonly SampleSurvey[]): Survey => ({
  name: "a",
  fingerprint: "",
  layout: "",
  seen: "",
  tasks: [task("semseg"), task("depth")],
  samples,
  read: samples.length,
  problems: [],
});
const sampleOf = (id: number, split: "train" | "val", labels: readonly string[]): SampleSurvey => ({
  id: String(id),
  split,
  labels,
});

describe("the strips of the coverage", () => {
  it("hold every image and every label exactly once, in columns of one split", () => {
    const cases = fc.tuple(
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 0, max: 80 }),
      fc.integer({ min: 2, max: 90 }),
    );
    fc.assert(
      fc.property(cases, ([train, val, most]) => {
        const samples = Array.from({ length: train + val }, (_, i) =>
          sampleOf(i, i < train ? "train" : "val", i % 3 === 0 ? ["semseg"] : ["semseg", "depth"]),
        );
        const columns = coverageColumns(surveyOf(samples), most);
        expect(columns.length).toBeLessThanOrEqual(most);
        expect(columns.flatMap(({ from, to }) => samples.slice(from, to))).toEqual(samples);
        for (const { from, to, split } of columns)
          expect(samples.slice(from, to).every((sample) => sample.split === split)).toBe(true);
        const depth = columns.reduce((sum, { labelled }) => sum + labelled.get("depth")!, 0);
        expect(depth).toBe(samples.filter(({ labels }) => labels.includes("depth")).length);
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it("join neighbours that look alike and leave gaps where nothing is", () => {
    const samples = ["1", "1", "", "1"].map((has, i) => sampleOf(i, "train", has ? ["depth"] : []));
    const columns = coverageColumns(surveyOf(samples), 10);
    expect(runsOf(columns, ({ labelled }) => labelled.get("depth")!)).toEqual([
      { from: 0, to: 2, share: 1 },
      { from: 3, to: 4, share: 1 },
    ]);
  });

  it("say which image a column is, or how many of several", () => {
    const one = surveyOf([sampleOf(7, "val", ["depth"]), { ...sampleOf(8, "val", []), problem: "is cut short" }]);
    const columns = coverageColumns(one, 10);
    expect(columnText(one, columns[0]!, "depth")).toBe("7 (validation): labelled");
    expect(columnText(one, columns[1]!, "depth")).toBe("8 (validation): no label");
    expect(columnText(one, columns[1]!, null)).toBe("8: is cut short");
    expect(columnText(one, coverageColumns(one, 1)[0]!, "depth")).toBe("7 to 8 (validation): 1 of 2 labelled");
  });
});

describe("the list of samples", () => {
  const survey = surveyOf([
    { ...sampleOf(1, "train", []), classes: { semseg: [0, 3] } },
    { ...sampleOf(2, "train", []), classes: { semseg: [3] } },
    { ...sampleOf(3, "val", []), classes: { semseg: [1] } },
  ]);
  const data = { select: {} } as Parameters<typeof fateOf>[0];
  const fates = (select: (typeof data)["select"]) =>
    listSamples({ train: 2, val: 1 }, survey).map((sample) =>
      fateOf({ ...data, select }, sample, sample.facts?.id, picksOf({ ...data, select })),
    );

  it("follows a survey only while it is of the same splits", () => {
    expect(
      listSamples({ train: 2, val: 1 }, survey).map(({ split, index, facts }) => `${split} ${index} ${facts?.id}`),
    ).toEqual(["train 0 1", "train 1 2", "val 0 3"]);
    expect(listSamples({ train: 1, val: 2 }, survey).every(({ facts }) => facts === null)).toBe(true);
  });

  it("knows what a choice makes of each: only some leaves validation alone, classes are asked of both", () => {
    expect(fates({})).toEqual(["taken", "taken", "taken"]);
    expect(fates({ only: ["2"] })).toEqual(["byHand", "taken", "taken"]);
    expect(fates({ without: ["3"] })).toEqual(["taken", "taken", "byHand"]);
    expect(fates({ classes: { semseg: [0, 1] } })).toEqual(["taken", "byClass", "taken"]);
  });

  it("counts the images that show a class, and has names alone without a survey", () => {
    expect(classChoices(survey, { legends: {} })).toEqual([
      {
        task: "semseg",
        classes: [
          { index: 0, name: "class 0", images: 1 },
          { index: 1, name: "class 1", images: 1 },
          { index: 3, name: "class 3", images: 2 },
        ],
      },
    ]);
    const legends = { semseg: [{ name: "wall", color: [0, 0, 0] as const }] };
    expect(classChoices(null, { legends })).toEqual([{ task: "semseg", classes: [{ index: 0, name: "wall" }] }]);
  });
});

describe("a window over rows", () => {
  it("covers what is in sight, stays within the rows, and is small however many there are", () => {
    const cases = fc.record({ top: fc.nat(500_000), height: fc.nat(2000), count: fc.nat(10_000) });
    fc.assert(
      fc.property(cases, ({ top, height, count }) => {
        const { first, last } = rowsInSight({ top, height }, { count, height: 42 }, 3);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(last).toBeLessThanOrEqual(count);
        expect(last - first).toBeLessThanOrEqual(height / 42 + 8);
        for (let row = 0; row < count; row++) {
          const seen = 42 * row < top + height && 42 * (row + 1) > top;
          if (seen) expect(row >= first && row < last).toBe(true);
          if (42 * row > top + height) break;
        }
      }),
      { seed: 5, numRuns: 40 },
    );
  });
});

describe("keys in the grid", () => {
  it("move by one, by a line, by a page and to the ends, and never out of it", () => {
    const move = (key: string, from: number) => moveCursor(key, from, 10, 4, 2);
    expect(["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"].map((key) => move(key, 4))).toEqual([5, 3, 8, 0]);
    expect(["ArrowRight", "ArrowDown"].map((key) => move(key, 9))).toEqual([9, 9]);
    expect(["PageDown", "PageUp", "Home", "End"].map((key) => move(key, 5))).toEqual([9, 0, 0, 9]);
    expect(move("x", 5)).toBeNull();
    expect(moveCursor("End", 0, 0, 4, 2)).toBeNull();
  });

  it("select a range in either direction, beside what is selected", () => {
    const shown = [10, 11, 12, 13].map((place) => ({ place }));
    expect([...rangeOf(shown, new Set([99]), 2, 1)]).toEqual([99, 11, 12]);
    expect([...rangeOf(shown, new Set(), 1, 1)]).toEqual([11]);
  });
});

describe("label encodings as text", () => {
  it("are numbers in a row; nothing is no reading, and words are refused", () => {
    expect(readNumbers("0, 255")).toEqual([0, 255]);
    expect(readNumbers(" -1;2.5\n3 ")).toEqual([-1, 2.5, 3]);
    expect(readNumbers("  ")).toBeUndefined();
    expect(readNumbers("0, none")).toBeNull();
  });

  it("are colours as the web writes them, and two different ends of a range; written, they read back", () => {
    const colours = [
      [0, 0, 0],
      [128, 0, 255],
    ] as [number, number, number][];
    expect(writeColours(colours)).toBe("#000000 #8000ff");
    expect(readColours(writeColours(colours))).toEqual(colours);
    expect(readColours("#8000f")).toBeNull();
    expect(readColours("")).toBeUndefined();
    expect(readRange("-1, 1")).toEqual([-1, 1]);
    expect(["1", "1, 1", "1, 2, 3"].map(readRange)).toEqual([null, null, null]);
  });

  it("give each value its class: shifted, mapped, or none", () => {
    expect([0, 1, 255].map((value) => classOf(value, { shift: -1 }))).toEqual([null, 0, 254]);
    expect([0, 1, 2].map((value) => classOf(value, { classMap: [255, 7] }))).toEqual([null, 7, null]);
    expect([0, 5].map((value) => classOf(value, { ignore: [0] }))).toEqual([null, 5]);
  });

  it("put what a person set over what is in force, and take a field out where it is emptied", () => {
    const guesses = [
      { id: "a", text: "", reading: { ignore: [0], shift: -1 }, inForce: true },
      { id: "b", text: "", reading: { ignore: [9] }, inForce: false },
    ];
    expect(knownEncoding({ guesses }, { shift: 2 })).toEqual({ ignore: [0], shift: 2 });
    expect(withKey({ scale: 1, ignore: [0] }, "scale", undefined)).toEqual({ ignore: [0] });
    expect(kindOf("depth", [])).toBe("depth");
    expect(kindOf("unknown", [])).toBe("classes");
  });
});

describe("bars and notes", () => {
  it("keeps one pixel visible on a log scale, and draws nothing for none", () => {
    expect(barLength(1, 1e7, true)).toBeCloseTo(0.05, 12);
    expect(barLength(1e7, 1e7, true)).toBeCloseTo(1, 12);
    expect(barLength(1, 1, true)).toBe(1);
    expect([true, false].map((log) => barLength(0, 5, log))).toEqual([0, 0]);
  });

  it("finds notes by all words of a filter, in path or reason, in any case", () => {
    const notes = [
      { path: "semseg/A.png", reason: "has no image" },
      { path: "depth/b.png", reason: "is cut short" },
    ];
    expect(filterNotes(notes, "SEMSEG image")).toEqual([notes[0]]);
    expect(filterNotes(notes, "semseg short")).toEqual([]);
    expect(filterNotes(notes, " ")).toBe(notes);
  });
});
