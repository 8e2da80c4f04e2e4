/** Guesses of the import doctor: none is doubtful of right data; of wrong data each says what to set, and that makes the labels right. */
import fc from "fast-check";
import { parse } from "valibot";
import { describe, expect, it } from "vitest";
import { type LabelReading, LabelReadingSchema } from "../../src/contracts/labelReading";
import { IGNORE, type LabelMap } from "../../src/contracts/sample";
import { encodeIndexedPng } from "../../src/data/io/png";
import {
  doubts,
  type Files,
  grey,
  grey16,
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

/** Eight bits of a direction, and a millimetre of a depth. */
const ROUNDING = { normals: 0.01, depth: 0.0006 } as const;

const classNames = (count: number): Files => ({
  "classes.txt": text(Array.from({ length: count }, (_, i) => `class ${i}`).join("\n")),
});

/** Holds what is read with this reading against the scenes' own labels. */
async function expectTruth(files: Files, name: string, reading: LabelReading, tolerance = 0): Promise<void> {
  for (const [scene, { data }] of await readLabels(files, name, { [name]: reading })) {
    const truth = scenes[scene]!.labels[name]!.data;
    let furthest = 0;
    // Where a scene has no label the files have none either.
    for (let i = 0; i < truth.length; i++) {
      const isWrong = (truth[i] === IGNORE) !== (data[i] === IGNORE);
      furthest = Math.max(furthest, isWrong ? Number.POSITIVE_INFINITY : Math.abs(data[i]! - truth[i]!));
    }
    expect(furthest).toBeLessThanOrEqual(tolerance);
  }
}

/** The guess is doubtful as the files lie; followed, it is in force, nothing is doubtful and the labels are the scenes'. */
async function expectCure(files: Files, name: string, id: string, tolerance = 0): Promise<void> {
  const found = guess(await survey(files), name, id);
  expect(found, id).toMatchObject({ doubtful: true, inForce: false });
  const cured = await survey(files, { [name]: found!.reading });
  expect(doubts(cured)).toEqual([]);
  expect(guess(cured, name, id)?.inForce ?? true).toBe(true);
  expect(cured.samples.flatMap(({ problem }) => problem ?? [])).toEqual([]);
  await expectTruth(files, name, found!.reading, tolerance);
}

const classesAs = (write: (index: number) => number) => (label: LabelMap) => grey(SIDE, SIDE, label.data.map(write));

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
      encodeIndexedPng(
        { width: SIDE, height: SIDE, data: Uint8Array.from(data) },
        Array.from({ length: 32 }, (_, i): [number, number, number] => [i, 255 - i, 0]),
      );
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

describe("guesses about depth", () => {
  const floats = (write: (metres: number) => number) => (label: LabelMap) =>
    npy(
      SIDE,
      SIDE,
      Float32Array.from(label.data, (v) => (v === IGNORE ? 0 : write(v))),
    );

  it("floats in metres are right; in millimetres and centimetres the scale is told", async () => {
    expect(
      doubts(
        await survey(
          sceneFiles(
            "depth",
            floats((v) => v),
            "npy",
          ),
        ),
      ),
    ).toEqual([]);
    await expectCure(
      sceneFiles(
        "depth",
        floats((v) => 1000 * v),
        "npy",
      ),
      "depth",
      "depth-mm",
      ROUNDING.depth,
    );
    await expectCure(
      sceneFiles(
        "depth",
        floats((v) => 100 * v),
        "npy",
      ),
      "depth",
      "depth-cm",
      ROUNDING.depth,
    );
  });

  it("16-bit files with 65535 for invalid pixels are 512ths of a metre, as Taskonomy's", async () => {
    const hole = (i: number) => i % 97 === 0;
    const coded = ({ data }: LabelMap) =>
      grey16(
        SIDE,
        SIDE,
        data.map((v, i) => (v === IGNORE || hole(i) ? 65535 : Math.round(512 * v))),
      );
    const files = sceneFiles("depth", coded);
    const found = await survey(files);
    const reading = {
      ...guess(found, "depth", "depth-512")!.reading,
      ...guess(found, "depth", "ignore-65535")!.reading,
    };
    expect(reading).toEqual({ scale: 1 / 512, ignore: [65535] });
    expect(doubts(await survey(files, { depth: reading }))).toEqual([]);
    for (const [scene, { data }] of await readLabels(files, "depth", { depth: reading })) {
      const truth = scenes[scene]!.labels.depth!.data;
      const expected = truth.map((v, i) => (hole(i) ? IGNORE : v));
      const errors = expected.map((v, i) => Math.abs(data[i]! - v));
      expect(Math.max(...errors)).toBeLessThanOrEqual(0.5 / 512 + 1e-6);
    }
  });

  it("a laser's sparse 16-bit files are 256ths of a metre, as KITTI's", async () => {
    const street = (_: LabelMap, scene: number) =>
      grey16(
        SIDE,
        SIDE,
        Array.from({ length: SIDE * SIDE }, (_, i) => (i % 5 === scene % 5 ? 256 * (5 + (i % 60)) : 0)),
      );
    const found = guess(await survey(sceneFiles("depth", street)), "depth", "depth-256");
    expect(found).toMatchObject({ doubtful: true, reading: { scale: 1 / 256 } });
  });

  it("0, NaN and a far mark are not measured", async () => {
    const holes = ({ data }: LabelMap) =>
      npy(
        SIDE,
        SIDE,
        Float32Array.from(data, (v, i) => (i % 50 === 0 ? Number.NaN : i % 50 === 1 ? 1e10 : i % 50 === 2 ? 0 : v)),
      );
    const files = sceneFiles("depth", holes, "npy");
    const found = await survey(files);
    expect(guess(found, "depth", "ignore-0")?.inForce).toBe(true);
    expect(guess(found, "depth", "ignore-nan")?.inForce).toBe(true);
    const far = guess(found, "depth", "ignore-10000000000");
    expect(far).toMatchObject({ doubtful: true, reading: { ignore: [1e10] } });
    const cured = await survey(files, { depth: far!.reading });
    expect(doubts(cured)).toEqual([]);
    expect(task(cured, "depth").unlabelled).toBeCloseTo(0.06, 2);
    // One number far outside does not hide what the others say.
    expect(guess(found, "depth", "depth-m")).toMatchObject({ inForce: true });
  });

  it("numbers from 0 to 1, or of 8 bits, are no length", async () => {
    expect(
      guess(
        await survey(
          sceneFiles(
            "depth",
            floats((v) => v / 20),
            "npy",
          ),
        ),
        "depth",
        "depth-relative",
      ),
    ).toMatchObject({ doubtful: true, reading: {} });
    const bytes = ({ data }: LabelMap) =>
      grey(
        SIDE,
        SIDE,
        data.map((v) => Math.min(255, 20 * v)),
      );
    const found = await survey(sceneFiles("depth", bytes));
    expect(doubts(found)).toEqual(["depth: depth-relative"]);
    expect(found.samples[0]?.problem).toContain("16-bit grey PNG");
  });

  it("a scale that a person set is not doubted while the scene stays possible", async () => {
    expect(doubts(await survey(sceneFiles("depth", written.depth), { depth: { scale: 1 / 512 } }))).toEqual([]);
    expect(doubts(await survey(sceneFiles("depth", written.depth), { depth: { scale: 10 } }))).toEqual([
      "depth: depth-mm",
    ]);
  });
});

describe("guesses about directions", () => {
  const coded = (write: (x: number) => number, array: (numbers: Float32Array) => Parameters<typeof npy>[2]) => {
    return ({ data }: LabelMap) => npy(SIDE, SIDE, array(data.map((v) => (v === IGNORE ? 0 : write(v)))));
  };

  it("floats from 0 to 1 or 255, and signed integers, are told by their lengths", async () => {
    const asIs = (numbers: Float32Array) => numbers;
    const unit = sceneFiles(
      "normals",
      coded((x) => x, asIs),
      "npy",
    );
    expect(doubts(await survey(unit))).toEqual([]);
    await expectTruth(unit, "normals", {}, 1e-6);
    const half = sceneFiles(
      "normals",
      coded((x) => (x + 1) / 2, asIs),
      "npy",
    );
    await expectCure(half, "normals", "range-0-1", 1e-5);
    const colour = sceneFiles(
      "normals",
      coded((x) => 127.5 * (x + 1), asIs),
      "npy",
    );
    await expectCure(colour, "normals", "range-0-255", 1e-5);
    const wide = coded(
      (x) => Math.round(127.5 * (x + 1)),
      (numbers) => Int16Array.from(numbers),
    );
    await expectCure(sceneFiles("normals", wide, "npy"), "normals", "range-0-255", ROUNDING.normals);
    const signed = coded(
      (x) => Math.round(32767 * x),
      (numbers) => Int16Array.from(numbers),
    );
    await expectTruth(sceneFiles("normals", signed, "npy"), "normals", {}, 1e-4);
  });

  it("axes that point the other way are told, and turned", async () => {
    const turned = ({ data }: LabelMap) =>
      rgb(
        SIDE,
        SIDE,
        data.map((v, i) => (v === IGNORE ? 0 : Math.round(127.5 * ((i % 3 === 0 ? v : -v) + 1)))),
      );
    const files = sceneFiles("normals", turned);
    const found = await survey(files);
    expect(doubts(found)).toEqual([]);
    expect(guess(found, "normals", "sign-z")?.reading).toEqual({ signs: [1, 1, -1] });
    expect(guess(found, "normals", "sign-y")?.reading).toEqual({ signs: [1, -1, 1] });
    const once = await survey(files, { normals: { signs: [1, 1, -1] } });
    expect(guess(once, "normals", "sign-y")?.reading).toEqual({ signs: [1, -1, -1] });
    await expectTruth(files, "normals", { signs: [1, -1, -1] }, ROUNDING.normals);
  });

  it("a mixture of two conventions and files of no directions are doubtful", async () => {
    const mixed = ({ data }: LabelMap, scene: number) =>
      written.normals({
        width: SIDE,
        height: SIDE,
        channels: 3,
        data: data.map((v, i) => (v !== IGNORE && i % 3 === 2 && scene % 2 === 1 ? -v : v)),
      });
    expect(doubts(await survey(sceneFiles("normals", mixed)))).toEqual(["normals: mixed-signs"]);
    const noise = (_: LabelMap, scene: number) =>
      rgb(
        SIDE,
        SIDE,
        Array.from({ length: 3 * SIDE * SIDE }, (_, i) => (i * 37 + scene) % 97),
      );
    expect(doubts(await survey(sceneFiles("normals", noise)))).toContain("normals: no-directions");
  });
});

describe("guesses about masks", () => {
  const masks = (write: (yes: number) => number) => (label: LabelMap) =>
    grey(
      SIDE,
      SIDE,
      label.data.map((v) => write(v === IGNORE ? 0 : v)),
    );

  it("black for yes, of saliency and of edges", async () => {
    for (const name of ["sal", "edge"])
      await expectCure(
        sceneFiles(
          name,
          masks((yes) => 255 - 255 * yes),
        ),
        name,
        "inverted",
      );
  });

  it("1 in 8 bits is yes, and 255 beside it no label", async () => {
    await expectCure(
      sceneFiles(
        "sal",
        masks((yes) => yes),
      ),
      "sal",
      "dark-mask",
    );
    const marked = ({ data }: LabelMap) =>
      grey(
        SIDE,
        SIDE,
        data.map((yes, i) => (i % 9 === 0 ? 255 : yes)),
      );
    const { reading } = guess(await survey(sceneFiles("sal", marked)), "sal", "dark-mask")!;
    expect(reading).toEqual({ range: [0, 1], ignore: [255] });
    for (const [scene, { data }] of await readLabels(sceneFiles("sal", marked), "sal", { sal: reading }))
      expect(data).toEqual(scenes[scene]!.labels.sal!.data.map((yes, i) => (i % 9 === 0 ? IGNORE : yes)));
  });

  it("grey values are told, and doubtful where they are most", async () => {
    const soft = ({ data }: LabelMap) =>
      grey(
        SIDE,
        SIDE,
        data.map((yes, i) => (i % 10 === 0 ? 100 : 255 * yes)),
      );
    expect(guess(await survey(sceneFiles("sal", soft)), "sal", "grey-mask")?.doubtful).toBeUndefined();
    const ramp = () =>
      grey(
        SIDE,
        SIDE,
        Array.from({ length: SIDE * SIDE }, (_, i) => (4 * i) % 256),
      );
    expect(doubts(await survey(sceneFiles("sal", ramp)))).toEqual(["sal: grey-mask"]);
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

  it("is surveyed without a failure, in whole sentences, with readings that a run file takes", async () => {
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
            expect(() => parse(LabelReadingSchema, reading)).not.toThrow();
            // Whatever is set, the files can be looked at again.
            await survey(files, { [name]: reading });
          }
        },
      ),
      { seed: 11, numRuns: 150 },
    );
  });
});

describe("layouts of their own readings", () => {
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
