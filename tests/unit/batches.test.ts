import { describe, expect, it } from "vitest";
import type { LabelFormat } from "../../src/contracts/labelFormat";
import { type DataSource, IGNORE, type Sample } from "../../src/contracts/sample";
import { random } from "../../src/core/math/random";
import { toSquare } from "../../src/data/augment/augment";
import { drawAugmentation, NO_AUGMENTATION, PLAIN_DRAW } from "../../src/data/augment/draw";
import { type Batches, type BatchSettings, createBatches } from "../../src/data/batches";
import { sampleCache } from "../../src/data/sampleCache";

/** A sample whose picture and labels tell its number and each pixel's place. */
function makeSample(number: number, width = 6, height = 4): Sample {
  const pixels = width * height;
  const normal = [0.6, 0, -0.8];
  return {
    id: `s${number}`,
    image: { width, height, data: Uint8Array.from({ length: 3 * pixels }, (_, i) => (number * 10 + i) % 256) },
    labels: {
      semseg: { width, height, channels: 1, data: Float32Array.from({ length: pixels }, (_, i) => i % width) },
      depth: { width, height, channels: 1, data: new Float32Array(pixels).fill(2) },
      ...(number % 2 === 0
        ? {
            normals: {
              width,
              height,
              channels: 3,
              data: Float32Array.from({ length: 3 * pixels }, (_, i) => normal[i % 3]!),
            },
          }
        : {}),
    },
  };
}
function makeSource(train: number, val: number, loads: string[] = []): DataSource {
  return {
    name: "numbers",
    tasks: [{ task: "semseg", classCount: 6 }, { task: "depth" }, { task: "normals" }],
    size: { train, val },
    id: (split, index) => `${split}${index}`,
    load: async (split, index) => {
      loads.push(`${split}${index}`);
      return makeSample(split === "train" ? index : 100 + index);
    },
  };
}
const settings: BatchSettings = {
  batchSize: 4,
  imageSize: 6,
  seed: 1,
  tasks: ["semseg", "depth", "normals"],
  augment: {
    horizontalFlip: true,
    scaleMin: 0.75,
    scaleMax: 1.5,
    scales: [],
    rotationDegrees: 20,
    cropShift: 1,
    colourJitter: 0.3,
  },
};
const takeIds = async (batches: Batches, steps: number, from = 0): Promise<string[]> => {
  const ids: string[] = [];
  for (let step = from; step < from + steps; step++) ids.push(...(await batches.trainBatch(step)).ids);
  return ids;
};

describe("training batches", () => {
  it("are a function of seed and step: any order of asking, any instance", async () => {
    const a = createBatches(makeSource(7, 2), settings);
    const b = createBatches(makeSource(7, 2), settings);
    const later = await a.trainBatch(5);
    await a.trainBatch(0);
    expect(await b.trainBatch(5)).toEqual(later);
    expect(await a.trainBatch(5)).toEqual(later);
    const other = createBatches(makeSource(7, 2), { ...settings, seed: 2 });
    expect((await other.trainBatch(5)).image).not.toEqual(later.image);
  });

  it("are always full and show every sample once per epoch, in another order each time", async () => {
    const batches = createBatches(makeSource(7, 2), settings);
    expect(batches.stepsPerEpoch).toBe(7 / 4);
    const ids = await takeIds(batches, 7);
    expect(ids.length).toBe(28);
    const epochs = [0, 1, 2, 3].map((epoch) => ids.slice(7 * epoch, 7 * epoch + 7));
    for (const epoch of epochs) expect(new Set(epoch).size).toBe(7);
    expect(new Set(epochs.map((epoch) => epoch.join())).size).toBe(4);
  });

  it("repeat samples where the data set is smaller than a batch", async () => {
    const { ids, weight } = await createBatches(makeSource(1, 1), settings).trainBatch(0);
    expect(ids).toEqual(["s0", "s0", "s0", "s0"]);
    expect([...weight]).toEqual([1, 1, 1, 1]);
  });

  it("have colours from -1 to 1 where the backbone expects them so", async () => {
    const of = async (changes: Partial<BatchSettings>) =>
      (await createBatches(makeSource(8, 2), { ...settings, augment: NO_AUGMENTATION, ...changes }).trainBatch(0))
        .image;
    const [half, own] = [await of({ normalisation: "half" }), await of({ normalisation: "imagenet" })];
    expect(own).toEqual(await of({}));
    const [mean, std] = [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ];
    half.forEach((value, i) => {
      expect(value).toBeCloseTo(2 * (own[i]! * std[i % 3]! + mean[i % 3]!) - 1, 5);
    });
    expect(Math.max(...half.map(Math.abs))).toBeLessThanOrEqual(1);
  });

  it("have image [B,S,S,3] by ImageNet's statistics and labels [B,S,S,c], a missing label ignored", async () => {
    const batches = createBatches(makeSource(8, 2), { ...settings, augment: NO_AUGMENTATION });
    const { image, labels, ids } = await batches.trainBatch(0);
    expect(image.length).toBe(4 * 36 * 3);
    const sample = toSquare(makeSample(Number(ids[1]!.slice(1))), 6);
    const mean = [0.485, 0.456, 0.406];
    const std = [0.229, 0.224, 0.225];
    for (let i = 0; i < 108; i++) {
      expect(image[108 + i]).toBeCloseTo((sample.image[i]! / 255 - mean[i % 3]!) / std[i % 3]!, 5);
    }
    ids.forEach((id, row) => {
      const normals = labels.normals?.subarray(row * 108, (row + 1) * 108);
      const odd = Number(id.slice(1)) % 2 === 1;
      expect(normals?.every((value) => (value === IGNORE) === odd)).toBe(true);
    });
  });

  it("come from a seeded subset, a smaller one inside a larger one", async () => {
    const used = async (count: number): Promise<Set<string>> => {
      const batches = createBatches(makeSource(30, 2), { ...settings, subset: { train: count } });
      expect(batches.size.train).toBe(count);
      return new Set(await takeIds(batches, Math.ceil(count / 4)));
    };
    const [small, large] = [await used(4), await used(12)];
    expect(small.size).toBe(4);
    expect(large.size).toBe(12);
    for (const id of small) expect(large.has(id)).toBe(true);
    expect(createBatches(makeSource(3, 2), { ...settings, subset: { train: 99 } }).size.train).toBe(3);
  });
});

