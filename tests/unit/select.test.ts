/** Which images a run takes: by class, by hand, by a drawn split; and how many that are. */
import { describe, expect, it } from "vitest";
import { parseRunConfig, type RunConfig, type Selection } from "../../src/contracts/runConfig";
import type { DataSource, Split } from "../../src/contracts/sample";
import { NO_AUGMENTATION } from "../../src/data/augment/draw";
import { createBatches } from "../../src/data/batches";
import { countSubset, type SelectOptions, selectSamples } from "../../src/data/select";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { type Files, grey, open, rgb, text } from "./dataSets";

const image = rgb(4, 3, new Uint8Array(36));
const label = (...values: number[]): Uint8Array =>
  grey(
    4,
    3,
    Array.from({ length: 12 }, (_, i) => values[i % values.length]!),
  );

/** Twelve images: n0 shows classes 0 and 1, n1 shows 1 and 2, n2 shows 2 and 3, n3 shows 0 and 1 again, ...; every second has a mask. */
function files(): Files {
  const made: Files = { "classes.txt": text("a\nb\nc\nd") };
  for (let i = 0; i < 12; i++) {
    made[`images/n${i}.png`] = image;
    made[`semseg/n${i}.png`] = label(i % 3, (i % 3) + 1);
    if (i % 2 === 0) made[`sal/n${i}.png`] = label(0, 255);
  }
  return { ...made, "val.txt": text("n9\nn10\nn11") };
}

const ids = (source: DataSource, split: Split): string[] =>
  Array.from({ length: source.size[split] }, (_, index) => source.id(split, index));
const select = async (selection: Selection, options?: SelectOptions): Promise<DataSource> =>
  selectSamples((await open(files())).source, selection, options);

const configWith = (data: Partial<RunConfig["data"]>, tasks = ["semseg"]): RunConfig => {
  const { config } = presets[0]!;
  return parseRunConfig({ ...config, tasks, data: { ...config.data, train: 0, val: 0, ...data } });
};

describe("selectSamples", () => {
  it("takes images of both splits that show one of the classes, of one of the tasks at least", async () => {
    const threes = await select({ classes: { semseg: [3] } });
    expect([ids(threes, "train"), ids(threes, "val")]).toEqual([["n2", "n5", "n8"], ["n11"]]);
    const either = await select({ classes: { semseg: [3], sal: [1] } });
    expect(ids(either, "train")).toEqual(["n0", "n2", "n4", "n5", "n6", "n8"]);
    expect((await threes.load("train", 1)).id).toBe("n5");
    expect(threes.labelled?.("train", 2)).toEqual(["semseg", "sal"]);
  });

  it("takes by hand: `only` of the training images, `without` of both", async () => {
    const some = await select({ only: ["n0", "n1", "n2"], without: ["n1", "n10"] });
    expect([ids(some, "train"), ids(some, "val")]).toEqual([
      ["n0", "n2"],
      ["n11", "n9"],
    ]);
    const { source } = await open(files());
    for (const nothing of [{}, { classes: {} }, { without: [] }, { classes: { semseg: [] } }])
      expect(await selectSamples(source, nothing)).toBe(source);
  });

  it("reads no label whose classes are known, and tells how far it is", async () => {
    const { source } = await open(files());
    const told: number[] = [];
    const options: SelectOptions = {
      classesOf: (id) => ({ semseg: id === "n4" || id === "n9" ? [3] : [0] }),
      onProgress: (done) => told.push(done),
    };
    const blind = { ...source, load: () => Promise.reject(new Error("read")) };
    const chosen = await selectSamples(blind, { classes: { semseg: [3] } }, options);
    expect([ids(chosen, "train"), ids(chosen, "val")]).toEqual([["n4"], ["n9"]]);
    expect(told).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  it("does not take an image whose labels cannot be read, and stops when told", async () => {
    const { source } = await open({ ...files(), "semseg/n2.png": text("broken") });
    expect(ids(await selectSamples(source, { classes: { semseg: [3] } }), "train")).toEqual(["n5", "n8"]);
    const stopped = selectSamples(source, { classes: { semseg: [3] } }, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  });

  it("refuses what leaves nothing and what does not exist, by name", async () => {
    await expect(select({ only: [] })).rejects.toThrow(
      "The selection leaves none of the 9 training images of test. Take more in data.select (only).",
    );
    await expect(select({ without: ["n9", "n10", "n11"] })).rejects.toThrow("none of the 3 validation images");
    await expect(select({ only: ["a", "n9", "b", "c"] })).rejects.toThrow(
      "data.select.only names a, n9, b and 1 more, 4 in all, none of which is a training image of test.",
    );
    await expect(select({ without: ["x"] })).rejects.toThrow("data.select.without names x, 1 in all");
    await expect(select({ classes: { depth: [1] } })).rejects.toThrow("allowed: semseg, sal");
  });
});

describe("countSubset", () => {
  it("counts what a run's batches take", async () => {
    const { source } = await open(files());
    const selections: Selection[] = [{}, { without: ["n1", "n11"] }, { classes: { semseg: [0, 3] } }];
    for (const select of selections)
      for (const train of [0, 3, 100])
        for (const val of [0, 2]) {
          const config = configWith({ select, train, val });
          const chosen = await selectSamples(source, select);
          const counts = countSubset(source, chosen, config);
          const batches = createBatches(chosen, {
            batchSize: 2,
            imageSize: 4,
            seed: config.training.seed,
            tasks: ["semseg", "sal"],
            augment: NO_AUGMENTATION,
            subset: { ...(train > 0 && { train }), ...(val > 0 && { val }) },
          });
          expect({ train: counts.train, val: counts.val }).toEqual(batches.size);
          expect(counts.leftOut).toEqual({ train: 9 - batches.size.train, val: 3 - batches.size.val });
          let masks = 0;
          for (let i = 0; i < batches.size.train; i++) if ((await batches.sample("train", i)).labels.sal) masks++;
          expect(counts.labelled).toEqual({ semseg: batches.size.train, sal: masks });
        }
  });
});

describe("data.valShare", () => {
  it("draws the part whatever the lists say, the same every time, and says that they are not used", async () => {
    const drawn = await open(files(), { valShare: 0.5 });
    expect(drawn.source.size).toEqual({ train: 6, val: 6 });
    expect(ids((await open(files(), { valShare: 0.5 })).source, "val")).toEqual(ids(drawn.source, "val"));
    expect(drawn.report).toEqual([{ path: "val.txt", reason: "is not used, as the validation images are drawn" }]);
    const held = ids((await open(files(), { valShare: 0.25 })).source, "val");
    expect(held.every((id) => ids(drawn.source, "val").includes(id))).toBe(true);
    expect((await open(files(), { valShare: 0 })).source.size).toEqual({ train: 9, val: 3 });
    expect((await open(files(), { valShare: 0.9 })).source.size).toEqual({ train: 1, val: 11 });
  });
});
