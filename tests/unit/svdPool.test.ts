import { Worker as NodeThread } from "node:worker_threads";
import { build, type Rollup } from "vite";
import { beforeAll, describe, expect, it } from "vitest";
import { random } from "../../src/core/math/random";
import { svd } from "../../src/core/math/svd";
import { nodeWorkerPort } from "../../src/runtime/platform/node/nodeWorker";
import type { WorkerPort } from "../../src/runtime/platform/workerPort";
import { serve } from "../../src/runtime/workers/service";
import type { BlobCache } from "../../src/runtime/workers/svd/svdFile";
import { type SvdMethods, svdMethods } from "../../src/runtime/workers/svd/svdMethods";
import { createSvdPool, type NamedMatrix, type SvdProgress } from "../../src/runtime/workers/svd/svdPool";
import { fakeWorker } from "./fakeWorker";

function matrix(name: string, rows: number, cols: number, seed = name): NamedMatrix {
  const stream = random(1, seed);
  return { name, rows, cols, weight: new Float32Array(rows * cols).map(() => stream.normal()) };
}
const matrices = [matrix("a", 6, 9), matrix("b", 12, 12), matrix("c", 20, 8), matrix("d", 3, 40), matrix("e", 15, 15)];
const expected = new Map(matrices.map(({ name, weight, rows, cols }) => [name, svd(weight, rows, cols)]));

type Behaviour = "works" | "dies" | "never answers" | "breaks at start";
function fakePort(behaviour: Behaviour, log: string[] = []): WorkerPort {
  const { port, scope, die } = fakeWorker({ terminate: () => log.push("terminated") });
  const decompose: SvdMethods["decompose"] = (request, onProgress) => {
    log.push(`${request.rows}x${request.cols}`);
    if (behaviour === "dies") setTimeout(() => die("out of memory"));
    return behaviour === "works" ? svdMethods.decompose(request, onProgress) : (new Promise(() => {}) as never);
  };
  if (behaviour === "breaks at start") setTimeout(() => die("no script"));
  else serve(scope, { decompose });
  return port;
}
const memoryCache = () => {
  const blobs = new Map<string, Uint8Array>();
  const cache: BlobCache = {
    get: async (key) => blobs.get(key),
    put: async (key, bytes) => void blobs.set(key, bytes),
  };
  return { blobs, cache };
};

describe("createSvdPool", () => {
  it.each([
    ["on this thread", {}],
    ["over workers", { startWorker: () => fakePort("works"), workers: 3 }],
    [
      "on this thread when workers break at their start",
      { startWorker: () => fakePort("breaks at start"), workers: 2 },
    ],
    [
      "on this thread when there are no workers here",
      {
        startWorker: (): WorkerPort => {
          throw new Error("Worker is not defined");
        },
      },
    ],
  ])("decomposes every matrix %s, in the order asked, with rising progress", async (_, options) => {
    const seen: SvdProgress[] = [];
    const pool = createSvdPool(options);
    const results = await pool.decompose(matrices, { onProgress: (progress) => seen.push(progress) });
    expect(results).toEqual(expected);
    expect([...results.keys()]).toEqual(["a", "b", "c", "d", "e"]);
    for (let i = 1; i < seen.length; i++) expect(seen[i]!.fraction).toBeGreaterThanOrEqual(seen[i - 1]!.fraction);
    expect(seen.at(-1)).toEqual({ fraction: 1, done: 5, total: 5 });
    expect(matrices[0]!.weight.length).toBe(54);
    expect(await pool.decompose([])).toEqual(new Map());
    pool.close();
  });

  it("gives the largest first, and equal weights once", async () => {
    const log: string[] = [];
    const pool = createSvdPool({ startWorker: () => fakePort("works", log) });
    const twin = { ...matrices[0]!, name: "twin" };
    const results = await pool.decompose([...matrices, twin]);
    expect(log).toEqual(["15x15", "12x12", "20x8", "3x40", "6x9"]);
    expect(results.get("twin")).toEqual(expected.get("a"));
  });

  it("keeps its workers for the next call and ends them when closed", async () => {
    const log: string[] = [];
    let started = 0;
    const startWorker = (): WorkerPort => {
      started++;
      return fakePort("works", log);
    };
    const pool = createSvdPool({ startWorker, workers: 2 });
    await pool.decompose(matrices);
    await pool.decompose(matrices);
    expect(started).toBe(2);
    pool.close();
    expect(log.filter((line) => line === "terminated").length).toBe(2);
  });

  it("rejects when a worker dies, naming the matrix, and works again with a fresh one", async () => {
    let started = 0;
    const pool = createSvdPool({ startWorker: () => fakePort(started++ === 0 ? "dies" : "works") });
    await expect(pool.decompose(matrices)).rejects.toThrow(
      "e: The worker that computes singular values stopped: out of memory.",
    );
    expect(await pool.decompose(matrices)).toEqual(expected);
  });

  it("rejects with the reason when cancelled, and ends the busy workers", async () => {
    const log: string[] = [];
    const pool = createSvdPool({ startWorker: () => fakePort("never answers", log), workers: 2 });
    const controller = new AbortController();
    const running = pool.decompose(matrices, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 20);
    await expect(running).rejects.toThrow(/^enough$/);
    expect(log.filter((line) => line === "terminated").length).toBe(2);
    await expect(pool.decompose(matrices, { signal: controller.signal })).rejects.toThrow("enough");
  });

  it("stops between matrices when cancelled on this thread", async () => {
    const controller = new AbortController();
    let done = 0;
    const running = createSvdPool().decompose(matrices, {
      signal: controller.signal,
      onProgress: (progress) => {
        done = progress.done;
        if (done === 2) controller.abort(new Error("enough"));
      },
    });
    await expect(running).rejects.toThrow("enough");
    expect(done).toBe(2);
  });

  it("rejects what runs when closed", async () => {
    const pool = createSvdPool({ startWorker: () => fakePort("never answers") });
    const running = pool.decompose(matrices);
    setTimeout(() => pool.close(), 20);
    await expect(running).rejects.toThrow("The pool was closed.");
  });

  it("names the matrix that holds NaN", async () => {
    const bad = { ...matrix("layer.3", 4, 4), weight: new Float32Array(16).fill(Number.NaN) };
    for (const options of [{}, { startWorker: () => fakePort("works") }]) {
      await expect(createSvdPool(options).decompose([...matrices, bad])).rejects.toThrow(
        /^layer.3: .* has NaN in row 0/,
      );
    }
  });
});

