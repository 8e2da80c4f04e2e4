/** Checkpoints: what comes back is what was written, damage is known, and a write that is cut short loses nothing that was there before. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryEvent, RunState } from "../../src/core/checkpoint/runState";
import { readRunState, summariseRunState, writeRunState } from "../../src/core/checkpoint/runState";
import type { Store } from "../../src/runtime/platform/storage";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { RunRecord } from "../../src/runtime/run/artefacts";
import { Checkpoints } from "../../src/runtime/run/checkpoints";
import { LiveRun } from "../../src/runtime/run/liveRun";
import type { PreparedRun } from "../../src/runtime/run/prepare/preparedRun";
import { memoryStore } from "../session/memoryStore";
import { answersOrRefuses, damaged } from "./corruptions";

const SEED = 20261124;
const config = presets.find(({ id }) => id === "micro")!.config;

const steps = fc.array(
  fc.record({
    type: fc.constant("step" as const),
    run: fc.constant("one"),
    step: fc.nat(),
    epoch: fc.double({ noNaN: true }),
    losses: fc.dictionary(fc.constantFrom("semseg", "normals"), fc.double()),
    total: fc.double(),
    gradientNorm: fc.double(),
    learningRates: fc.constant({ method: 0.02 }),
    stepMs: fc.nat(),
  }),
  { maxLength: 4 },
);
/** JSON has no -0: a loss of that value comes back as 0. */
const withoutMinusZero = (history: readonly HistoryEvent[]): readonly HistoryEvent[] =>
  history.map((event) => JSON.parse(JSON.stringify(event, plain), odd) as HistoryEvent);
const plain = (_: string, v: unknown) => (typeof v === "number" && !Number.isFinite(v) ? `!${v}` : v);
const odd = (_: string, v: unknown) => (typeof v === "string" && v.startsWith("!") ? Number(v.slice(1)) : v);

const runState: fc.Arbitrary<RunState> = fc.record({
  config: fc.constant(config),
  baseHash: fc.stringMatching(/^[0-9a-f]{64}$/),
  device: fc.string(),
  images: fc.record({ train: fc.nat(), val: fc.nat() }),
  step: fc.nat(),
  sequence: fc.nat(),
  states: fc
    .dictionary(fc.stringMatching(/^[a-z.]{1,8}$/), fc.float32Array({ maxLength: 20 }))
    .map((states) => new Map(Object.entries(states).sort())),
  history: steps.map(withoutMinusZero),
});

const example = (step: number, numbers = 50): Omit<RunState, "sequence"> => ({
  config,
  baseHash: "ab".repeat(32),
  device: "a device",
  images: { train: 16, val: 8 },
  step,
  states: new Map([["parameters", Float32Array.from({ length: numbers }, (_, i) => step + i / 7)]]),
  history: [],
});

/** A run at work whose states are those of `example`. */
function liveRun(checkpoints: Checkpoints, told: unknown[]): LiveRun {
  const { baseHash, device, images, states } = example(1);
  const parts = { baseHash, batches: { size: images }, executor: { description: device }, model: { tasks: [] } };
  const prepared = { config, parts, states: async () => states } as unknown as PreparedRun;
  return new LiveRun({
    run: "one",
    prepared,
    info: { choice: "wasm", description: device, reason: "", available: true, active: true },
    inputs: { data: null, weights: null },
    baseline: {},
    record: new RunRecord(),
    checkpoints,
    keepEvery: () => 0,
    draw: () => [],
    wantsWarps: () => false,
    tell: (event) => told.push(event),
    log: (level, message) => told.push({ level, message }),
    now: () => 0,
    onDispose: async () => {},
  });
}

