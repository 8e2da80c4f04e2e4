import { describe, expect, it } from "vitest";
import { DeviceError } from "../../src/core/exec/executor";
import { Loop, type LoopState } from "../../src/core/train/loop";

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

function makeLoop(
  options: {
    steps?: number;
    evaluateEvery?: number;
    depth?: number;
    failAt?: number;
    evaluateMs?: number;
    from?: { done: number; evaluatedAt: number };
  } = {},
) {
  const log: string[] = [];
  const states: LoopState[] = [];
  /** Steps at which it came to rest, with the state that it had then. */
  const rests: [number, LoopState][] = [];
  const errors: Error[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const loop = new Loop({
    steps: options.steps ?? 5,
    ...(options.from && { from: options.from }),
    evaluateEvery: () => options.evaluateEvery ?? 0,
    depth: () => options.depth ?? 1,
    step: async (index) => {
      mostInFlight = Math.max(mostInFlight, ++inFlight);
      await tick();
      inFlight--;
      if (index === options.failAt) throw new Error("the device was lost");
      log.push(`step ${index}`);
    },
    evaluate: async (done) => {
      expect(inFlight).toBe(0);
      log.push(`evaluate ${done}`);
      if (options.evaluateMs) await new Promise((resolve) => setTimeout(resolve, options.evaluateMs));
    },
    settle: async (done) => {
      expect(inFlight).toBe(0);
      rests.push([done, states.at(-1)!]);
    },
    onState: (state) => states.push(state),
    onError: (error) => errors.push(error),
  });
  return { loop, log, states, rests, errors, most: () => mostInFlight };
}

describe("the training loop", () => {
  it("tells where it comes to rest, before it says that it is paused, and not while something is done beside it", async () => {
    const { loop, states, rests, log } = makeLoop({ steps: 500 });
    const run = loop.start();
    while (log.length < 4) await tick();
    let among: unknown;
    const aside = loop.aside(async () => {
      among = [...rests];
    });
    while (among === undefined) await tick();
    expect(among).toEqual([]);
    await loop.pause();
    await Promise.all([run, aside]);
    const { position } = loop;
    expect([rests, states.at(-1)]).toEqual([[[position, "running"]], "paused"]);
    await loop.step();
    expect(rests.at(-1)).toEqual([position + 1, "running"]);
  });

  it("evaluates before the first step and after the last, and finishes", async () => {
    const { loop, log, states } = makeLoop({ steps: 2 });
    await loop.start();
    expect(log).toEqual(["evaluate 0", "step 0", "step 1", "evaluate 2"]);
    expect(states.at(-1)).toBe("finished");
  });

  it("evaluates in between, with nothing in flight", async () => {
    const { loop, log } = makeLoop({ steps: 5, evaluateEvery: 2, depth: 3 });
    await loop.start();
    expect(log.filter((line) => line.startsWith("evaluate"))).toEqual([
      "evaluate 0",
      "evaluate 2",
      "evaluate 4",
      "evaluate 5",
    ]);
  });

  it("is ready at its start, and paused where a kept run goes on", async () => {
    expect(makeLoop().loop.state).toBe("ready");
    const { loop, log } = makeLoop({ steps: 4, from: { done: 3, evaluatedAt: 2 } });
    expect([loop.state, loop.position]).toEqual(["paused", 3]);
    await loop.start();
    expect(log).toEqual(["step 3", "evaluate 4"]);
  });

  it("keeps no more steps in flight than asked", async () => {
    const { loop, most } = makeLoop({ steps: 8, depth: 2 });
    await loop.start();
    expect(most()).toBe(2);
  });

  it("a step advances by one and pauses", async () => {
    const { loop } = makeLoop();
    await loop.step();
    expect([loop.position, loop.state]).toEqual([1, "paused"]);
    await loop.step();
    expect(loop.position).toBe(2);
  });

  it("a pause stops within the steps in flight, and start goes on where it was", async () => {
    const { loop, log } = makeLoop({ steps: 50 });
    const run = loop.start();
    await tick();
    await loop.pause();
    await run;
    const at = loop.position;
    expect(loop.state).toBe("paused");
    expect(at).toBeLessThan(10);
    await loop.start();
    expect(log.filter((line) => line.startsWith("step"))).toHaveLength(50);
    expect(new Set(log).size).toBe(log.length);
  });

  it("stop evaluates what was reached and finishes", async () => {
    const { loop, log, states } = makeLoop({ steps: 50 });
    const run = loop.start();
    await tick();
    await loop.stop();
    await run;
    expect(states.at(-1)).toBe("finished");
    expect(log.at(-1)).toBe(`evaluate ${loop.position}`);
  });

  it("an evaluation asked for in the middle lets the run go on", async () => {
    const { loop, log } = makeLoop({ steps: 6 });
    const run = loop.start();
    await tick();
    await loop.evaluate();
    await run;
    expect(loop.state).toBe("finished");
    expect(log.filter((line) => line.startsWith("evaluate")).length).toBe(3);
  });

  it("a pause during an evaluation that was asked for keeps the run paused", async () => {
    const { loop, states } = makeLoop({ steps: 50, evaluateMs: 20 });
    const run = loop.start();
    while (loop.position === 0) await tick();
    const evaluation = loop.evaluate();
    while (loop.state !== "evaluating") await tick();
    await loop.pause();
    await Promise.all([run, evaluation]);
    const at = loop.position;
    await tick();
    expect([loop.position, states.at(-1)]).toEqual([at, "paused"]);
  });

  it("an evaluation asked for twice at once is done once, and the run goes on", async () => {
    const { loop, log } = makeLoop({ steps: 6, evaluateMs: 5 });
    const run = loop.start();
    while (loop.position === 0) await tick();
    await Promise.all([loop.evaluate(), loop.evaluate(), run]);
    expect(loop.state).toBe("finished");
    expect(log.filter((line) => line.startsWith("evaluate")).length).toBe(3);
  });

  it("what is done aside while the run evaluates is done after that, and the run goes on", async () => {
    const { loop, log } = makeLoop({ steps: 6, evaluateEvery: 2, evaluateMs: 5 });
    const run = loop.start();
    while (loop.position < 2 || loop.state !== "evaluating") await tick();
    await loop.aside(async () => void log.push(`aside in ${loop.state}`));
    await run;
    expect(log.slice(log.indexOf("step 1"))).toEqual([
      "step 1",
      "evaluate 2",
      "aside in paused",
      ...["step 2", "step 3", "evaluate 4", "step 4", "step 5", "evaluate 6"],
    ]);
    expect(loop.state).toBe("finished");
  });

  it("several asides are done one after the other, a start meanwhile waits for them, and a pause takes it back", async () => {
    const { loop, log } = makeLoop({ steps: 3 });
    const aside = (name: string) => async () => {
      log.push(`${name} begins`);
      await tick();
      log.push(`${name} ends`);
    };
    const both = Promise.all([loop.aside(aside("one")), loop.aside(aside("two"))]);
    const run = loop.start();
    await both;
    await run;
    expect(log.slice(0, 5)).toEqual(["one begins", "one ends", "two begins", "two ends", "evaluate 0"]);
    expect(loop.state).toBe("finished");

    const other = makeLoop({ steps: 3 });
    const working = other.loop.aside(tick);
    const started = other.loop.start();
    await other.loop.pause();
    await Promise.all([working, started]);
    expect([other.loop.position, other.log]).toEqual([0, []]);
  });

  it("an aside that fails says so at once, and the run goes on", async () => {
    const { loop, log, errors } = makeLoop({ steps: 6 });
    const run = loop.start();
    while (loop.position === 0) await tick();
    await expect(loop.aside(() => Promise.reject(new Error("the disk is full")))).rejects.toThrow("the disk is full");
    expect(loop.position).toBeLessThan(6);
    await run;
    while (loop.state !== "finished") await tick();
    expect([log.at(-1), errors]).toEqual(["evaluate 6", []]);
  });

  it("a finished run that is measured again is still finished", async () => {
    const { loop, states } = makeLoop({ steps: 2 });
    await loop.start();
    await loop.evaluate();
    expect(states.slice(-2)).toEqual(["evaluating", "finished"]);
  });

  it("a failing step fails the loop once, with its message", async () => {
    const { loop, errors, states } = makeLoop({ failAt: 1 });
    await loop.start();
    expect(errors.map((e) => e.message)).toEqual(["the device was lost"]);
    expect(states.at(-1)).toBe("failed");
    await loop.start();
    expect(errors).toHaveLength(1);
  });

  it("a step that fails in flight behind one that fails is waited for; the first error is told, and what is done is kept once", async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown): void => void unheard.push(reason);
    process.on("unhandledRejection", hear);
    const [kept, errors]: [number[], string[]] = [[], []];
    let settled = 0;
    const loop = new Loop({
      steps: 10,
      evaluateEvery: () => 0,
      depth: () => 3,
      step: async (index) => {
        // The later a step, the sooner it fails.
        for (let turn = 0; turn < 10 - index; turn++) await tick();
        settled++;
        if (index >= 4) throw new Error(`step ${index} found no image`);
      },
      evaluate: async () => {},
      keep: async (done) => {
        expect(settled).toBeGreaterThanOrEqual(7);
        kept.push(done);
        throw new Error("the disk is full");
      },
      onState: () => {},
      onError: (error) => errors.push(error.message),
    });
    await loop.start();
    await tick();
    process.off("unhandledRejection", hear);
    expect([errors, kept, loop.position]).toEqual([["step 4 found no image"], [4], 4]);
    expect(unheard).toEqual([]);
  });

  it("keeps nothing where the device failed", async () => {
    const kept: number[] = [];
    const loop = new Loop({
      steps: 3,
      evaluateEvery: () => 0,
      depth: () => 1,
      step: (index) => (index === 1 ? Promise.reject(new DeviceError("refused")) : Promise.resolve()),
      evaluate: async () => {},
      keep: async (done) => void kept.push(done),
      onState: () => {},
      onError: () => {},
    });
    await loop.start();
    expect([loop.state, kept]).toEqual(["failed", []]);
  });

  it("says nothing after it was disposed", async () => {
    const { loop, states } = makeLoop({ steps: 50 });
    void loop.start();
    await tick();
    const before = states.length;
    await loop.dispose();
    expect(states.length).toBe(before);
  });
});
