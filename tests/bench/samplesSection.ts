/** What the images of a training batch cost the thread that trains, without and with a worker that prepares them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import jpeg from "jpeg-js";
import type { DataSource } from "../../src/contracts/sample";
import { random } from "../../src/core/math/random";
import { NO_AUGMENTATION } from "../../src/data/augment/draw";
import { type Batches, createBatches } from "../../src/data/batches";
import type { SampleMaker } from "../../src/data/batchRow";
import { encodePng } from "../../src/data/io/png";
import { scenesSource } from "../../src/data/scenes";
import { startNodeWorker } from "../../src/runtime/platform/node/nodeWorker";
import { readFolder } from "../../src/runtime/session/node/nodeSession";
import { createSamplePool } from "../../src/runtime/workers/samples/samplePool";
import { median } from "./median";

export interface SampleFigures {
  readonly what: string;
  /** Milliseconds a batch of 16, medians: of waiting for it, and of this thread's work for it. */
  readonly alone: Cost;
  readonly pooled: Cost;
}
interface Cost {
  readonly waited: number;
  readonly busy: number;
}

const BATCH = 16;
const WARM = 3;
const PHOTO = { width: 500, height: 375 };
/** The reference's changes of PASCAL images. */
const PASCAL = { ...NO_AUGMENTATION, horizontalFlip: true, scaleMin: 0.75, scaleMax: 1.25, rotationDegrees: 20 };
const MIRROR = { ...NO_AUGMENTATION, horizontalFlip: true };

/** Photographs with labels of three tasks; a few different ones under many names. */
function writePhotographs(folder: string, count: number): void {
  const { width, height } = PHOTO;
  const pixels = width * height;
  const map = (channels: number, value: (i: number) => number): Uint8Array =>
    encodePng({ width, height, channels, data: Uint8Array.from({ length: pixels * channels }, (_, i) => value(i)) });
  const labels = {
    semseg: map(1, (i) => Math.floor((i % width) / 25)),
    sal: map(1, (i) => (i % width > 200 ? 255 : 0)),
    normals: map(3, (i) => [200, 128 + (Math.floor(i / 3) % 40), 200][i % 3]!),
  };
  const photographs = [0, 1, 2, 3].map((seed) => {
    const noise = random(seed, "photograph");
    const shade = (i: number): number => 128 + 90 * Math.sin((i % (4 * width)) / 97 + seed) + 30 * noise.uniform();
    return jpeg.encode({ width, height, data: Uint8Array.from({ length: 4 * pixels }, (_, i) => shade(i)) }, 90).data;
  });
  const put = (path: string, bytes: Uint8Array | string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };
  for (let n = 0; n < count; n++) {
    put(`images/n${n}.jpg`, photographs[n % photographs.length]!);
    for (const [task, bytes] of Object.entries(labels)) put(`${task}/n${n}.png`, bytes);
  }
  put("classes.txt", Array.from({ length: 20 }, (_, i) => `class ${i}`).join("\n"));
}

/** Each batch is followed by as long a rest as a batch took alone: the device's step, in which a worker may go on. */
async function costOf(batches: Batches, first: number, rounds: number, restMs: number): Promise<Cost> {
  const waited: number[] = [];
  const busy: number[] = [];
  for (let step = first; step < first + rounds; step++) {
    const before = performance.eventLoopUtilization();
    const start = performance.now();
    await batches.trainBatch(step);
    waited.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, restMs));
    busy.push(performance.eventLoopUtilization(before).active);
  }
  return { waited: median(waited), busy: median(busy) };
}

async function compare(
  what: string,
  source: DataSource,
  settings: Pick<Parameters<typeof createBatches>[1], "imageSize" | "tasks" | "augment">,
  first: number,
  rounds: number,
): Promise<SampleFigures> {
  const batchesOf = async (maker?: SampleMaker): Promise<Batches> => {
    const batches = createBatches(source, { ...settings, batchSize: BATCH, seed: 0 }, maker);
    for (let step = 0; step < first; step++) await batches.trainBatch(step);
    return batches;
  };
  const alone = await costOf(await batchesOf(), first, rounds, 0);
  const pool = createSamplePool({
    startWorker: () => startNodeWorker("sampleNodeWorker"),
    workers: 1,
    onWarning: (message) => {
      throw new Error(message);
    },
  });
  const maker = pool.maker(source.origin!);
  while (!maker.ready) await new Promise((resolve) => setTimeout(resolve, 5));
  const pooled = await costOf(await batchesOf(maker), first, rounds, alone.waited);
  pool.close();
  return { what, alone, pooled };
}

export async function sampleFigures(rounds: number): Promise<readonly SampleFigures[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-photographs-"));
  const count = BATCH * (WARM + rounds + 3);
  const tasks = ["semseg", "human_parts", "sal", "normals"];
  const scenes = (train: number): DataSource => scenesSource({ size: 64, train, val: 1, seed: 0 });
  const small = { imageSize: 64, tasks, augment: MIRROR };
  try {
    // A fifth is held out.
    writePhotographs(folder, Math.ceil(count * 1.4));
    const photographs = { imageSize: 224, tasks: ["semseg", "sal", "normals"], augment: PASCAL };
    return [
      await compare("photographs, decoded", await readFolder(folder), photographs, WARM, rounds),
      await compare("Scenes at 64 px, drawn", scenes(count), small, WARM, rounds),
      await compare("Scenes at 64 px, kept from an earlier epoch", scenes(2 * BATCH), small, WARM, 4 * rounds),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
