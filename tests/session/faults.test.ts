/** Runs that meet faults: the device fails, labels are beyond all numbers, files go away. Each tells the real message and keeps what is good. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { FolderFile } from "../../src/contracts/dataOrigin";
import type { RunConfig } from "../../src/contracts/runConfig";
import { nodeExecutorHost } from "../../src/runtime/platform/node/nodeExecutorHost";
import { readRecord } from "../../src/runtime/run/record/record";
import { writeNpy } from "../dataSets/writeNpy";
import { faultyGpu } from "../gpu/faultyGpu";
import { memoryStore } from "./memoryStore";
import { openSession, preset, storedRuns, type Watched } from "./open";
import { rooms } from "./rooms";

const micro = preset("micro");
const SIDE = 32;

let open: Watched | null = null;
afterEach(async () => {
  await open?.session.dispose();
  open = null;
});

const lastState = (watched: Watched) => watched.of("state").at(-1)!;

describe("a run whose GPU fails", () => {
  const config: RunConfig = {
    ...micro,
    device: "webgpu",
    data: { ...micro.data, train: 4, val: 2 },
    training: { ...micro.training, steps: 40 },
  };

  async function started(onStep: (count: number, gpu: ReturnType<typeof faultyGpu>) => void, steps = 40) {
    const executorHost = await nodeExecutorHost();
    const gpu = faultyGpu(executorHost.gpu!);
    open = await openSession({ executorHost: { ...executorHost, gpu: gpu.gpu } });
    await open.send({ type: "prepare", config: { ...config, training: { ...config.training, steps } } });
    const run = open.send({ type: "start" });
    while (open.of("step").length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    onStep(open.of("step").length, gpu);
    await run;
    return { watched: open, gpu };
  }

  it.each([
    ["refuse", /The GPU refused the work of "\w+": /],
    ["drop", /The GPU did not do the work of a run/],
  ] as const)("(%s) stops and says why, instead of repeating losses to its end", async (fault, message) => {
    const { watched } = await started((_count, gpu) => {
      gpu.fault = fault;
    });
    expect(watched.of("step").length).toBeLessThan(config.training.steps / 2);
    expect(watched.of("failed").map((event) => event.message)).toEqual([expect.stringMatching(message)]);
    expect(lastState(watched)).toMatchObject({ state: "failed", message: expect.stringMatching(message) });
  });

  it("goes on where it was, on a device that is opened anew, once it is started again", async () => {
    const { watched, gpu } = await started((_count, gpu) => {
      gpu.fault = "refuse";
    }, 8);
    expect(lastState(watched).state).toBe("failed");
    gpu.fault = "none";
    const failures = watched.of("failed").length;
    await watched.send({ type: "start" });
    expect(watched.of("failed")).toHaveLength(failures);
    expect(lastState(watched).state).toBe("finished");
    expect(watched.of("step").at(-1)!.step).toBe(8);
  });

  it("is lost: the run says so and goes on on a device that is opened anew, and so does the next one", async () => {
    const { watched, gpu } = await started((_count, gpu) => gpu.devices.at(-1)!.destroy(), 8);
    await expect.poll(() => lastState(watched).state, { timeout: 100_000 }).toBe("finished");
    expect(watched.of("failed")).toEqual([]);
    expect(watched.of("log").map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/The GPU was lost after step \d+ .*opened anew; the run goes on from step 0/),
    );
    expect(gpu.devices.length).toBeGreaterThan(1);
    expect(watched.of("step").at(-1)!.step).toBe(8);
    await watched.send({ type: "prepare", config: { ...config, training: { ...config.training, steps: 2 } } });
    await watched.send({ type: "start" });
    expect(lastState(watched).state).toBe("finished");
  });
});

describe("a run with labels beyond all numbers", () => {
  /** Heights in metres; those of room `broken` are so large that their squares are no numbers. */
  const heights = (broken: number | null): FolderFile[] =>
    rooms(8, SIDE).flatMap((file) => {
      const index = /images\/(\d+)\.png$/.exec(file.path)?.[1];
      if (index === undefined) return [file];
      const height = Number(index) === broken ? 1e30 : 2;
      const data = writeNpy("f4", [SIDE, SIDE], new Float32Array(SIDE * SIDE).fill(height));
      return [file, { path: `rooms/height/${index}.npy`, file: new Blob([data as BlobPart]) }];
    });
  const config = (onNonFinite: "stop" | "skip", steps: number): RunConfig => ({
    ...micro,
    device: "wasm",
    tasks: ["semseg", "height"],
    customTasks: [
      {
        ...{ id: "height", label: "Height", kind: "regression", channels: 1, scale: 1, offset: 0, flipX: false },
        ...{ loss: "l2", metric: "rmse", colours: "viridis", weight: 1 },
      },
    ],
    data: { ...micro.data, source: "folder", train: 0, val: 0, valShare: 0.25 },
    training: { ...micro.training, steps, batchSize: 1, onNonFinite },
  });

  async function ran(c: RunConfig, broken: number, store = memoryStore()) {
    open = await openSession({ runs: storedRuns(store) });
    await open.send({ type: "open-folder", name: "rooms", files: heights(broken) });
    await open.send({ type: "keep", every: 0 });
    await open.send({ type: "prepare", config: c });
    await open.send({ type: "start" });
    return open;
  }

  it("stops before the step trains, names task, step and remedy, and keeps the run after the step before", async () => {
    const watched = await ran(config("stop", 24), 5);
    const { step, skipped, notFinite } = watched.of("step").at(-1)!;
    expect([step > 1, skipped, notFinite]).toEqual([true, true, ["height"]]);
    const [failed] = watched.of("failed");
    expect(failed!.message).toMatch(
      new RegExp(
        `^Step ${step} was skipped: the loss of height is not finite\\. .*Parameters are as after step ${step - 1}\\. Lower`,
      ),
    );
    expect(watched.of("checkpoint").at(-1)?.step ?? 0).toBe(step - 1);
    expect(lastState(watched).state).toBe("failed");

    await watched.send({ type: "resume", run: "one" });
    expect(watched.of("resumed").at(-1)).toMatchObject({ step: step - 1 });
    expect(lastState(watched).state).toBe("paused");
  });

  it("skips such steps where that is asked for, and trains on the others", async () => {
    const watched = await ran(config("skip", 12), 2);
    expect(watched.of("failed")).toEqual([]);
    expect(lastState(watched).state).toBe("finished");
    const steps = watched.of("step");
    const skipped = steps.filter((event) => event.skipped);
    expect([steps.length, skipped.length]).toEqual([12, 2]);
    for (const event of steps) expect(Number.isFinite(event.total)).toBe(!event.skipped);
  });
});

