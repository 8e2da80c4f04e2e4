import { describe, expect, it } from "vitest";
import type { WorkerPort } from "../../src/runtime/platform/workerPort";
import { serve, type WorkerCrash, WorkerService } from "../../src/runtime/workers/service";
import { type FakeWorker, fakeWorker } from "./fakeWorker";

const methods = {
  double: ({ numbers }: { readonly numbers: Float32Array }, onProgress: (share: number) => void) => {
    onProgress(0.5);
    return { doubled: numbers.map((value) => 2 * value), gave: [numbers] };
  },
  fail: async (what: string): Promise<void> => {
    throw new Error(`${what} is broken`);
  },
  never: (_: null): Promise<void> => new Promise(() => {}),
  function: (_: null) => ({ call: () => 1 }),
};

interface Started extends FakeWorker {
  ended: boolean;
  held: boolean;
}

function service(onStart: (worker: Started) => void = ({ scope }) => serve(scope, methods)) {
  const workers: Started[] = [];
  const crashes: WorkerCrash[] = [];
  const start = (): WorkerPort => {
    const worker: Started = Object.assign(
      fakeWorker({
        terminate: () => {
          worker.ended = true;
        },
        hold: (busy) => {
          worker.held = busy;
        },
      }),
      { ended: false, held: false },
    );
    workers.push(worker);
    onStart(worker);
    return worker.port;
  };
  const made = new WorkerService<typeof methods>(start, "The worker", (error) => crashes.push(error));
  return { made, workers, crashes };
}

const waited = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

describe("a worker service", () => {
  it("starts with the first call, tells progress, and gives arrays in both directions away", async () => {
    const { made, workers } = service();
    expect(workers).toHaveLength(0);
    const numbers = Float32Array.of(1, 2, 3);
    const seen: number[] = [];
    const call = made.call(
      "double",
      { numbers },
      { onProgress: (share) => seen.push(share), transfer: [numbers.buffer] },
    );
    expect(numbers).toHaveLength(0);
    expect(workers[0]!.held).toBe(true);
    expect(await call).toEqual({ doubled: Float32Array.of(2, 4, 6), gave: [Float32Array.of(1, 2, 3)] });
    expect(seen).toEqual([0.5]);
    expect(workers[0]!.held).toBe(false);
    expect(workers).toHaveLength(1);
  });

  it("answers several calls at once, each with its own", async () => {
    const { made, workers } = service();
    const calls = [1, 2, 3].map((value) => made.call("double", { numbers: Float32Array.of(value) }));
    const failing = made.call("fail", "Everything");
    await expect(failing).rejects.toThrow(/^Everything is broken$/);
    expect((await Promise.all(calls)).map(({ doubled }) => doubled[0])).toEqual([2, 4, 6]);
    expect(workers).toHaveLength(1);
  });

  it("rejects what cannot cross the border, and works on", async () => {
    const { made, crashes } = service();
    const request = { numbers: Float32Array.of(1), call: () => 1 };
    await expect(made.call("double", request)).rejects.toThrow();
    await expect(made.call("function", null)).rejects.toThrow();
    expect((await made.call("double", { numbers: Float32Array.of(4) })).doubled[0]).toBe(8);
    expect(crashes).toEqual([]);
  });

  it("rejects what is in flight when the worker dies, by a named error, and starts another for the next call", async () => {
    const { made, workers, crashes } = service();
    const waiting = [made.call("never", null), made.call("never", null)];
    await waited();
    workers[0]!.die("out of memory");
    for (const call of waiting)
      await expect(call).rejects.toMatchObject({
        name: "WorkerCrash",
        message: "The worker stopped: out of memory.",
        started: true,
      });
    expect(crashes).toHaveLength(1);
    expect([workers[0]!.ended, made.alive]).toEqual([true, false]);
    expect((await made.call("double", { numbers: Float32Array.of(4) })).doubled[0]).toBe(8);
    expect(workers).toHaveLength(2);
    // A second failure of the first one is not the second one's.
    workers[0]!.die("it ended with code 1");
    expect([made.alive, crashes.length]).toEqual([true, 1]);
  });

  it("tells a worker that dies while it has nothing to do", async () => {
    const { made, workers, crashes } = service();
    await made.call("double", { numbers: Float32Array.of(4) });
    workers[0]!.die("closed");
    expect(crashes.map(({ message }) => message)).toEqual(["The worker stopped: closed."]);
  });

  it.each([
    [
      "there are no workers",
      () => {
        throw new Error("Worker is not defined");
      },
      "Worker is not defined",
    ],
    ["the script does not load", (worker: Started) => void setTimeout(() => worker.die("no script")), "no script"],
  ])("says that the worker could not start where %s", async (_, onStart, why) => {
    const { made } = service(onStart);
    await expect(made.call("never", null)).rejects.toMatchObject({
      message: `The worker could not start: ${why}.`,
      started: false,
    });
  });

  it("rejects a cancelled call with the signal's reason, and ends a worker that has nothing else to do", async () => {
    const { made, workers } = service();
    const controllers = [new AbortController(), new AbortController()];
    const calls = controllers.map(({ signal }) => made.call("never", null, { signal }));
    await waited();
    controllers[0]!.abort(new Error("enough"));
    await expect(calls[0]).rejects.toThrow(/^enough$/);
    expect(workers[0]!.ended).toBe(false);
    controllers[1]!.abort(new Error("enough too"));
    await expect(calls[1]).rejects.toThrow("enough too");
    expect(workers[0]!.ended).toBe(true);
    await expect(made.call("never", null, { signal: controllers[0]!.signal })).rejects.toThrow("enough");
    expect((await made.call("double", { numbers: Float32Array.of(4) })).doubled[0]).toBe(8);
  });

  it("is stopped for good", async () => {
    const { made, workers } = service();
    const waiting = made.call("never", null);
    made.stop(new Error("The page is closed."));
    await expect(waiting).rejects.toThrow("The page is closed.");
    await expect(made.call("never", null)).rejects.toThrow("The page is closed.");
    expect([workers.length, workers[0]!.ended]).toEqual([1, true]);
  });
});
