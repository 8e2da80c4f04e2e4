import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Worker as NodeThread } from "node:worker_threads";
import { zipSync } from "fflate";
import { build, type Rollup } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FolderFile } from "../../src/contracts/dataOrigin";
import type { Batch, DataSource } from "../../src/contracts/sample";
import { type Batches, createBatches } from "../../src/data/batches";
import { type BatchRow, readAhead, type SampleMaker } from "../../src/data/batchRow";
import { chosenSamples } from "../../src/data/chosen";
import { encodePng } from "../../src/data/io/png";
import { openData } from "../../src/data/layouts";
import { openOrigin } from "../../src/data/origin";
import { scenesSource } from "../../src/data/scenes";
import { chosenTree } from "../../src/runtime/platform/chosenFiles";
import { nodeFiles } from "../../src/runtime/platform/node/nodeFiles";
import { nodeWorkerPort } from "../../src/runtime/platform/node/nodeWorker";
import type { WorkerPort } from "../../src/runtime/platform/workerPort";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { withOwnTasks } from "../../src/runtime/run/prepare/modelSpec";
import { readFolder } from "../../src/runtime/session/node/nodeSession";
import { type SampleMethods, sampleMethods } from "../../src/runtime/workers/samples/sampleMethods";
import { createSamplePool, type SamplePool, sampleWorkers } from "../../src/runtime/workers/samples/samplePool";
import { serve } from "../../src/runtime/workers/service";
import { type FakeWorker, fakeWorker } from "./fakeWorker";

const augment = {
  horizontalFlip: true,
  scaleMin: 0.8,
  scaleMax: 1.3,
  scales: [],
  rotationDegrees: 15,
  cropShift: 1,
  colourJitter: 0.2,
};
const settingsFor = (tasks: readonly string[]) => ({ batchSize: 3, imageSize: 12, seed: 4, tasks, augment });

/** Pictures and labels that tell their numbers; `broken`: the image with this number is no PNG. */
function files(broken = -1): Record<string, Uint8Array<ArrayBuffer>> {
  const picture = (channels: number, value: (i: number) => number): Uint8Array<ArrayBuffer> => {
    const data = Uint8Array.from({ length: 9 * 7 * channels }, (_, i) => value(i));
    return Uint8Array.from(encodePng({ width: 9, height: 7, channels, data }));
  };
  const found: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (let n = 0; n < 10; n++) {
    found[`images/n${n}.png`] = n === broken ? Uint8Array.of(1, 2, 3) : picture(3, (i) => (n * 19 + i * 3) % 256);
    found[`semseg/n${n}.png`] = picture(1, (i) => (n + i) % 5);
    found[`normals/n${n}.png`] = picture(3, (i) => [230, 128 - n, 190][i % 3]!);
  }
  return found;
}
const chosen = (parts: Record<string, Uint8Array<ArrayBuffer>>): FolderFile[] =>
  Object.entries(parts).map(([path, bytes]) => ({ path, file: new Blob([bytes]) }));

async function opened(place: readonly FolderFile[] | string): Promise<DataSource> {
  const options = { name: "files", seed: 1 };
  const { source } = await openData(
    typeof place === "string" ? await nodeFiles(place) : await chosenTree(place),
    options,
  );
  return { ...source, origin: { kind: "files", place, options, own: [] } };
}

type Answer = { readonly kind: "opened" | "unknown" } | { readonly kind: "row"; readonly row: BatchRow };