describe("npm run finetune on files that go away in mid-run", () => {
  const folder = mkdtempSync(join(tmpdir(), "ditask-faults-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("ends with code 1 and the real message, and leaves run.json, metrics.json and its last good state", async () => {
    for (const { path, file } of rooms(12, SIDE)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), new Uint8Array(await file.arrayBuffer()));
    }
    const out = join(folder, "out");
    const data = join(folder, "rooms");
    const args = ["--preset", "micro", "--device", "wasm", "--batch", "1", "--steps", "5000", "--json"];
    const child = spawn(process.execPath, ["scripts/cli.mjs", "finetune", ...args, "--data", data, "--out", out]);
    let [stdout, stderr, gone] = ["", "", false];
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.stdout.on("data", (text) => {
      stdout += text;
      if (gone || !stdout.includes('"type":"step"')) return;
      gone = true;
      for (const name of readdirSync(join(data, "images"))) rmSync(join(data, "images", name));
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, stderr]).toEqual([1, expect.stringMatching(/images\/\d+\.png/)]);
    expect(stderr).not.toMatch(/unhandled|at async|triggerUncaught/i);
    const json = (name: string) => JSON.parse(readFileSync(join(out, name), "utf8"));
    const { outcome, steps } = json("run.json");
    expect([outcome, json("metrics.json").steps.length]).toEqual(["failed", steps]);
    expect(steps).toBeGreaterThan(0);
    const checkpoints = stdout.split("\n").filter((line) => line.includes('"type":"checkpoint"'));
    expect(JSON.parse(checkpoints.at(-1)!).step).toBe(steps);
    const record = readRecord(new Uint8Array(readFileSync(join(out, "checkpoint/record.bin"))));
    expect([record.state.state, record.steps.length]).toEqual(["failed", steps]);
  });
});
