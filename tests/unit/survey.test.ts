/** The import doctor doubts no right data, of whichever layout, and fails on no data at all. */
import fc from "fast-check";
import { parse } from "valibot";
import { describe, expect, it } from "vitest";
import { LabelEncodingSchema } from "../../src/contracts/labelEncoding";
import { IGNORE } from "../../src/contracts/sample";
import {
  doubts,
  type Files,
  grey,
  grey16,
  guess,
  npy,
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
import { classNames, expectTruth, ROUNDING } from "./surveyCures";

describe("right data", () => {
  it.each(Object.keys(written) as (keyof typeof written)[])("%s raises no doubt", async (name) => {
    const found = await survey({ ...sceneFiles(name, written[name]), ...classNames(sceneClassCount) });
    expect(doubts(found)).toEqual([]);
    expect(found.samples.every(({ problem }) => problem === undefined)).toBe(true);
    await expectTruth(sceneFiles(name, written[name]), name, {}, name in ROUNDING ? ROUNDING[name as "depth"] : 0);
  });

  it("says of directions which way they point, and of depth its unit", async () => {
    const normals = await survey(sceneFiles("normals", written.normals));
    expect(guess(normals, "normals", "range")?.text).toContain("0 and 255 as -1 and 1");
    expect(guess(normals, "normals", "sign-z")).toMatchObject({ inForce: true, reading: {} });
    expect(guess(normals, "normals", "sign-z")?.text).toContain("to the camera");
    expect(guess(normals, "normals", "sign-y")?.text).toContain("up, as floors do");
    const depth = await survey(sceneFiles("depth", written.depth));
    expect(guess(depth, "depth", "depth-mm")).toMatchObject({ inForce: true, reading: {} });
  });
});

describe("layouts of their own labelEncodings", () => {
  it("NYUD's count from 1 is in force, and its floats raise no doubt", async () => {
    const files: Files = {};
    scenes.forEach(({ image, labels }, i) => {
      const { semseg, depth, normals, edge } = labels;
      const known = (data: Float32Array) => data.map((v) => (v === IGNORE ? 0 : v));
      files[`images/s${i}.png`] = rgb(SIDE, SIDE, image.data);
      files[`segmentation/s${i}.png`] = grey(
        SIDE,
        SIDE,
        semseg!.data.map((v, at) => (at % 9 === 0 ? 0 : v + 1)),
      );
      files[`depth/s${i}.npy`] = npy(SIDE, SIDE, known(depth!.data));
      files[`normals/s${i}.npy`] = npy(SIDE, SIDE, known(normals!.data));
      files[`edge/s${i}.png`] = written.edge(edge!);
    });
    const found = await survey(files);
    expect(found.layout).toBe("nyud_mt");
    expect(doubts(found)).toEqual([]);
    expect(guess(found, "semseg", "ignore-0")).toMatchObject({ inForce: true, reading: { ignore: [0] } });
  });

  it("labels that are computed from files of another meaning are not guessed at", async () => {
    const files: Files = {};
    for (const view of ["a_000000", "b_000001"]) {
      const [city] = view.split("_") as [string];
      const place = (folder: string, ending: string) => `${folder}/train/${city}/${view}_000019_${ending}`;
      files[place("leftImg8bit", "leftImg8bit.png")] = rgb(4, 4, new Uint8Array(48));
      files[place("gtFine", "gtFine_labelIds.png")] = grey(
        4,
        4,
        Array.from({ length: 16 }, (_, i) => [7, 26, 3][i % 3]!),
      );
      files[place("disparity", "disparity.png")] = grey16(4, 4, new Uint16Array(16).fill(65535));
      files[place("camera", "camera.json")] = text('{"extrinsic": {"baseline": 0.2}, "intrinsic": {"fx": 2000}}');
    }
    const found = await survey(files);
    expect(task(found, "depth")).toMatchObject({ guesses: [], histogram: { kind: "values" }, unlabelled: 0 });
    expect(guess(found, "semseg", "cityscapes-ids")?.inForce).toBe(true);
    expect(found.samples[0]?.classes).toEqual({ semseg: [0, 13] });
  });
});
describe("any data", () => {
  const tasks = ["semseg", "sal", "normals", "depth", "edge"] as const;
  const numbers = fc.oneof(
    fc.double({ min: -2, max: 2, noNaN: false }),
    fc.integer({ min: -1, max: 40 }),
    fc.constantFrom(0, 255, 65535, -1, 1e10, 1e30, Number.NaN, Number.NEGATIVE_INFINITY),
  );
  const arrays = [Uint8Array, Uint16Array, Int16Array, Int32Array, Float32Array] as const;
  const file = fc.record({
    make: fc.constantFrom(...arrays),
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 40 }),
    channels: fc.constantFrom(1, 3),
    values: fc.array(numbers, { minLength: 1, maxLength: 12 }),
  });

  it("is surveyed without a failure, in whole sentences, with labelEncodings that a run file takes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...tasks),
        fc.array(file, { minLength: 2, maxLength: 4 }),
        async (name, drawn) => {
          const files: Files = {};
          drawn.forEach(({ make, width, height, channels, values }, i) => {
            files[`images/s${i}.png`] = rgb(width, height, new Uint8Array(3 * width * height));
            const all = Array.from({ length: width * height * channels }, (_, at) => values[at % values.length]!);
            const data = make.from(all);
            files[`${name}/s${i}.npy`] = npy(height, width, data);
          });
          const found = await survey(files);
          expect(found.samples).toHaveLength(drawn.length);
          for (const { text, reading } of task(found, name).guesses) {
            expect(text).not.toMatch(/undefined|NaN(?! or an infinity)/);
            expect(() => parse(LabelEncodingSchema, reading)).not.toThrow();
            // Whatever is set, the files can be looked at again.
            await survey(files, { [name]: reading });
          }
        },
      ),
      { seed: 11, numRuns: 150 },
    );
  });
});