describe("evaluation batches", () => {
  it("show every sample once and in order, the last one filled with rows of weight 0 that are ignored", async () => {
    const batches = createBatches(makeSource(3, 6), settings);
    const all = [];
    for await (const batch of batches.evalBatches("val")) all.push(batch);
    expect(batches.evalSteps("val")).toBe(2);
    expect(all.map(({ ids }) => ids)).toEqual([
      ["s100", "s101", "s102", "s103"],
      ["s104", "s105"],
    ]);
    expect([...all[1]!.weight]).toEqual([1, 1, 0, 0]);
    expect(all[1]!.size).toBe(4);
    for (const task of ["semseg", "depth", "normals"] as const) {
      const values = all[1]!.labels[task]!;
      expect(values.subarray(values.length / 2).every((value) => value === IGNORE)).toBe(true);
    }
    await expect(batches.evalBatch("val", 2)).rejects.toThrow("There is no evaluation batch 2 of val; it has 2.");
  });

  it("are not augmented", async () => {
    const plain = createBatches(makeSource(3, 4), { ...settings, augment: NO_AUGMENTATION });
    expect(await createBatches(makeSource(3, 4), settings).evalBatch("val", 0)).toEqual(
      await plain.evalBatch("val", 0),
    );
  });
});

describe("createBatches", () => {
  it("refuses tasks that the data lacks and sizes that are none", () => {
    expect(() => createBatches(makeSource(3, 1), { ...settings, tasks: ["edge"] })).toThrow(
      "numbers has no labels for edge. It has: semseg, depth, normals.",
    );
    expect(() => createBatches(makeSource(3, 1), { ...settings, batchSize: 0 })).toThrow("The batch size must be");
    expect(() => createBatches(makeSource(0, 1), settings)).toThrow("no training samples");
  });
});

