import { describe, expect, it } from "vitest";
import type { Sample } from "../../src/contracts/sample";
import {
  attributeCount,
  attributeGroups,
  renderScene,
  renderSceneWithAttributes,
  SEED_LIMIT,
  sceneClasses,
  sceneKey,
  scenePartClasses,
  scenesSource,
} from "../../src/data/scenes";
import { composeScene } from "../../src/data/scenes/layout";

const SIZE = 48;
const PERSON = sceneClasses.findIndex((entry) => entry.name === "person");
const scenes: readonly Sample[] = Array.from({ length: 24 }, (_, seed) => renderScene(seed, "val", SIZE, SIZE));

/** Half the height of the picture over the focal length, of validation scene `seed`. */
const tangentOf = (seed: number): number => composeScene(sceneKey(seed, "val")).camera.tangent;

describe("a scene", () => {
  it("is the same for the same seed, and another for another seed or split", () => {
    const again = renderScene(3, "val", SIZE, SIZE);
    expect(again).toEqual(scenes[3]);
    expect(renderScene(4, "val", SIZE, SIZE).image.data).not.toEqual(again.image.data);
    expect(renderScene(3, "train", SIZE, SIZE).image.data).not.toEqual(again.image.data);
  });

  it("has six label maps of its picture's size, at any size", () => {
    for (const [width, height] of [
      [7, 5],
      [33, 64],
      [64, 33],
    ] as const) {
      const { image, labels } = renderScene(1, "train", width, height);
      expect(image.data.length).toBe(width * height * 3);
      for (const [task, channels] of [
        ["semseg", 1],
        ["human_parts", 1],
        ["sal", 1],
        ["normals", 3],
        ["depth", 1],
        ["edge", 1],
      ] as const) {
        expect(labels[task]).toMatchObject({ width, height, channels });
        expect(labels[task]!.data.length).toBe(width * height * channels);
      }
    }
  });

  it("shows the same room at another size: labels at shared pixel centres are equal", () => {
    // The centres of a 16-pixel picture are centres of a 48-pixel picture: 3 i + 1.
    const small = renderScene(5, "val", 16, 16).labels;
    const large = scenes[5]!.labels;
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 16; x++) {
        const j = (3 * y + 1) * SIZE + 3 * x + 1;
        expect(large.semseg!.data[j]).toBe(small.semseg!.data[y * 16 + x]);
        expect(large.depth!.data[j]).toBeCloseTo(small.depth!.data[y * 16 + x]!, 5);
      }
    }
  });

  it("is neither black nor blown out, and has contrast", () => {
    for (const { image } of scenes) {
      const mean = image.data.reduce((sum, value) => sum + value, 0) / image.data.length;
      const variance = image.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.data.length;
      expect(mean).toBeGreaterThan(45);
      expect(mean).toBeLessThan(215);
      expect(Math.sqrt(variance)).toBeGreaterThan(18);
    }
  });
});

describe("normals and depth", () => {
  it("has unit normals that face the camera, and positive finite depth", () => {
    let unitError = 0;
    let facing = 1;
    let nearest = Number.POSITIVE_INFINITY;
    let farthest = 0;
    scenes.forEach(({ labels }, seed) => {
      const tangent = tangentOf(seed);
      for (let i = 0; i < SIZE * SIZE; i++) {
        const n = labels.normals!.data.subarray(i * 3, i * 3 + 3);
        unitError = Math.max(unitError, Math.abs(Math.sqrt(dot(n, n)) - 1));
        facing = Math.min(facing, -dot(n, ray(i, tangent)));
        nearest = Math.min(nearest, labels.depth!.data[i]!);
        farthest = Math.max(farthest, labels.depth!.data[i]!);
      }
    });
    expect(unitError).toBeLessThan(1e-6);
    expect(facing).toBeGreaterThan(-1e-3);
    expect(nearest).toBeGreaterThan(0.3);
    expect(farthest).toBeLessThan(9);
  });

  it("agrees: the surface through neighbouring back-projected points has the normal", () => {
    let checked = 0;
    let off = 0;
    scenes.forEach(({ labels }, seed) => {
      const tangent = tangentOf(seed);
      for (let y = 1; y < SIZE - 1; y++) {
        for (let x = 1; x < SIZE - 1; x++) {
          const i = y * SIZE + x;
          if (!isSmooth(labels, i)) continue;
          const across = subtract(pointAt(labels, i + 1, tangent), pointAt(labels, i - 1, tangent));
          const up = subtract(pointAt(labels, i - SIZE, tangent), pointAt(labels, i + SIZE, tangent));
          const found = normalize(cross(across, up));
          const cosine = dot(found, labels.normals!.data.subarray(i * 3, i * 3 + 3));
          checked++;
          if (cosine < Math.cos((3 * Math.PI) / 180)) off++;
        }
      }
    });
    expect(checked).toBeGreaterThan(10_000);
    // Steps of a few millimetres pass for smooth at this size.
    expect(off / checked).toBeLessThan(0.001);
  });
});

