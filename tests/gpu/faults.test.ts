/** A device that fails: the run that it was given says so and no number of it is made up. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { create } from "webgpu";
import { DeviceError, DeviceLostError, type Executor } from "../../src/core/exec/executor";
import { executors } from "../../src/core/exec/registry";
import { Builder } from "../../src/core/graph/builder";
import { Loop } from "../../src/core/train/loop";
import { dawnFlags, getTestDevice } from "./device";
import { type FaultyGpu, faultyGpu } from "./faultyGpu";

// Dawn's entry object must outlive its devices; the first device sets WebGPU's globals.
await getTestDevice();
const entry = create(dawnFlags);

const webgpu = executors.find(({ choice }) => choice === "webgpu")!;
const open = ({ gpu }: FaultyGpu): Promise<Executor> => webgpu.open({ gpu, isNode: true, hasWebgl: false, threads: 1 });

/** Counts its runs in a state. */
async function counter(executor: Executor) {
  const b = new Builder();
  const count = b.state("count", [2]);
  const next = b.add(count, b.input("x", [2]));
  b.update(count, next);
  b.output("count", next);
  executor.writeState("count", new Float32Array(2));
  const plan = await executor.compile(b.build(), "counter");
  return (fetch?: readonly string[]) => plan.run({ x: Float32Array.of(1, 2) }, fetch);
}

let faulty: FaultyGpu;
let executor: Executor;
beforeEach(async () => {
  faulty = faultyGpu(entry);
  executor = await open(faulty);
});
afterEach(async () => {
  await executor.dispose();
});

const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error("nothing failed"),
    (error: Error) => error,
  );

describe("a GPU that fails", () => {
  it("refuses a run's work: that run rejects and names the plan, as do those behind it and every state", async () => {
    const run = await counter(executor);
    expect([...(await run())["count"]!]).toEqual([1, 2]);
    faulty.fault = "refuse";
    const [first, second] = await Promise.all([failureOf(run()), failureOf(run())]);
    expect([first, second].map((error) => error instanceof DeviceError)).toEqual([true, true]);
    expect(first!.message).toMatch(/The GPU refused the work of "counter": .*Open the device anew/s);
    faulty.fault = "none";
    expect((await failureOf(run())).message).toBe(first!.message);
    expect((await failureOf(executor.readState("count"))).message).toBe(first!.message);
  });

  it("refuses work that nobody reads: the next run says so", async () => {
    const run = await counter(executor);
    faulty.fault = "refuse";
    await run([]);
    faulty.fault = "none";
    await failureOf(run());
    expect((await failureOf(run())).message).toMatch(/refused the work of "counter"/);
  });

  it("loses work without a word: the answer of the run before is not taken for its own", async () => {
    const run = await counter(executor);
    await run();
    await run();
    faulty.fault = "drop";
    const lost = await failureOf(run());
    expect(lost).toBeInstanceOf(DeviceError);
    expect(lost.message).toMatch(/did not do the work of a run: its answer is that of run \d, expected 3/);
    expect((await failureOf(executor.readState("count"))).message).toMatch(/did not do the work/);
  });

  it("reports an error that nobody asked about: all that waits rejects with it, and all that comes", async () => {
    const run = await counter(executor);
    await run();
    faulty.devices[0]!.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    while (!((await failureOf(run())) instanceof DeviceError)) await new Promise((resolve) => setTimeout(resolve, 1));
    const error = await failureOf(run());
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.message).toMatch(/The GPU reported an error: .*Open the device anew/s);
  });
});

describe("a GPU that is lost in mid-step", () => {
  it("rejects what is in flight and every state by name, and the registry opens a device that works", async () => {
    const run = await counter(executor);
    await run();
    const pending = [failureOf(run()), failureOf(run()), failureOf(executor.readState("count"))];
    faulty.devices[0]!.destroy();
    for (const error of await Promise.all(pending)) expect(error).toBeInstanceOf(DeviceLostError);
    expect(await executor.lost).toMatch(/The GPU was lost \(destroyed\): .*open a new executor/);
    expect(await failureOf(executor.readState("count"))).toBeInstanceOf(DeviceLostError);
    expect(await failureOf(executor.compile(new Builder().build()))).toBeInstanceOf(DeviceLostError);
    expect(() => executor.writeState("count", new Float32Array(2))).toThrow(DeviceLostError);

    const fresh = await open(faulty);
    const again = await counter(fresh);
    await again();
    expect([...(await again())["count"]!]).toEqual([2, 4]);
    await fresh.dispose();
  });

  it("ends a loop with an error that is told apart, and nothing is kept", async () => {
    const run = await counter(executor);
    const errors: Error[] = [];
    const kept: number[] = [];
    const loop = new Loop({
      steps: 1000,
      evaluateEvery: () => 0,
      depth: () => 2,
      step: async (index) => {
        const answer = run();
        if (index === 3) faulty.devices[0]!.destroy();
        await answer;
      },
      evaluate: async () => {},
      keep: async (done) => void kept.push(done),
      onState: () => {},
      onError: (error) => errors.push(error),
    });
    await loop.start();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(DeviceLostError);
    expect([loop.state, loop.position <= 3, kept]).toEqual(["failed", true, []]);
  });
});
