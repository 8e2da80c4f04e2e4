/** Guesses about class maps: of wrong files each says what to set, and that makes the labels right. */
import { describe, expect, it } from "vitest";
import type { LabelMap } from "../../src/contracts/sample";
import { writePng } from "../dataSets/writePng";
import {
  doubts,
  type Files,
  grey,
  guess,
  npy,
  readLabels,
  rgb,
  SIDE,
  sceneClassCount,
  sceneFiles,
  scenes,
  survey,
  task,
  text,
  written,
} from "./dataSets";
import { classNames, expectCure } from "./surveyCures";

const classesAs = (write: (index: number) => number) => (label: LabelMap) => grey(SIDE, SIDE, label.data.map(write));

describe("guesses about classes", () => {
  it("classes that count from 1, by the number of names", async () => {
    const files = {
      ...sceneFiles(
        "semseg",
        classesAs((index) => index + 1),
      ),
      ...classNames(sceneClassCount),
    };
    const found = await survey(files);
    expect(guess(found, "semseg", "counts-from-1")?.reading).toEqual({ ignore: [0], shift: -1 });
    await expectCure(files, "semseg", "counts-from-1");
  });

  it("the same without names, where nothing is 0", async () => {
    await expectCure(
      sceneFiles(
        "semseg",
        classesAs((index) => index + 1),
      ),
      "semseg",
      "counts-from-1",
    );
  });

  it("0 without names is background or nothing: both are told, neither is doubtful", async () => {
    const found = await survey(sceneFiles("semseg", written.semseg));
    expect(doubts(found)).toEqual([]);
    expect(guess(found, "semseg", "void-0")).toMatchObject({ inForce: false, reading: { ignore: [0], shift: -1 } });
  });

  it("0 that is called void is no class", async () => {
    const names = ["void", ...Array.from({ length: sceneClassCount - 1 }, (_, i) => `class ${i}`)];
    const files = { ...sceneFiles("semseg", written.semseg), "classes.txt": text(names.join("\n")) };
    expect(guess(await survey(files), "semseg", "void-0")).toMatchObject({ doubtful: true, reading: { ignore: [0] } });
  });

  it("255 and -1 are no label already; 65535 of arrays is told and can be set", async () => {
    const marked = (mark: number) => (label: LabelMap) =>
      npy(
        SIDE,
        SIDE,
        Int32Array.from(label.data, (index, i) => (i % 5 === 0 ? mark : index)),
      );
    for (const mark of [255, -1]) {
      const found = await survey(sceneFiles("semseg", marked(mark), "npy"));
      expect(guess(found, "semseg", `ignore-${mark}`)).toMatchObject({ inForce: true });
      expect(task(found, "semseg").unlabelled).toBeCloseTo(0.2, 2);
      expect(doubts(found)).toEqual([]);
    }
    const files = sceneFiles("semseg", marked(65535), "npy");
    const found = await survey(files);
    const { reading } = guess(found, "semseg", "ignore-65535")!;
    expect(reading).toEqual({ ignore: [65535] });
    expect(found.samples.every(({ problem }) => problem?.includes("65535"))).toBe(true);
    expect(doubts(await survey(files, { semseg: reading }))).toEqual([]);
  });

  it("ids with gaps are numbered in their order", async () => {
    const files = sceneFiles(
      "semseg",
      classesAs((index) => 12 * index),
    );
    await expectCure(files, "semseg", "sparse-classes");
  });

  it("Cityscapes' label ids are known by the files' names", async () => {
    const files: Files = {};
    for (const id of ["a", "b", "c"]) {
      files[`images/${id}_labelIds.png`] = rgb(40, 40, new Uint8Array(4800));
      files[`semseg/${id}_labelIds.png`] = grey(
        40,
        40,
        Array.from({ length: 1600 }, (_, i) => [7, 26, 3][i % 3]!),
      );
    }
    const { reading } = guess(await survey(files), "semseg", "cityscapes-ids")!;
    expect((await survey(files, { semseg: reading })).samples.map(({ classes }) => classes)).toEqual(
      Array.from({ length: 3 }, () => ({ semseg: [0, 13] })),
    );
  });

  it("a mask of 0 and 255 has two classes", async () => {
    const yes = (index: number) => Number(index % 2 === 1);
    const files = sceneFiles(
      "semseg",
      classesAs((index) => 255 * yes(index)),
    );
    const { reading } = guess(await survey(files), "semseg", "mask-0-255")!;
    const cured = await survey(files, { semseg: reading });
    expect(doubts(cured)).toEqual([]);
    for (const [scene, { data }] of await readLabels(files, "semseg", { semseg: reading }))
      expect(data).toEqual(scenes[scene]!.labels.semseg!.data.map(yes));
  });

  it("one class alone is doubtful", async () => {
    expect(
      doubts(
        await survey(
          sceneFiles(
            "semseg",
            classesAs(() => 3),
          ),
        ),
      ),
    ).toContain("semseg: one-class");
  });

  it("an outline between objects is no class, and a thin object is one", async () => {
    const outlined = ({ data }: LabelMap) => {
      const differs = (i: number, step: number) => i + step < data.length && data[i] !== data[i + step];
      return grey(
        SIDE,
        SIDE,
        data.map((index, i) => (differs(i, 1) || differs(i, SIDE) ? 40 : index)),
      );
    };
    const files = { ...sceneFiles("semseg", outlined), ...classNames(41) };
    const found = guess(await survey(files), "semseg", "border-40");
    expect(found).toMatchObject({ doubtful: true, reading: { ignore: [40] } });
    expect(guess(await survey(files, { semseg: found!.reading }), "semseg", "border-40")?.inForce).toBe(true);
    const pole = ({ data }: LabelMap) =>
      grey(
        SIDE,
        SIDE,
        data.map((_, i) => (i % SIDE === 20 ? 1 : 0)),
      );
    expect(doubts(await survey(sceneFiles("semseg", pole)))).toEqual([]);
  });

  it("colours are counted and become classes, in PASCAL VOC's order where they are its", async () => {
    const voc = [0x000000, 0x800000, 0x008000, 0x808000, 0x000080];
    const other = [0x112233, 0x445566, 0x778899, 0xaabbcc, 0xddeeff];
    for (const palette of [voc, other]) {
      const coloured = ({ data }: LabelMap) =>
        rgb(
          SIDE,
          SIDE,
          [...data].flatMap((index) => [16, 8, 0].map((shift) => (palette[index % 5]! >> shift) & 255)),
        );
      const files = sceneFiles("semseg", coloured);
      const before = await survey(files);
      expect(before.samples.every(({ problem }) => problem?.includes("Convert colours"))).toBe(true);
      const found = guess(before, "semseg", "colour-coded")!;
      expect(found.text).toContain("8 of 8 files hold colours instead of class indices, 5 different ones");
      expect(doubts(await survey(files, { semseg: found.reading }))).toEqual([]);
      for (const [scene, { data }] of await readLabels(files, "semseg", { semseg: found.reading }))
        expect(data).toEqual(scenes[scene]!.labels.semseg!.data.map((index) => index % 5));
    }
  });

  it("a palette is no colour code: its indices count", async () => {
    const indexed = ({ data }: LabelMap) =>
      writePng({
        ...{ width: SIDE, height: SIDE, colour: 3, depth: 8, data },
        palette: Array.from({ length: 32 }, (_, i) => [i, 255 - i, 0]),
      });
    const found = await survey(sceneFiles("semseg", indexed));
    expect(task(found, "semseg").content).toEqual([{ what: "8-bit PNG with a palette", files: 8 }]);
    expect(doubts(found)).toEqual([]);
  });

  it("photographs of many colours are said to be no classes", async () => {
    const noise = (_: LabelMap, scene: number) =>
      rgb(
        SIDE,
        SIDE,
        Array.from({ length: 3 * SIDE * SIDE }, (_, i) => (i * 31 + scene) % 251),
      );
    const found = guess(await survey(sceneFiles("semseg", noise)), "semseg", "colour-coded");
    expect(found).toMatchObject({ doubtful: true, reading: {} });
  });
});
