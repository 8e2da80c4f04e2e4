/** Which samples a configuration gets from the data of a session, whatever was asked of it before. */
import { expect, it } from "vitest";
import type { RunConfig } from "../../src/contracts/runConfig";
import type { RunEvent } from "../../src/contracts/runEvent";
import type { DataSource } from "../../src/contracts/sample";
import { encodePng } from "../../src/data/io/png";
import type { Store } from "../../src/runtime/platform/storage";
import { DataInput } from "../../src/runtime/session/dataInput";
import { DataInspection } from "../../src/runtime/session/dataInspection";
import type { Host } from "../../src/runtime/session/host";
import { memoryStore } from "./memoryStore";
import { preset, storedRuns } from "./open";
import { blob, rooms } from "./rooms";

const micro = preset("micro");
const folder = (data: Partial<RunConfig["data"]> = {}): RunConfig => ({
  ...micro,
  tasks: ["semseg"],
  data: { ...micro.data, source: "folder", train: 0, val: 0, ...data },
});

function dataOf(store: Store = memoryStore()) {
  const told: RunEvent[] = [];
  const host = {
    platform: { now: () => 0, runs: storedRuns(store) },
    tell: (event: RunEvent) => told.push(event),
    fail: (error: Error) => {
      throw error;
    },
  } as unknown as Host;
  const data = new DataInput(host, { opened: undefined }, () => {});
  return { data, inspection: new DataInspection(host, data, { inputs: {} }), told };
}

const idsOf = (source: DataSource): string[] =>
  Array.from({ length: source.size.train }, (_, index) => source.id("train", index));

it("scenes have the size that each configuration asks for", async () => {
  const { data } = dataOf();
  for (const imageSize of [32, 64, 32]) {
    const source = await data.source({ ...micro, input: { ...micro.input, imageSize } });
    expect((await source.load("train", 0)).image.width).toBe(imageSize);
  }
});

/** Twelve rooms with masks of all; the one of the second training image cannot be read. */
function roomsWithMasks() {
  const mask = encodePng({ width: 32, height: 32, channels: 1, data: new Uint8Array(1024).fill(255) });
  const masks = Array.from({ length: 12 }, (_, i) => ({ path: `rooms/sal/${i}.png`, file: blob(mask) }));
  return (broken: string) => [
    ...rooms(12),
    ...masks.map(({ path, file }) => ({ path, file: path === `rooms/sal/${broken}.png` ? blob("no picture") : file })),
  ];
}

it("a selection by classes is the same with a survey and without, also of masks and of images with a broken file", async () => {
  const { data, inspection, told } = dataOf();
  await data.openFiles(roomsWithMasks()("none"), "rooms");
  const [, second] = idsOf(await data.source(folder()));
  await data.openFiles(roomsWithMasks()(second!), "rooms");
  const choices: RunConfig["data"]["select"][] = [
    { classes: { semseg: [1, 2, 3] } },
    { classes: { sal: [1] } },
    { classes: { semseg: [1], sal: [1] } },
  ];
  const chosen = async (): Promise<string[][]> => {
    const found: string[][] = [];
    for (const select of choices) found.push(idsOf(await data.source(folder({ select }))));
    return found;
  };
  const before = await chosen();
  expect(before[1]!.length).toBeGreaterThan(4);
  expect(before[1]).not.toContain(second);
  await inspection.survey({ type: "survey", config: folder() });
  expect(told.at(-1)).toMatchObject({ type: "survey", survey: { read: 12 } });
  // Otherwise the last selection would be given back.
  await data.source(folder());
  expect(await chosen()).toEqual(before);
});

it("a note of how files are read that finds no room is a warning", async () => {
  const store = memoryStore();
  const { data, told } = dataOf({ ...store, write: () => Promise.reject(new Error("The disk is full.")) });
  await data.openFiles(rooms(4), "rooms");
  await data.remember(folder({ labelEncodings: { semseg: { ignore: [0] } } }));
  expect(told.at(-1)).toMatchObject({ type: "log", level: "warning" });
  expect(JSON.stringify(told.at(-1))).toMatch(/The disk is full.*Make room/);
});

it("labels that are read to count the classes are told of; other files stop that, and what was open stays until they are", async () => {
  const { data, told } = dataOf();
  await data.openFiles(rooms(4), "named");
  expect(told.filter(({ type }) => type === "opening")).toEqual([]);
  const unnamed = rooms(12).filter(({ path }) => !path.endsWith("classes.txt"));
  let reads = 0;
  const slow = unnamed.map(({ path, file }) => {
    const late = Object.assign(file.slice(), {
      arrayBuffer: async () => {
        reads++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return file.arrayBuffer();
      },
    });
    return { path, file: late };
  });
  const stopped = data.openFiles(slow, "slow");
  while (reads === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const second = data.openFiles(unnamed, "unnamed");
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  expect(data.need().label).toBe("named");
  await second;
  expect(data.need().label).toBe("unnamed");
  expect(reads).toBeLessThan(12);
  const progress = told.flatMap((event) => (event.type === "opening" && event.label === "unnamed" ? [event] : []));
  expect([progress[0], progress.at(-1)]).toMatchObject([
    { done: 0, total: 12 },
    { done: 12, total: 12 },
  ]);
});