describe("people", () => {
  it("has parts on exactly the pixels of people, and ignores the map where there are none", () => {
    let empty = 0;
    for (const { labels } of scenes) {
      const people = labels.semseg!.data.some((value) => value === PERSON);
      if (!people) empty++;
      const wrong = labels.human_parts!.data.filter((part, i) => {
        return people ? part > 0 !== (labels.semseg!.data[i] === PERSON) : part !== 255;
      });
      expect(wrong.length).toBe(0);
    }
    expect(empty).toBeGreaterThan(0);
    const seed = scenes.findIndex(({ labels }) => labels.human_parts!.data[0] === 255);
    const kept = renderScene(seed, "val", 16, 16, { partsIgnoreEmpty: false }).labels.human_parts!.data;
    expect(kept.every((part) => part === 0)).toBe(true);
  });

  it("makes all visible people salient and nothing else, and one piece of furniture where nobody is", () => {
    for (const { labels } of scenes) {
      const sal = labels.sal!.data;
      const classes = new Set<number>();
      expect(sal.every((value) => value === 0 || value === 1)).toBe(true);
      sal.forEach((value, i) => {
        if (value === 1) classes.add(labels.semseg!.data[i]!);
      });
      expect(classes.size).toBeLessThanOrEqual(1);
      const share = labels.semseg!.data.filter((value) => value === PERSON).length / (SIZE * SIZE);
      if (share > 0.02) expect([...classes]).toEqual([PERSON]);
    }
  });
});

describe("edges", () => {
  it("marks every border between classes, and is thin", () => {
    for (const { labels } of scenes) {
      const edge = labels.edge!.data;
      const semseg = labels.semseg!.data;
      const missed = edge.filter((value, i) => {
        const inside = i % SIZE < SIZE - 1 && i < SIZE * (SIZE - 1);
        return inside && value !== 1 && (semseg[i] !== semseg[i + 1] || semseg[i] !== semseg[i + SIZE]);
      });
      expect(missed.length).toBe(0);
      const share = edge.reduce((sum, value) => sum + value, 0) / edge.length;
      expect(share).toBeGreaterThan(0.01);
      expect(share).toBeLessThan(0.35);
    }
  });

  it("lies on a depth step, a fold of the normals or a border of classes, except where flat things meet", () => {
    let marked = 0;
    let explained = 0;
    for (const { labels } of scenes) {
      labels.edge!.data.forEach((value, i) => {
        const x = i % SIZE;
        if (value === 0 || x === SIZE - 1 || i >= SIZE * (SIZE - 1)) return;
        marked++;
        const stepped = [i + 1, i + SIZE].some((j) => {
          const n = labels.normals!.data;
          const fold = dot(n.subarray(i * 3, i * 3 + 3), n.subarray(j * 3, j * 3 + 3)) < 0.97;
          const jump = Math.abs(labels.depth!.data[i]! - labels.depth!.data[j]!) > 0.05;
          return fold || jump || labels.semseg!.data[i] !== labels.semseg!.data[j];
        });
        if (stepped) explained++;
      });
    }
    // What is left is the rug's border on the floor.
    expect(explained / marked).toBeGreaterThan(0.85);
  });
});

describe("splits", () => {
  it("gives every seed and split a key of its own, so that no validation scene is a training scene", () => {
    const keys = new Set<number>();
    for (const seed of [0, 1, 2, 77, 2 ** 24, 2 ** 31, 2 ** 32, SEED_LIMIT - 1]) {
      expect(sceneKey(seed, "train") % 2).toBe(0);
      expect(sceneKey(seed, "val") % 2).toBe(1);
      keys.add(sceneKey(seed, "train")).add(sceneKey(seed, "val"));
    }
    expect(keys.size).toBe(16);
    expect(() => sceneKey(-1, "train")).toThrow(/from 0 to 2\^52/);
    expect(() => sceneKey(SEED_LIMIT, "val")).toThrow(/from 0 to 2\^52/);
  });

  it("never draws one layout for two keys, high bits included", () => {
    const layouts = new Set<string>();
    const keys = [0, 1, 2, 3, 2 ** 32, 2 ** 32 + 1, 2 ** 48, 2 ** 52];
    for (const key of keys) layouts.add(JSON.stringify(composeScene(key).camera));
    expect(layouts.size).toBe(keys.length);
  });

  it("loads scenes lazily as a data source and names its classes", async () => {
    const source = scenesSource({ size: 16, train: 1000, val: 10, seed: 9 });
    expect(source.size).toEqual({ train: 1000, val: 10 });
    expect(source.tasks.find((entry) => entry.task === "semseg")?.classCount).toBe(sceneClasses.length);
    expect(source.tasks.find((entry) => entry.task === "human_parts")?.classes).toEqual(
      scenePartClasses.map((entry) => entry.name),
    );
    const [one, again, val] = await Promise.all([
      source.load("train", 999),
      source.load("train", 999),
      source.load("val", 9),
    ]);
    expect(one).toEqual(again);
    expect(one.id).not.toBe(val.id);
    await expect(source.load("val", 10)).rejects.toThrow(/no number 10/);
  });
});

