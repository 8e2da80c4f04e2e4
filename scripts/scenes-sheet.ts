/**
 * Looks at Scenes and times it: `scenes-sheet OUT_DIR [SIZE] [FIRST_SEED]` writes scenes.png (6 x 4 scenes) and labels.png (four scenes
 * with their label maps) and prints images per second at 64 pixels, the share of pixels per class, and the share of scenes with people.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sample } from "../src/contracts/sample";
import { type BuiltInTask, taskIds } from "../src/contracts/tasks";
import { encodePng } from "../src/data/io/png";
import { renderScene, renderSceneWithAttributes, sceneClasses, scenePartClasses } from "../src/data/scenes";

const [outDir = "scenes-sheet", sizeText = "128", firstText = "0"] = process.argv.slice(2);
const size = Number(sizeText);
const first = Number(firstText);

interface Sheet {
  readonly columns: number;
  readonly data: Uint8Array;
}

function sheet(columns: number, rows: number): Sheet {
  return { columns, data: new Uint8Array(columns * rows * size * size * 3) };
}

function put(into: Sheet, column: number, row: number, pixel: (i: number) => readonly number[]): void {
  for (let i = 0; i < size * size; i++) {
    const y = row * size + Math.floor(i / size);
    const x = column * size + (i % size);
    into.data.set(pixel(i), (y * into.columns * size + x) * 3);
  }
}

function save(into: Sheet, name: string): void {
  const width = into.columns * size;
  writeFileSync(
    join(outDir, name),
    encodePng({ width, height: into.data.length / 3 / width, data: into.data, channels: 3 }),
  );
}

function labelColor(sample: Sample, task: BuiltInTask, i: number): readonly number[] {
  const data = sample.labels[task]!.data;
  const value = data[i]!;
  if (task === "normals") return [0, 1, 2].map((k) => Math.round((data[i * 3 + k]! * 0.5 + 0.5) * 255));
  if (task === "depth") return new Array<number>(3).fill(Math.max(0, Math.round(255 * (1 - value / 6))));
  if (task === "semseg") return sceneClasses[value]!.color;
  if (task === "human_parts") return value === 255 ? [70, 70, 70] : scenePartClasses[value]!.color;
  return new Array<number>(3).fill(value * 255);
}

mkdirSync(outDir, { recursive: true });
const scenes = sheet(6, 4);
for (let n = 0; n < 24; n++) {
  const { data } = renderScene(first + n, "train", size, size).image;
  put(scenes, n % 6, Math.floor(n / 6), (i) => data.subarray(i * 3, i * 3 + 3) as unknown as number[]);
}
save(scenes, "scenes.png");

const tasks: readonly BuiltInTask[] = taskIds;
const labels = sheet(7, 4);
for (let row = 0; row < 4; row++) {
  const sample = renderScene(first + row, "train", size, size);
  put(labels, 0, row, (i) => sample.image.data.subarray(i * 3, i * 3 + 3) as unknown as number[]);
  tasks.forEach((task, k) => {
    put(labels, k + 1, row, (i) => labelColor(sample, task, i));
  });
}
save(labels, "labels.png");

const count = 300;
const shares = new Float64Array(sceneClasses.length);
const present = new Float64Array(sceneClasses.length);
/** Pictures per second of processor time on one core. */
function rate(render: (seed: number) => void): string {
  const begin = process.cpuUsage();
  for (let n = 0; n < count; n++) render(n);
  const used = process.cpuUsage(begin);
  return ((count * 1e6) / (used.user + used.system)).toFixed(1);
}

const full = rate((n) => {
  const { data } = renderScene(n, "val", 64, 64).labels.semseg!;
  for (const value of data) shares[value]! += 1 / data.length / count;
  for (const value of new Set(data)) present[value]! += 1 / count;
});
const single = rate((n) => renderSceneWithAttributes(n, "val", 64, 64, 8, { samples: 1 }));
console.log(`${full} images/s at 64x64 on one core, labels included; ${single} with attributes and one colour sample`);
sceneClasses.forEach((entry, i) => {
  console.log(
    `${entry.name.padEnd(18)} ${(100 * shares[i]!).toFixed(1).padStart(5)} % of pixels, in ${(100 * present[i]!).toFixed(0)} % of scenes`,
  );
});