describe("a checkpoint file", () => {
  it("holds every number of a run, NaN and infinities too, bit for bit", () => {
    fc.assert(
      fc.property(runState, (state) => {
        const { states, ...rest } = readRunState(writeRunState(state));
        const bits = (map: ReadonlyMap<string, Float32Array>) =>
          [...map].map(([name, data]) => [name, [...new Uint32Array(data.slice().buffer)]]).sort();
        expect(bits(states)).toEqual(bits(state.states));
        expect({ ...rest, states: 0 }).toEqual({ ...state, states: 0 });
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("is refused by name after any of 2,000 damages, or is the very same", async () => {
    const whole = writeRunState({ ...example(3), sequence: 7 });
    await fc.assert(
      fc.asyncProperty(damaged(whole), async (bytes) => {
        const before = bytes.slice();
        const answer = await answersOrRefuses(() => readRunState(bytes));
        expect(Buffer.compare(bytes, before)).toBe(0);
        if (answer) expect(Buffer.compare(bytes, whole)).toBe(0);
        await answersOrRefuses(() => summariseRunState(bytes));
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it.each([
    ["of another kind", { format: "ditask-adapter" }, /"ditask-adapter" of version 1; expected "ditask-checkpoint"/],
    ["of a later version", { version: "2" }, /version 2; expected/],
    ["without a run", { run: "null" }, /which weights and which device/],
    ["with a run that is no JSON", { run: "{" }, /not JSON/],
    ["with a negative step", { step: -1 }, /"step" is -1; expected a whole number from 0/],
    ["with a run file of wrong fields", { config: { ...config, head: 3 } }, /not usable:\s+head/],
  ])("whole but %s is refused", async (_, change, message) => {
    const { writeSealed } = await import("../../src/core/checkpoint/sealed");
    const run = { ...example(1), sequence: 1, ...change };
    const metadata = { format: "ditask-checkpoint", version: "1", run: JSON.stringify(run), ...change };
    const history = { dtype: "U8", shape: [2], data: new TextEncoder().encode("[]") } as const;
    const texts = Object.entries(metadata).filter(([, value]) => typeof value === "string");
    const bytes = writeSealed(new Map([["history", history]]), Object.fromEntries(texts) as Record<string, string>);
    expect(() => readRunState(bytes)).toThrow(message);
  });

  it("says from its first bytes what run it is", () => {
    const head = writeRunState({ ...example(3, 100_000), sequence: 1 }).subarray(0, 65_536);
    expect(summariseRunState(head)).toEqual({ config, step: 3 });
    expect(summariseRunState(head.subarray(0, 40))).toBeUndefined();
  });
});

/** A store whose next write is cut after a share of its bytes, as by a killed process; it also throws, unless it does so in silence. */
function fragile(): { store: Store; cut(share: number, silent?: boolean): void } {
  const store = memoryStore();
  let next: { share: number; silent: boolean } | undefined;
  const write = async (name: string, bytes: Uint8Array): Promise<void> => {
    const now = next;
    next = undefined;
    if (!now) return store.write(name, bytes);
    await store.write(name, bytes.subarray(0, Math.floor(now.share * bytes.length)));
    if (!now.silent) throw new Error("The process was killed.");
  };
  const cut = (share: number, silent = false): void => {
    next = { share, silent };
  };
  return { store: { ...store, write }, cut };
}

describe("the checkpoints of a run", () => {
  it("after writes that are cut anywhere, killed or in silence, the newest whole one is there", async () => {
    const cuts = fc.array(
      fc.record({
        share: fc.double({ min: 0, max: 0.999, noNaN: true }),
        silent: fc.boolean(),
        fails: fc.boolean(),
        restarts: fc.boolean(),
      }),
      { minLength: 2, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(cuts, async (writes) => {
        const { store, cut } = fragile();
        let run = new Checkpoints(store, "run");
        await run.keep(example(0));
        let good = 0;
        for (const [i, { share, silent, fails, restarts }] of writes.entries()) {
          if (fails) cut(share, silent);
          const kept = run.keep(example(i + 1));
          if (fails) await expect(kept).rejects.toThrow(/killed|did not come back/);
          else await kept.then(() => (good = i + 1));
          if (restarts) run = new Checkpoints(store, "run");
          const { state } = await new Checkpoints(store, "run").read();
          expect(state.step).toBe(good);
          expect(state.states).toEqual(example(good).states);
        }
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it("a newer one that is damaged is passed over by name; two damaged ones are refused by name", async () => {
    const store = memoryStore();
    const run = new Checkpoints(store, "runs/one");
    await run.keep(example(5));
    await run.keep(example(10));
    const spoil = async (name: string): Promise<void> => {
      const bytes = (await store.read(name))!;
      bytes[bytes.length - 1]! ^= 1;
      await store.write(name, bytes);
    };
    await spoil("runs/one/b.safetensors");
    const { state, damaged } = await new Checkpoints(store, "runs/one").read();
    expect(state.step).toBe(5);
    expect(damaged).toEqual([expect.stringMatching(/^runs\/one\/b\.safetensors: .*damaged/)]);
    await spoil("runs/one/a.safetensors");
    await expect(new Checkpoints(store, "runs/one").read()).rejects.toThrow(
      /no checkpoint to go on from.*a\.safe.*b\.safe/s,
    );
    await expect(new Checkpoints(store, "runs/two").read()).rejects.toThrow(
      /There is no a\.safetensors or b\.safetensors/,
    );
  });

  it("a full disk is a warning and not the end of a run; the last checkpoint stays", async () => {
    const { store, cut } = fragile();
    const told: unknown[] = [];
    const checkpoints = new Checkpoints(store, "runs/one");
    const run = liveRun(checkpoints, told);
    await run.keep(1);
    cut(0.5);
    await run.keep(2);
    expect(told).toEqual([
      expect.objectContaining({ type: "checkpoint", run: "one", kind: "newest", step: 1 }),
      expect.objectContaining({ level: "warning", message: expect.stringMatching(/could not be kept/) }),
    ]);
    expect((await checkpoints.read()).state.step).toBe(1);
  });
});