describe("the data set", () => {
  it("shows every class, every part, and people in about 70 % of 300 scenes", () => {
    const classes = new Float64Array(sceneClasses.length);
    const parts = new Set<number>();
    let people = 0;
    for (let seed = 0; seed < 300; seed++) {
      const { labels } = renderScene(seed, "train", 24, 24, { samples: 1 });
      for (const value of new Set(labels.semseg!.data)) classes[value]!++;
      for (const value of new Set(labels.human_parts!.data)) parts.add(value);
      if (labels.semseg!.data.includes(PERSON)) people++;
    }
    expect(Math.min(...classes)).toBeGreaterThan(300 * 0.12);
    expect([...parts].sort((p, q) => p - q)).toEqual([0, 1, 2, 3, 4, 5, 6, 255]);
    expect(people / 300).toBeGreaterThan(0.6);
    expect(people / 300).toBeLessThan(0.82);
  });
});

describe("attributes for pretraining", () => {
  it("sums to 1 in every group of every cell and comes with the same sample", () => {
    const { sample, attributes } = renderSceneWithAttributes(11, "train", 32, 32, 4);
    expect(sample).toEqual(renderScene(11, "train", 32, 32));
    expect(attributes.length).toBe(4 * 4 * attributeCount);
    for (let cell = 0; cell < 16; cell++) {
      let at = cell * attributeCount;
      for (const group of attributeGroups) {
        const sum = attributes.subarray(at, at + group.names.length).reduce((total, value) => total + value, 0);
        expect(sum).toBeCloseTo(1, 5);
        at += group.names.length;
      }
    }
  });

  it("says skin only where people are", () => {
    const skin = attributeGroups[0]!.names.indexOf("skin");
    for (let seed = 0; seed < 12; seed++) {
      const { sample, attributes } = renderSceneWithAttributes(seed, "val", 32, 32, 1, { samples: 1 });
      const share = sample.labels.semseg!.data.filter((value) => value === PERSON).length / 1024;
      expect(attributes[skin]).toBeLessThanOrEqual(share + 1e-6);
      if (share > 0.05) expect(attributes[skin]).toBeGreaterThan(0);
    }
  });

  it("refuses a grid that does not divide the picture", () => {
    expect(() => renderSceneWithAttributes(0, "val", 32, 32, 5)).toThrow(/grid that divides/);
  });
});

type Vector = ArrayLike<number>;

function dot(a: Vector, b: Vector): number {
  return a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
}

function cross(a: Vector, b: Vector): number[] {
  return [a[1]! * b[2]! - a[2]! * b[1]!, a[2]! * b[0]! - a[0]! * b[2]!, a[0]! * b[1]! - a[1]! * b[0]!];
}

function subtract(a: Vector, b: Vector): number[] {
  return [a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!];
}

function normalize(a: Vector): number[] {
  const length = Math.sqrt(dot(a, a));
  return [a[0]! / length, a[1]! / length, a[2]! / length];
}

/** Direction through the centre of pixel i, in camera space, one metre deep. */
function ray(i: number, tangent: number): number[] {
  const scale = (2 * tangent) / SIZE;
  return [((i % SIZE) + 0.5 - SIZE / 2) * scale, (SIZE / 2 - Math.floor(i / SIZE) - 0.5) * scale, -1];
}

function pointAt(labels: Sample["labels"], i: number, tangent: number): number[] {
  const depth = labels.depth!.data[i]!;
  return ray(i, tangent).map((value) => value * depth);
}

/**
 * The inside of a surface: one class around, hardly a bend of the normals, and no step. Along a line of pixels the inverse depth of a plane
 * is linear, so a second difference of it tells a step from a slope.
 */
function isSmooth(labels: Sample["labels"], i: number): boolean {
  const n = labels.normals!.data;
  const depth = labels.depth!.data;
  const own = n.subarray(i * 3, i * 3 + 3);
  const stepped = [1, SIZE].some(
    (step) => Math.abs(1 / depth[i - step]! + 1 / depth[i + step]! - 2 / depth[i]!) > 5e-4,
  );
  return (
    !stepped &&
    [i - 1, i + 1, i - SIZE, i + SIZE].every((j) => {
      const bent = dot(own, n.subarray(j * 3, j * 3 + 3)) < 0.998;
      return !bent && labels.semseg!.data[i] === labels.semseg!.data[j];
    })
  );
}