interface FakeSampleWorker extends FakeWorker {
  readonly answers: Answer[];
}
/** `deaf`: rows are never answered. */
function fakeSampleWorker({ deaf = false } = {}): FakeSampleWorker {
  const answers: Answer[] = [];
  const worker = fakeWorker();
  const { open, prepare } = sampleMethods(async (place) =>
    typeof place === "string" ? nodeFiles(place) : chosenTree(place),
  );
  serve<SampleMethods>(worker.scope, {
    open: async (request) => {
      await open(request);
      answers.push({ kind: "opened" });
    },
    prepare: async (request) => {
      const found = await (deaf ? new Promise<never>(() => {}) : prepare(request));
      answers.push(found ? { kind: "row", row: found } : { kind: "unknown" });
      // The copy here keeps its arrays, which the worker gives away.
      return structuredClone(found);
    },
  });
  return { ...worker, answers };
}
function fakePool(count = 2, options: Parameters<typeof fakeSampleWorker>[0] = {}) {
  const workers: FakeSampleWorker[] = [];
  const warnings: string[] = [];
  const pool = createSamplePool({
    startWorker: () => {
      workers.push(fakeSampleWorker(options));
      return workers.at(-1)!.port;
    },
    workers: count,
    onWarning: (message) => warnings.push(message),
  });
  const rows = (): number => workers.reduce((n, { answers }) => n + answers.filter((a) => a.kind === "row").length, 0);
  return { pool, workers, warnings, rows };
}
async function ready(maker: SampleMaker): Promise<SampleMaker> {
  for (let tries = 0; !maker.ready && tries < 2000; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  if (!maker.ready) throw new Error("The workers have not opened the data set within ten seconds.");
  return maker;
}
/** What a run asks for: steps in order, a look back, an evaluation in between. */
async function taken(batches: Batches): Promise<Batch[]> {
  const found: Batch[] = [];
  for (const step of [0, 1, 2, 0, 3, 4]) found.push(await batches.trainBatch(step));
  for await (const batch of batches.evalBatches("val")) found.push(batch);
  found.push(await batches.trainBatch(5), ...(await Promise.all([batches.trainBatch(6), batches.trainBatch(7)])));
  return found;
}
const makerOf = (pool: SamplePool, { origin }: DataSource): SampleMaker => pool.maker(origin!);

describe("batches of a pool", () => {
  const tasks = ["semseg", "normals"];
  const sources: [string, () => Promise<DataSource>][] = [
    ["chosen files", () => opened(chosen(files()))],
    ["a zip archive", () => opened([{ path: "all.zip", file: new Blob([Uint8Array.from(zipSync(files()))]) }])],
    ["Scenes", async () => scenesSource({ size: 16, train: 7, val: 4, seed: 0 })],
    [
      "a part of the data set in another order",
      async () =>
        chosenSamples(await opened(chosen(files())), { train: Uint32Array.of(6, 1, 3, 0), val: Uint32Array.of(1) }),
    ],
  ];

  it.each(sources)("are bit for bit those of this thread: %s", async (_, open) => {
    const source = await open();
    const { pool, rows, warnings } = fakePool();
    const maker = await ready(makerOf(pool, source));
    const pooled = await taken(createBatches(source, settingsFor(tasks), maker));
    expect(pooled).toEqual(await taken(createBatches(source, settingsFor(tasks))));
    expect(rows()).toBeGreaterThan(30);
    expect(warnings).toEqual([]);
    pool.close();
  });

  it("are begun before they are asked for, two batches at most, and not while the workers are still opening", async () => {
    const source = await opened(chosen(files()));
    const { pool, rows } = fakePool();
    const maker = makerOf(pool, source);
    const batches = createBatches(source, settingsFor(tasks), maker);
    await batches.trainBatch(0);
    expect(rows()).toBe(0);
    await ready(maker);
    await batches.trainBatch(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(rows()).toBe(9);
    await batches.trainBatch(2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(rows()).toBe(12);
    pool.close();
  });

  it("keep one sample at one worker", async () => {
    const source = await opened(chosen(files()));
    const { pool, workers } = fakePool();
    const batches = createBatches(source, settingsFor(tasks), await ready(makerOf(pool, source)));
    const isOpen = ({ answers }: FakeSampleWorker): boolean => answers.some(({ kind }) => kind === "opened");
    while (!workers.every(isOpen)) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (let step = 0; step < 8; step++) await batches.trainBatch(step);
    const ids = workers.map(({ answers }) => new Set(answers.flatMap((a) => (a.kind === "row" ? [a.row.id] : []))));
    expect(ids[0]!.size + ids[1]!.size).toBe(source.size.train);
    expect([...ids[0]!].some((id) => ids[1]!.has(id))).toBe(false);
    pool.close();
  });
});

describe("a pool in trouble", () => {
  const settings = settingsFor(["semseg"]);
  const plain = async (source: DataSource): Promise<Batch> => createBatches(source, settings).trainBatch(0);

  it("goes on on this thread where workers cannot be started", async () => {
    const warnings: string[] = [];
    const startWorker = (): WorkerPort => {
      throw new Error("Worker is not defined");
    };
    const pool = createSamplePool({ startWorker, workers: 2, onWarning: (message) => warnings.push(message) });
    const source = await opened(chosen(files()));
    const maker = makerOf(pool, source);
    expect(maker.ready).toBe(false);
    expect(await createBatches(source, settings, maker).trainBatch(0)).toEqual(await plain(source));
    expect(warnings).toEqual([expect.stringContaining("Worker is not defined")]);
    pool.close();
  });

  it("makes here what a worker was making when it died", async () => {
    const source = await opened(chosen(files()));
    const { pool, workers, warnings } = fakePool(1, { deaf: true });
    const batches = createBatches(source, settings, await ready(makerOf(pool, source)));
    const waiting = batches.trainBatch(0);
    setTimeout(() => workers[0]!.die("out of memory"), 30);
    expect(await waiting).toEqual(await plain(source));
    expect(warnings).toEqual([expect.stringContaining("out of memory")]);
    expect(await batches.trainBatch(1)).toEqual(await createBatches(source, settings).trainBatch(1));
    pool.close();
  });

  it("goes on here where a worker cannot open the data set, or finds another one there", async () => {
    const source = await opened(chosen(files()));
    const gone = {
      ...source,
      origin: { kind: "files", place: "/no/such/folder", options: { name: "x", seed: 1 }, own: [] },
    } as const;
    const { pool, workers, warnings } = fakePool(1);
    const maker = makerOf(pool, gone);
    expect(await createBatches(gone, settings, maker).trainBatch(0)).toEqual(await plain(source));
    for (let tries = 0; warnings.length === 0 && tries < 400; tries++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(warnings).toEqual([expect.stringContaining("/no/such/folder is not a folder")]);
    const other = { ...source, origin: scenesSource({ size: 8, train: 9, val: 9, seed: 0 }).origin! };
    const batches = createBatches(other, settings, await ready(makerOf(pool, other)));
    expect(await batches.trainBatch(0)).toEqual(await plain(source));
    expect(workers[0]!.answers.some(({ kind }) => kind === "unknown")).toBe(true);
    pool.close();
  });

  it("tells a broken sample by its file, at the step that needs it and again when it is tried again", async () => {
    const source = await opened(chosen(files(3)));
    const { pool, rows } = fakePool();
    const batches = createBatches(source, { ...settings, batchSize: 1 }, await ready(makerOf(pool, source)));
    const outcomes: string[] = [];
    for (let step = 0; step < source.size.train; step++)
      outcomes.push(
        await batches.trainBatch(step).then(
          ({ ids }) => ids[0]!,
          (error) => (error as Error).message,
        ),
      );
    const failed = outcomes.filter((outcome) => outcome.includes("images/n3.png"));
    expect(failed).toHaveLength(1);
    expect(new Set(outcomes).size).toBe(source.size.train);
    await expect(batches.trainBatch(outcomes.indexOf(failed[0]!))).rejects.toThrow("images/n3.png");
    expect(rows()).toBeGreaterThan(0);
    pool.close();
  });

  it("makes a row on this thread where only this one can still read the file", async () => {
    const source = await opened(chosen(files()));
    const pool = createSamplePool({ workers: 1, startWorker: () => fakeSampleWorker().port });
    const elsewhere = { ...source.origin!, place: chosen(files(3)) } as NonNullable<DataSource["origin"]>;
    const batches = createBatches(source, settingsFor(["semseg"]), await ready(pool.maker(elsewhere)));
    expect(await taken(batches)).toEqual(await taken(createBatches(source, settingsFor(["semseg"]))));
  });

  it("rejects what is being made when it is closed, and works on this thread afterwards", async () => {
    const source = await opened(chosen(files()));
    const { pool } = fakePool(1, { deaf: true });
    const batches = createBatches(source, settings, await ready(makerOf(pool, source)));
    const waiting = batches.trainBatch(0);
    pool.close();
    await expect(waiting).rejects.toThrow("were stopped");
    expect(await batches.trainBatch(0)).toEqual(await plain(source));
  });

  it("never gives an earlier data set's run rows of a later one", async () => {
    const small = scenesSource({ size: 8, train: 6, val: 2, seed: 0 });
    const large = scenesSource({ size: 20, train: 6, val: 2, seed: 0 });
    const { pool } = fakePool(1);
    const early = createBatches(small, settings, await ready(makerOf(pool, small)));
    const first = early.trainBatch(0);
    const late = makerOf(pool, large);
    const between = early.trainBatch(1);
    await ready(late);
    const unpooled = createBatches(small, settings);
    expect(await first).toEqual(await unpooled.trainBatch(0));
    expect(await between).toEqual(await unpooled.trainBatch(1));
    expect(await early.trainBatch(2)).toEqual(await unpooled.trainBatch(2));
    expect(await createBatches(large, settings, late).trainBatch(0)).toEqual(await plain(large));
    pool.close();
  });

  it("opens the same data set once, and anew where its files were opened anew or other tasks are read", async () => {
    const source = await opened(chosen(files()));
    const { pool, workers } = fakePool(1);
    const origin = source.origin as Extract<DataSource["origin"], { kind: "files" }>;
    await ready(pool.maker(origin));
    await ready(pool.maker({ ...origin, own: [] }));
    const openings = (): number => workers[0]!.answers.filter(({ kind }) => kind === "opened").length;
    expect(openings()).toBe(1);
    await ready(pool.maker({ ...origin, options: { ...origin.options } }));
    expect(openings()).toBe(2);
    pool.close();
  });
});

describe("readAhead", () => {
  const row = (id: number): BatchRow => ({ id: String(id), square: { image: new Float32Array(0), labels: {} } });

  it("makes each row once in a run of steps, holds no more than its limit, and forgets what no longer follows", async () => {
    const made: number[] = [];
    let limit = 4;
    const rows = readAhead(
      async (position) => {
        made.push(position);
        return row(position);
      },
      () => limit,
    );
    const ids = async (first: number): Promise<string[]> => (await rows(first, 2)).map(({ id }) => id);
    expect(await ids(0)).toEqual(["0", "1"]);
    expect(made).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await ids(2)).toEqual(["2", "3"]);
    expect(made).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await ids(20)).toEqual(["20", "21"]);
    limit = 0;
    expect(await ids(4)).toEqual(["4", "5"]);
    expect(made.slice(-2)).toEqual([4, 5]);
  });
});

describe("openOrigin", () => {
  it("reads the tasks of the user's own too", async () => {
    const parts = { ...files(), "height/n1.png": files()["semseg/n1.png"]! };
    const place = chosen(parts);
    const height = { id: "height", label: "Height", kind: "regression", channels: 1, scale: 2, offset: 0 } as const;
    const own = [{ ...height, flipX: false, loss: "l1", metric: "rmse", colours: "grey", weight: 1 } as const];
    const origin = { kind: "files", place, options: { name: "files", seed: 1 }, own } as const;
    const source = await openOrigin(origin, async () => chosenTree(place));
    expect(source.tasks.map(({ task }) => task)).toContain("height");
    const run = { ...presets[0]!.config, tasks: ["height"], customTasks: [...own] };
    expect(withOwnTasks(await opened(place), run).origin).toMatchObject({ kind: "files", place, own });
  });
});

describe("sampleWorkers", () => {
  it("leaves a core to the thread that trains, and is never none", () => {
    expect([1, 2, 4, 16].map(sampleWorkers)).toEqual([1, 1, 3, 4]);
  });
});

describe("real threads of Node", () => {
  const folder = mkdtempSync(join(tmpdir(), "samples-"));
  let code = "";
  beforeAll(async () => {
    for (const [path, bytes] of Object.entries(files())) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    const built = (await build({
      configFile: false,
      logLevel: "silent",
      build: {
        ssr: "src/runtime/session/node/sampleNodeWorker.ts",
        write: false,
        rollupOptions: { output: { format: "cjs" } },
      },
      ssr: { noExternal: true },
    })) as Rollup.RollupOutput;
    code = built.output[0].code;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const threads: NodeThread[] = [];
  const startWorker = (): WorkerPort => {
    const thread = new NodeThread(code, { eval: true });
    threads.push(thread);
    return nodeWorkerPort(thread);
  };

  it("make a folder's and Scenes' batches bit for bit, and one that is killed leaves the rest to this thread", async () => {
    const pool = createSamplePool({ startWorker, workers: 2 });
    for (const source of [await readFolder(folder), scenesSource({ size: 16, train: 7, val: 4, seed: 0 })]) {
      const settings = settingsFor(["semseg", "normals"]);
      let asked = 0;
      let here = 0;
      const maker = await ready(makerOf(pool, source));
      const watched: SampleMaker = {
        ready: true,
        make: (request, onThisThread) => {
          asked++;
          return maker.make(request, () => {
            here++;
            return onThisThread();
          });
        },
      };
      const pooled = createBatches(source, settings, watched);
      const alone = createBatches(source, settings);
      expect(await taken(pooled)).toEqual(await taken(alone));
      expect(asked).toBeGreaterThan(30);
      expect(here).toBe(0);
      if (source.name !== "Scenes") continue;
      // Far beyond what the workers have prepared ahead of time.
      const waiting = pooled.trainBatch(40);
      await Promise.all(threads.map((thread) => thread.terminate()));
      expect(await waiting).toEqual(await alone.trainBatch(40));
      // The workers may have been quicker than their end; nobody but this thread is left for this one.
      expect(await pooled.trainBatch(80)).toEqual(await alone.trainBatch(80));
      expect(here).toBeGreaterThan(0);
    }
    pool.close();
  });
});