describe("tasks of the user's own", () => {
  const regression = (flipX: boolean): LabelFormat => ({ kind: "regression", channels: 2, scale: 1, offset: 0, flipX });
  /** One row: (1, 2), (3, 4), no label. */
  const flow = { width: 3, height: 1, channels: 2, data: Float32Array.of(1, 2, 3, 4, IGNORE, IGNORE) };
  const facing = { width: 3, height: 1, channels: 3, data: Float32Array.of(1, 0, 0, 0, 0, 1, 0.6, 0.8, 0) };
  const source = (format: LabelFormat): DataSource => ({
    ...makeSource(3, 2),
    tasks: [{ task: "flow", format }],
    load: async (_, index) => ({ ...makeSample(index, 3, 1), labels: index === 0 ? { flow } : {} }),
  });
  const own = { ...settings, batchSize: 1, imageSize: 3, tasks: ["flow"] };

  it("have as many numbers a pixel as their format says, also where a sample has no label", async () => {
    const batches = createBatches(source(regression(false)), own);
    expect((await batches.evalBatch("val", 0)).labels["flow"]).toHaveLength(3 * 3 * 2);
    expect((await batches.evalBatch("val", 1)).labels["flow"]).toEqual(new Float32Array(18).fill(IGNORE));
  });

  it("need a format where no built-in task has their id", () => {
    const { tasks: _, ...rest } = source(regression(false));
    expect(() => createBatches({ ...rest, tasks: [{ task: "flow" }] }, own)).toThrow(/what kind of labels flow has/);
  });

  const mirrored = (task: "flow" | "facing", format: LabelFormat): number[] => {
    const sample = { ...makeSample(0, 3, 1), labels: { flow, facing } };
    const { labels } = toSquare(sample, 3, { ...PLAIN_DRAW, horizontalFlip: true }, { [task]: format });
    return [...labels[task]!.slice(0, 3 * (task === "flow" ? 2 : 3))];
  };

  it("mirror: displacements turn over in x where the format says so, and stay elsewhere; no label stays none", () => {
    expect(mirrored("flow", regression(true))).toEqual([IGNORE, IGNORE, -3, 4, -1, 2]);
    expect(mirrored("flow", regression(false))).toEqual([IGNORE, IGNORE, 3, 4, 1, 2]);
  });

  it("mirror: directions turn over in x where x lies along the picture", () => {
    for (const [flipX, sign] of [
      [true, -1],
      [false, 1],
    ] as const) {
      const turned = mirrored("facing", { kind: "unit", flipX });
      for (const [i, value] of [sign * 0.6, 0.8, 0, 0, 0, 1, sign, 0, 0].entries())
        expect(turned[i]).toBeCloseTo(value, 6);
    }
  });

  it("zoom: numbers are neither mixed nor scaled, as depth is", () => {
    const zoomed = { ...PLAIN_DRAW, scale: 2, offsetX: 0, offsetY: 0 };
    const { labels } = toSquare({ ...makeSample(0, 3, 1), labels: { flow } }, 4, zoomed, { flow: regression(false) });
    expect(new Set(labels["flow"])).toEqual(new Set([1, 2, 3, 4]));
  });
});

describe("toSquare", () => {
  const sample = makeSample(0, 6, 6);

  it("changes nothing at equal size, and leaves the sample alone", () => {
    const { image, labels } = toSquare(sample, 6);
    expect([...image]).toEqual([...sample.image.data]);
    for (const task of ["semseg", "depth", "normals"] as const) expect(labels[task]).toEqual(sample.labels[task]?.data);
    toSquare(sample, 6, { ...PLAIN_DRAW, horizontalFlip: true });
    expect(sample).toEqual(makeSample(0, 6, 6));
  });

  it("mirrors picture and labels alike, and turns normals over in x", () => {
    const { image, labels } = toSquare(sample, 6, { ...PLAIN_DRAW, horizontalFlip: true });
    expect(labels.semseg?.slice(0, 6)).toEqual(Float32Array.of(5, 4, 3, 2, 1, 0));
    expect([...image.slice(0, 3)]).toEqual([15, 16, 17]);
    expect(labels.normals?.slice(0, 3)).toEqual(Float32Array.of(-0.6, 0, -0.8));
  });

  it("shows a part of the picture when zoomed in, and depth as many times nearer", () => {
    const { labels } = toSquare(sample, 6, { ...PLAIN_DRAW, scale: 2, offsetX: 1, offsetY: 0 });
    expect(labels.semseg?.slice(0, 6)).toEqual(Float32Array.of(3, 3, 4, 4, 5, 5));
    expect(labels.depth?.every((metres) => metres === 1)).toBe(true);
  });

  it("ignores what lies outside when zoomed out", () => {
    const { labels } = toSquare(sample, 6, { ...PLAIN_DRAW, scale: 0.5, offsetX: 0.5, offsetY: 0.5 });
    const outside = labels.semseg!.filter((value) => value === IGNORE).length;
    expect(outside).toBe(36 - 9);
    expect(labels.normals!.filter((value) => value === IGNORE).length).toBe(3 * 27);
    expect(labels.depth!.filter((value) => value === 4).length).toBe(9);
  });

  it("keeps resized normals unit and away from unlabelled pixels", () => {
    const data = sample.labels.normals!.data.slice().fill(IGNORE, 0, 9);
    const normals = { width: 6, height: 6, channels: 3, data };
    const resized = toSquare({ ...sample, labels: { normals } }, 9).labels.normals!;
    let labelled = 0;
    for (let at = 0; at < resized.length; at += 3) {
      if (resized[at] === IGNORE) continue;
      labelled++;
      expect(resized[at]).toBeCloseTo(0.6, 5);
      expect(resized[at + 2]).toBeCloseTo(-0.8, 5);
    }
    expect(labelled).toBeGreaterThan(70);
    expect(labelled).toBeLessThan(81);
    expect([...resized.slice(0, 3)]).toEqual([IGNORE, IGNORE, IGNORE]);
  });

  it("keeps colours within 0 and 255, whatever the kernel and the jitter do", () => {
    const data = new Uint8Array(8 * 8 * 3).map((_, i) => (Math.floor(i / 3) % 2 ? 255 : 0));
    const checker = { id: "c", image: { width: 8, height: 8, data }, labels: {} };
    const { image } = toSquare(checker, 11, { ...PLAIN_DRAW, brightness: 1.5, contrast: 1.5, saturation: 0.2 });
    expect(image.every((value) => value >= 0 && value <= 255)).toBe(true);
    expect(image.some((value) => value === 255)).toBe(true);
  });

  it("jitters brightness, contrast and saturation as their names say", () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(100, 50, 50, 60, 60, 60) };
    const colours = (draw: object): number[] => [
      ...toSquare({ id: "c", image: { ...image, width: 1, data: image.data.slice(0, 3) }, labels: {} }, 1, {
        ...PLAIN_DRAW,
        ...draw,
      }).image,
    ];
    expect(colours({ brightness: 1.2 }).map(Math.round)).toEqual([120, 60, 60]);
    const grey = colours({ saturation: 0 });
    expect(grey[0]).toBeCloseTo(0.299 * 100 + 0.701 * 50, 3);
    expect(grey[0]).toBeCloseTo(grey[2]!, 3);
    // One pixel is its own mean grey, so contrast acts on what differs from it: the colour.
    expect(colours({ contrast: 0 })[0]).toBeCloseTo(colours({ contrast: 0 })[1]!, 3);
  });
});

