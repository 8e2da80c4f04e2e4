/** A look into data before and beside a run, through the session that the page and the command line use. */
import { afterEach, describe, expect, it } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import { memoryStore } from "./memoryStore";
import { type Asked, openSession, preset, storedRuns, type Watched } from "./open";
import { blob, rooms } from "./rooms";

const micro = preset("micro");
const config = (data: Partial<RunConfig["data"]> = {}): RunConfig => ({
  ...micro,
  device: "wasm",
  tasks: ["semseg"],
  data: { ...micro.data, source: "folder", train: 0, val: 0, ...data },
  training: { ...micro.training, steps: 1 },
});

let watched: Watched;
afterEach(() => watched.session.dispose());

async function does(...commands: readonly Asked[]): Promise<void> {
  for (const command of commands) await watched.send(command);
  const failed = watched.of("failed").at(-1);
  if (failed) throw new Error(failed.message);
}

const survey = (data: Partial<RunConfig["data"]> = {}): Asked => ({ type: "survey", config: config(data) });

describe("a survey", () => {
  it("tells what is there, and again when the files are read in another way, which the next visit remembers", async () => {
    const store = memoryStore();
    const runs = storedRuns(store);
    watched = await openSession({ runs });
    const broken = { path: "rooms/semseg/5.png", file: blob("no picture") };
    const files = [...rooms(5), ...rooms(6).slice(10, 11), broken];
    await does({ type: "open-folder", name: "rooms", files }, survey());
    const [first] = watched.of("survey");
    expect(first!.survey).toMatchObject({ name: "rooms", layout: "plain", read: 6 });
    expect(first!.survey.fingerprint).toBe(watched.of("data")[0]!.entry.opened!.fingerprint);
    expect(first!.survey.samples.filter(({ problem }) => problem).map(({ id }) => id)).toEqual(["5"]);
    expect(watched.of("surveying").at(-1)).toEqual({ type: "surveying", done: 6, total: 6 });
    expect(watched.of("data")).toHaveLength(1);

    const labelEncodings = { semseg: { ignore: [0] } };
    await does(survey({ labelEncodings }));
    const [, second] = watched.of("survey");
    expect(second!.survey.tasks[0]!.unlabelled).toBeGreaterThan(first!.survey.tasks[0]!.unlabelled);
    expect(watched.of("data")).toHaveLength(2);

    await does({ type: "prepare", config: config({ labelEncodings, select: { without: ["5"] } }) });
    await watched.session.dispose();
    watched = await openSession({ runs });
    await does({ type: "open-folder", name: "rooms", files });
    expect(watched.of("data").at(-1)!.entry.opened!.labelEncodings).toEqual(labelEncodings);
  });

  it("is stopped by a newer one, and by another data set", async () => {
    watched = await openSession();
    await does({ type: "open-folder", name: "rooms", files: rooms(8) });
    const old = watched.send(survey());
    await does(survey());
    await old;
    expect(watched.of("survey")).toHaveLength(1);
    const stale = watched.send(survey());
    await does({ type: "open-folder", name: "others", files: rooms(4) });
    await stale;
    expect(watched.of("survey")).toHaveLength(1);
    expect(watched.of("failed")).toEqual([]);
  });

  it("of files that nobody opened is refused, and leaves the run as it was", async () => {
    watched = await openSession();
    await does({ type: "prepare", config: { ...config(), data: { ...micro.data, train: 4, val: 2 } } });
    await watched.send(survey());
    expect(watched.of("failed").at(-1)).toMatchObject({ of: "survey" });
    expect(watched.of("failed").at(-1)!.message).toMatch(/no folder was opened/);
    expect(watched.of("state").at(-1)!.state).toBe("ready");
  });
});

it("makes thumbnails in portions, those that were asked for last first, and tells of files that cannot be read", async () => {
  watched = await openSession();
  const files = rooms(24).filter(({ path }) => path !== "rooms/semseg/3.png");
  await does({
    type: "open-folder",
    name: "rooms",
    files: [...files, { path: "rooms/semseg/3.png", file: blob("x") }],
  });
  const { train } = watched.of("data")[0]!.entry;
  const ask = (indices: readonly number[]): Asked => ({
    type: "thumbnails",
    config: config(),
    split: "train",
    indices,
    side: 16,
  });
  const all = Array.from({ length: train - 1 }, (_, i) => i);
  await Promise.all([watched.send(ask(all)), watched.send(ask([train - 1]))]);
  const told = watched.of("thumbnails").map(({ samples }) => samples.map(({ index }) => index));
  // The first portion was under way.
  expect(told[1]).toEqual([train - 1]);
  expect([...told[0]!, ...told.slice(2).flat()]).toEqual(all);
  expect(told.every((portion) => portion.length <= 8)).toBe(true);
  const samples = watched.of("thumbnails").flatMap((event) => event.samples);
  for (const { id, image, labels, problem } of samples) {
    if (id === "3") expect(problem).toMatch(/semseg\/3.png/);
    else expect([image.height, labels[0]!.picture.height, labels[0]!.task]).toEqual([16, 16, "semseg"]);
  }
});

it("counts what a run then uses, and shows the changes that it then makes", async () => {
  watched = await openSession();
  await does({ type: "open-folder", name: "rooms", files: rooms(12) }, survey());
  const { samples } = watched.of("survey")[0]!.survey;
  const training = samples.filter(({ split }) => split === "train");
  const left = training[0]!.id;
  const shown = training[1]!.classes!["semseg"]!;
  const select = { classes: { semseg: [...shown] }, without: [left] };
  const chosen = config({ select, augment: { ...micro.data.augment, horizontalFlip: true, rotationDegrees: 20 } });
  await does({ type: "count-subset", config: chosen }, { type: "prepare", config: chosen });
  const { counts } = watched.of("subset")[0]!;
  const expected = training.filter(
    ({ id, classes }) => id !== left && classes!["semseg"]!.some((c) => shown.includes(c)),
  );
  expect(counts.train).toBe(expected.length);
  expect(counts.leftOut.train).toBe(training.length - expected.length);
  expect(counts.labelled).toEqual({ semseg: expected.length });
  expect(watched.of("prepared")[0]!.stepsPerEpoch).toBe(counts.train / chosen.training.batchSize);

  await does({ type: "augment-preview", config: chosen, image: 0, count: 3 });
  const [{ plain, changed }] = watched.of("augmented") as [
    Extract<(typeof watched.events)[number], { type: "augmented" }>,
  ];
  expect(plain.id).toBe(expected[0]!.id);
  expect(changed).toHaveLength(3);
  const pixels = changed.map(({ image }) => Buffer.from(image.rgba).toString("base64"));
  expect(new Set([...pixels, Buffer.from(plain.image.rgba).toString("base64")]).size).toBe(4);

  const places = [...expected.keys(), expected.length];
  for (const image of places) await does({ type: "augment-preview", config: chosen, image, count: 0 });
  const previewed = watched.of("augmented").map((event) => event.plain.id);
  expect(new Set(previewed)).toEqual(new Set(expected.map(({ id }) => id)));
  await does({ type: "augment-preview", config: chosen, image: left, count: 1 });
  expect(watched.of("augmented").at(-1)!.plain.id).toBe(left);
  await watched.send({ type: "augment-preview", config: chosen, image: "no such", count: 1 });
  expect(watched.of("failed").at(-1)!.message).toBe('rooms has no training image "no such".');
});
