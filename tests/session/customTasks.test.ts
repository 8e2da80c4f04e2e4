/** A folder with labels of the user's own, defined in a run file: trained, measured, shown, by the command a user runs. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { CustomTask } from "../../src/contracts/customTask";
import type { LabelMap } from "../../src/contracts/sample";
import { encodePng } from "../../src/data/io/png";
import { renderScene, sceneClasses } from "../../src/data/scenes";
import { preset } from "./open";

const SIDE = 32;
const IMAGES = 8;
const folder = mkdtempSync(join(tmpdir(), "ditask-tasks-"));
afterAll(() => rmSync(folder, { recursive: true }));

const customTasks: readonly CustomTask[] = [
  {
    id: "materials",
    label: "Materials",
    kind: "classes",
    classes: sceneClasses.length,
    loss: "focal",
    metric: "accuracy",
    colours: "distinct",
    weight: 1,
  },
  { id: "people", label: "People", kind: "binary", loss: "bce", metric: "f", colours: "viridis", weight: 2 },
  {
    id: "place",
    label: "Place",
    kind: "regression",
    channels: 2,
    scale: 1 / 255,
    offset: -0.5,
    unlabelled: 0,
    flipX: true,
    loss: "huber",
    metric: "mae",
    colours: "rgb",
    weight: 1,
  },
  {
    id: "facing",
    label: "Facing",
    kind: "unit",
    flipX: true,
    loss: "cosine",
    metric: "median_angle",
    colours: "rgb",
    weight: 1,
  },
];

/** Where each pixel lies, from 1 at the left and top to 255; 0 where the scene is farther than 4 m: unlabelled. */
function places(depth: LabelMap): Uint8Array {
  const data = new Uint8Array(3 * SIDE * SIDE);
  const along = (position: number): number => 1 + Math.round((254 * position) / (SIDE - 1));
  for (let i = 0; i < SIDE * SIDE; i++) {
    if (depth.data[i]! > 4) continue;
    data.set([along(i % SIDE), along(Math.floor(i / SIDE)), 0], 3 * i);
  }
  return data;
}

function writeFolder(): void {
  for (const name of ["images", ...customTasks.map(({ id }) => id)]) mkdirSync(join(folder, name));
  for (let seed = 0; seed < IMAGES; seed++) {
    const { image, labels } = renderScene(seed, "train", SIDE, SIDE);
    const write = (task: string, channels: number, data: Uint8Array): void =>
      writeFileSync(join(folder, task, `s${seed}.png`), encodePng({ width: SIDE, height: SIDE, channels, data }));
    write("images", 3, image.data);
    write("materials", 1, Uint8Array.from(labels.semseg!.data));
    write(
      "people",
      1,
      Uint8Array.from(labels.sal!.data, (v) => 255 * v),
    );
    write("place", 3, places(labels.depth!));
    write(
      "facing",
      3,
      Uint8Array.from(labels.normals!.data, (v) => Math.round(127.5 * (v + 1))),
    );
  }
}

it("npm run finetune trains, measures and shows tasks that the run file defines", () => {
  writeFolder();
  const micro = preset("micro");
  const config = {
    ...micro,
    data: {
      ...micro.data,
      source: "folder",
      train: 0,
      val: 0,
      augment: { ...micro.data.augment, horizontalFlip: true },
    },
    tasks: customTasks.map(({ id }) => id),
    customTasks,
    training: { ...micro.training, steps: 5 },
  };
  const run = join(folder, "run-in.json");
  writeFileSync(run, JSON.stringify(config));
  const out = join(folder, "out");
  const args = ["finetune", "--data", folder, "--config", run, "--device", "wasm", "--json", "--out", out];
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/cli.mjs", ...args], { encoding: "utf8" });
  expect(stderr).not.toMatch(/error/i);
  expect(status).toBe(0);
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const data = events.find((event) => event.type === "data");
  expect(data.entry.tasks).toEqual([]);
  expect(data.entry.folders.map(({ name, kind, files }: never) => [name, kind, files])).toEqual([
    ["facing", "unit", IMAGES],
    ["materials", "classes", IMAGES],
    ["people", "binary", IMAGES],
    ["place", "regression", IMAGES],
  ]);
  const metrics = JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));
  const [first, last] = metrics.evaluations.map((evaluation: { metrics: unknown }) => evaluation.metrics);
  for (const found of [first, last]) {
    expect(Object.keys(found)).toEqual(["materials", "people", "place", "facing"]);
    expect(found.materials.accuracy).toBeGreaterThanOrEqual(0);
    expect(found.people).toHaveProperty("maxF");
    expect(found.place.mae).toBeLessThan(2);
    expect(found.facing.median).toBeGreaterThan(0);
  }
  expect(last).not.toEqual(first);
  const losses = metrics.steps.map((step: { losses: Record<string, number> }) => step.losses);
  expect(losses).toHaveLength(5);
  for (const loss of losses.flatMap((each: Record<string, number>) => Object.values(each))) {
    expect(Number.isFinite(loss)).toBe(true);
    expect(loss).toBeGreaterThan(0);
  }
  const pictures = readdirSync(join(out, "predictions")).filter((name) => name.endsWith(".prediction.png"));
  for (const { id } of customTasks) expect(pictures.some((name) => name.includes(id))).toBe(true);
});
