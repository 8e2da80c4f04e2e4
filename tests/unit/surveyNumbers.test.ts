/** Guesses about depth, directions and masks: of wrong files each says what to set, and that makes the labels right. */
import { describe, expect, it } from "vitest";
import { IGNORE, type LabelMap } from "../../src/contracts/sample";
import {
  doubts,
  grey,
  grey16,
  guess,
  npy,
  readLabels,
  rgb,
  SIDE,
  sceneFiles,
  scenes,
  survey,
  task,
  written,
} from "./dataSets";
import { expectCure, expectTruth, ROUNDING } from "./surveyCures";

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