describe("drawAugmentation", () => {
  it("draws within the settings, and each number alike whatever the other settings are", () => {
    const full = { ...NO_AUGMENTATION, horizontalFlip: true, scaleMin: 0.75, scaleMax: 1.25, colourJitter: 0.4 };
    let flips = 0;
    for (let i = 0; i < 500; i++) {
      const draw = drawAugmentation(full, random(1, i));
      if (draw.horizontalFlip) flips++;
      expect(draw.scale).toBeGreaterThanOrEqual(0.75);
      expect(draw.scale).toBeLessThan(1.25);
      for (const factor of [draw.brightness, draw.contrast, draw.saturation])
        expect(Math.abs(factor - 1)).toBeLessThan(0.4);
      expect(drawAugmentation({ ...full, horizontalFlip: false, colourJitter: 0 }, random(1, i)).scale).toBe(
        draw.scale,
      );
    }
    expect(Math.abs(flips - 250)).toBeLessThan(50);
    expect(drawAugmentation(NO_AUGMENTATION, random(1))).toEqual(PLAIN_DRAW);
  });
});

describe("sampleCache", () => {
  const bytesOf = (number: number): number => {
    const { image, labels } = makeSample(number);
    return image.data.byteLength + Object.values(labels).reduce((sum, label) => sum + label!.data.byteLength, 0);
  };

  it("loads a sample once while there is room, and drops the least recently used one when there is not", async () => {
    const loads: string[] = [];
    const cache = sampleCache(makeSource(9, 1, loads), bytesOf(0) + bytesOf(2) + 1);
    for (const index of [0, 2, 0, 4, 0, 2]) await cache.get("train", index);
    expect(loads).toEqual(["train0", "train2", "train4", "train2"]);
    expect(cache.heldBytes).toBe(bytesOf(0) + bytesOf(2));
  });

  it("shares a load that is under way, and tries again after one that failed", async () => {
    const loads: string[] = [];
    const cache = sampleCache(makeSource(9, 1, loads), 1e9);
    await Promise.all([cache.get("train", 1), cache.get("train", 1)]);
    expect(loads).toEqual(["train1"]);
    let attempts = 0;
    const failing = sampleCache(
      { ...makeSource(1, 1), load: () => Promise.reject(new Error(`attempt ${++attempts}`)) },
      1e9,
    );
    await expect(failing.get("train", 0)).rejects.toThrow("attempt 1");
    await expect(failing.get("train", 0)).rejects.toThrow("attempt 2");
  });
});
