import { describe, expect, it } from "vitest";
import { type AugmentConfig, parseRunConfig, type RunConfig } from "../../src/contracts/runConfig";
import { taskOf } from "../../src/core/tasks/registry";
import { NO_AUGMENTATION } from "../../src/data/augment/draw";
import { sceneClasses, scenesSource } from "../../src/data/scenes";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { settings } from "../../src/runtime/products/catalogue/settings";
import { augmentPreview, MOST_PREVIEWS, placeTaken } from "../../src/runtime/products/pictures/augmentPreview";
import { augmentText } from "../../src/runtime/products/pictures/augmentText";
import { runBatches } from "../../src/runtime/run/prepare/prepare";

const SIDE = 24;
const micro = presets.find(({ id }) => id === "micro")!.config;
const pascal = {
  ...NO_AUGMENTATION,
  horizontalFlip: true,
  scaleMin: 0.75,
  scaleMax: 1.25,
  rotationDegrees: 20,
  colourJitter: 0.2,
};
const config = (augment: AugmentConfig, train = 5): RunConfig => ({
  ...micro,
  data: { ...micro.data, train, val: 2, augment },
  tasks: ["semseg", "normals", "depth"],
  training: { ...micro.training, batchSize: 3, seed: 7 },
});
const source = scenesSource({ size: 30, train: 9, val: 4, seed: 0 });
const previewOf = (run: RunConfig, index: number, count: number) =>
  augmentPreview({ source, config: run, imageSize: SIDE, index }, count);

describe("augmentPreview", () => {
  it("shows what the run's first epochs make of the image, pixel by pixel", async () => {
    const run = config(pascal);
    const { plain, changed } = await previewOf(run, 2, 3);
    const batches = runBatches(run, source, SIDE);
    expect(changed).toHaveLength(3);
    const pixels = SIDE * SIDE;
    const seen: number[] = [];
    for (let step = 0; step < 5; step++) {
      const batch = await batches.trainBatch(step);
      batch.ids.forEach((id, row) => {
        if (id !== plain.id) return;
        const shown = changed[Math.floor((3 * step + row) / 5)]!;
        seen.push(Math.floor((3 * step + row) / 5));
        for (const { task, picture } of shown.labels) {
          const width = task === "normals" ? 3 : 1;
          const label = batch.labels[task]!.subarray(row * pixels * width, (row + 1) * pixels * width);
          const palette = task === "semseg" ? sceneClasses.map(({ color }) => color) : undefined;
          expect(picture.rgba).toEqual(taskOf(task).paintLabel(label, palette));
        }
        const red = shown.image.rgba.filter((_, i) => i % 4 === 0);
        red.forEach((value, i) => {
          const number = 255 * (batch.image[3 * (row * pixels + i)]! * 0.229 + 0.485);
          expect(Math.abs(value - number)).toBeLessThanOrEqual(0.51);
        });
      });
    }
    expect(seen).toEqual([0, 1, 2]);
  });

  it("shows the image plain as an evaluation sees it, and unchanged where nothing is switched on", async () => {
    const { plain, changed } = await previewOf(config(NO_AUGMENTATION), 0, 2);
    expect(changed).toEqual([plain, plain]);
    expect(plain.labels.map(({ task }) => task)).toEqual(["semseg", "normals", "depth"]);
    expect([plain.image.width, plain.image.height, plain.image.rgba.length]).toEqual([SIDE, SIDE, 4 * SIDE * SIDE]);
  });

  it("refuses images that the run does not use, and numbers that are none", async () => {
    await expect(previewOf(config(pascal), 5, 1)).rejects.toThrow(
      "There is no training image 5; the run has 5, numbered from 0.",
    );
    await expect(previewOf(config(pascal), 0, MOST_PREVIEWS + 1)).rejects.toThrow("up to 64");
    await expect(previewOf(config(pascal), 0, 1.5)).rejects.toThrow("1.5 previews");
  });
});

describe("placeTaken", () => {
  it("finds images that the run takes by their id, all of them, and no other", async () => {
    const run = config(pascal);
    const { sample, size } = runBatches(run, source, SIDE);
    const taken = await Promise.all(Array.from({ length: size.train }, async (_, i) => (await sample("train", i)).id));
    expect(taken.map((id) => placeTaken(source, run, id))).toEqual([0, 1, 2, 3, 4]);
    const all = Array.from({ length: 9 }, (_, i) => source.id("train", i));
    expect(all.filter((id) => placeTaken(source, run, id) === undefined)).toHaveLength(4);
  });

  it("counts a place round where there are fewer images, and knows none where there is none", () => {
    expect([0, 4, 5, 12].map((place) => placeTaken(source, config(pascal), place))).toEqual([0, 4, 0, 2]);
    const none = { ...source, size: { train: 0, val: 4 } };
    expect(placeTaken(none, config(pascal), 0)).toBeUndefined();
  });
});

describe("augmentText", () => {
  it("says what is done, and nothing where nothing is", () => {
    expect(augmentText(NO_AUGMENTATION)).toBe("");
    expect(augmentText({ ...NO_AUGMENTATION, horizontalFlip: true })).toBe("flipped horizontally at random");
    expect(augmentText({ ...pascal, colourJitter: 0 })).toBe(
      "flipped horizontally, scaled by 0.75 to 1.25 and rotated by up to 20° at random",
    );
    expect(augmentText({ ...NO_AUGMENTATION, scales: [1, 1.2, 1.5], cropShift: 0.5, colourJitter: 0.1 })).toBe(
      "scaled by 1, 1.2 or 1.5, cut up to 50 % of the way from the centre and changed in brightness, contrast and saturation by up to 10 % at random",
    );
  });
});

describe("the controls of random changes", () => {
  it("are one for each field but the list of zooms, and their ranges lie within what a run file may say", () => {
    const controls = settings.filter(({ path }) => path.startsWith("data.augment."));
    const fields = Object.keys(NO_AUGMENTATION).filter((field) => field !== "scales");
    expect(controls.map(({ path }) => path.replace("data.augment.", "")).sort()).toEqual(fields.sort());
    expect(controls.every(({ group }) => group === "data")).toBe(true);
    for (const control of controls) {
      if (control.kind !== "number") continue;
      for (const end of [control.min, control.max]) {
        const augment = { ...NO_AUGMENTATION, scales: [1], [control.path.replace("data.augment.", "")]: end };
        expect(parseRunConfig(config(augment)).data.augment).toEqual(augment);
      }
    }
  });
});