describe("the cache of a pool", () => {
  it("gives the same numbers without computing them again, by content and not by name", async () => {
    const { blobs, cache } = memoryCache();
    await createSvdPool({ cache }).decompose(matrices);
    expect(blobs.size).toBe(5);
    const log: string[] = [];
    const pool = createSvdPool({ cache, startWorker: () => fakePort("works", log) });
    const renamed = matrices.map((one) => ({ ...one, name: `new ${one.name}` }));
    const results = await pool.decompose(renamed);
    expect(log).toEqual([]);
    expect([...results.values()]).toEqual([...expected.values()]);
    await pool.decompose([matrix("a", 6, 9, "other weight")]);
    expect(log).toEqual(["6x9"]);
  });

  it("computes again what is damaged, and goes on when nothing can be kept, saying so", async () => {
    const { blobs, cache } = memoryCache();
    await createSvdPool({ cache }).decompose(matrices);
    for (const key of blobs.keys()) blobs.set(key, blobs.get(key)!.subarray(0, 40));
    const warnings: string[] = [];
    const full: BlobCache = { ...cache, put: () => Promise.reject(new Error("disk full")) };
    const pool = createSvdPool({ cache: full, onWarning: (message) => warnings.push(message) });
    expect(await pool.decompose(matrices)).toEqual(expected);
    expect(warnings.filter((message) => message.includes("could not be used")).length).toBe(5);
    expect(warnings.filter((message) => message.includes("disk full")).length).toBe(5);
  });
});

describe("real threads of Node", () => {
  let code = "";
  beforeAll(async () => {
    const built = (await build({
      configFile: false,
      logLevel: "silent",
      build: {
        ssr: "src/runtime/session/node/svdNodeWorker.ts",
        write: false,
        rollupOptions: { output: { format: "cjs" } },
      },
    })) as Rollup.RollupOutput;
    code = built.output[0].code;
  });

  it("decompose, and one that is killed in the middle makes the call reject", async () => {
    const threads: NodeThread[] = [];
    const startWorker = (): WorkerPort => {
      const thread = new NodeThread(code, { eval: true });
      threads.push(thread);
      return nodeWorkerPort(thread);
    };
    const pool = createSvdPool({ startWorker, workers: 2 });
    expect(await pool.decompose(matrices)).toEqual(expected);
    const running = pool.decompose([matrix("long", 400, 400)], {
      onProgress: () => {
        for (const thread of threads) void thread.terminate();
      },
    });
    await expect(running).rejects.toThrow(/long: The worker that computes singular values stopped: it ended with code/);
    pool.close();
  });
});
