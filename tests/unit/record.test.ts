/** The record of a run: what comes back is what was told, a cut file is read as far as it is whole, and it stays small. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventOfRun } from "../../src/contracts/runEvent";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { decodePlain, encodePlain } from "../../src/runtime/run/record/encodeEvent";
import { frame, readFrames } from "../../src/runtime/run/record/frames";
import {
  RECORD_FILE,
  readRecord,
  recordEvents,
  recordFrame,
  recordStart,
  summaryOf,
} from "../../src/runtime/run/record/record";
import { Recorder } from "../../src/runtime/run/record/recorder";
import { memoryStore } from "../session/memoryStore";
import { answersOrRefuses, damaged } from "./corruptions";

const config = presets.find(({ id }) => id === "micro")!.config;
const run = "one";
const created: EventOfRun = { type: "created", run, config, name: "", note: "", created: 1 };
const step = (at: number): Extract<EventOfRun, { type: "step" }> => ({
  type: "step",
  run,
  step: at,
  epoch: at / 8,
  losses: { semseg: 1 / at, normals: at === 3 ? Number.NaN : 2 / at },
  total: at === 3 ? Number.NaN : 3 / at,
  gradientNorm: at === 3 ? Number.POSITIVE_INFINITY : at,
  learningRates: { method: 0.02 / at, backbone: 0.001, decoders: 0.005 },
  stepMs: 5,
});
const evaluation = (at: number): EventOfRun => ({
  type: "evaluation",
  run,
  step: at,
  metrics: { semseg: { miou: at / 100 } },
  images: 8,
  ms: 1,
});
const warps = (at: number, size = 4): EventOfRun => ({
  type: "warps",
  run,
  step: at,
  theta: Float32Array.from({ length: size }, (_, i) => at + i),
});
const picture = { width: 2, height: 1, rgba: new Uint8ClampedArray([1, 2, 3, 255, 4, 5, 6, 255]) };
const pictures = (at: number): EventOfRun => ({
  type: "predictions",
  run,
  step: at,
  samples: [{ id: "a", image: picture, tasks: [{ task: "semseg", truth: null, prediction: picture }] }],
});
const state = (name: "paused" | "finished" | "failed"): EventOfRun => ({
  type: "state",
  run,
  state: name,
  message: "",
});

async function recorded(events: readonly EventOfRun[], store = memoryStore()): Promise<Uint8Array> {
  let clock = 0;
  const parts = {
    store,
    folder: "runs/one",
    now: () => (clock += 400),
    onTrouble: () => {},
    isResumable: async () => true,
  };
  const recorder = new Recorder(parts);
  for (const event of events) recorder.add(event);
  await recorder.flush();
  return (await store.read(`runs/one/${RECORD_FILE}`))!;
}

describe("a record", () => {
  it("holds every step bit for bit, not-finite ones too, with evaluations, warps and pictures", async () => {
    const events = [
      created,
      step(1),
      step(2),
      evaluation(2),
      warps(2),
      pictures(2),
      step(3),
      step(4),
      state("finished"),
    ];
    const record = readRecord(await recorded(events));
    expect(record.steps).toEqual([1, 2, 3, 4].map(step));
    expect(record.evaluations).toEqual([evaluation(2)]);
    expect(record.warps).toEqual([warps(2)]);
    expect(record.predictions).toEqual([pictures(2)]);
    expect(record.state).toMatchObject({ state: "finished" });
    expect(summaryOf(record, false)).toMatchObject({ run, state: "finished", step: 4, resumable: false });
    expect(recordEvents(record, "two").every((event) => event.run === "two")).toBe(true);
  });

  it("forgets what a run told of steps behind the checkpoint that it goes on from", async () => {
    const events = [
      created,
      step(1),
      step(2),
      evaluation(2),
      step(3),
      { type: "resumed", run, step: 1 } as const,
      step(2),
    ];
    const record = readRecord(await recorded([...events, state("paused")]));
    expect(record.steps.map((event) => event.step)).toEqual([1, 2]);
    expect(record.evaluations).toEqual([]);
  });

  it("is read as far as it is whole wherever a kill cuts it, and goes on from there", async () => {
    const whole = await recorded([created, step(1), evaluation(1), step(2), warps(2), state("paused")]);
    const start = recordStart().length + recordFrame(created).length;
    for (let length = start; length < whole.length; length += 7) {
      const record = readRecord(whole.slice(0, length));
      expect(record.created).toEqual(created);
      expect(record.wholeBytes).toBeLessThanOrEqual(length);
    }
    const store = memoryStore();
    await store.write(`runs/one/${RECORD_FILE}`, whole.slice(0, whole.length - 3));
    const parts = { store, folder: "runs/one", now: () => 0, onTrouble: () => {}, isResumable: async () => true };
    const { recorder } = (await Recorder.resume(parts))!;
    recorder.add(step(3));
    await recorder.flush();
    expect(readRecord((await store.read(`runs/one/${RECORD_FILE}`))!).steps.map((event) => event.step)).toEqual([
      1, 2, 3,
    ]);
  });

  it("keeps warps of a long run within a few hundred kilobytes, the first and the last among them", async () => {
    const long = { ...config, training: { ...config.training, steps: 5000 } };
    const events: EventOfRun[] = [{ ...created, config: long } as EventOfRun];
    for (let at = 0; at <= 5000; at += 5) events.push(warps(at, 1600));
    const record = readRecord(await recorded([...events, state("finished")]));
    const bytes = record.warps.reduce((sum, { theta }) => sum + theta.byteLength, 0);
    expect(bytes).toBeLessThan(320_000);
    expect(record.warps.length).toBeGreaterThan(20);
    expect([record.warps[0]!.step, record.warps.at(-1)!.step]).toEqual([0, 5000]);
  });

  it("is refused by name where it is another file, and damage gives an answer or a refusal", async () => {
    expect(() => readRecord(frame(encodePlain({ format: "other", version: 9 })))).toThrow(
      /no record of a run.*"other"/,
    );
    expect(() => readRecord(new Uint8Array(0))).toThrow(/no record/);
    const whole = await recorded([created, step(1), evaluation(1), warps(1), pictures(1), state("finished")]);
    let refused = 0;
    const read = async (bytes: Uint8Array): Promise<void> => {
      if (!(await answersOrRefuses(() => readRecord(bytes)))) refused++;
    };
    await fc.assert(fc.asyncProperty(damaged(whole), read), { seed: 86, numRuns: 2000 });
    expect(refused).toBeGreaterThan(50);
  });

  it.each(["write", "append"] as const)("misses nothing where one %s failed half-way", async (fails) => {
    const store = memoryStore();
    const whole = store[fails];
    let left = 1;
    store[fails] = async (name: string, bytes: Uint8Array) => {
      if (name.endsWith(RECORD_FILE) && left-- > 0) {
        await whole(name, bytes.slice(0, bytes.length / 2));
        throw new Error("The disk is full.");
      }
      await whole(name, bytes);
    };
    const record = readRecord(await recorded([created, ...[1, 2, 3, 4, 5, 6, 7, 8].map(step), state("paused")], store));
    expect(left).toBeLessThan(0);
    expect(record.steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map(step));
  });

  it("that cannot be written is a warning said once, and never an error", async () => {
    const store = { ...memoryStore(), write: async () => Promise.reject(new Error("The disk is full.")) };
    const told: string[] = [];
    const parts = { store, folder: "runs/one", now: () => 0, onTrouble: (message: string) => void told.push(message) };
    const recorder = new Recorder({ ...parts, isResumable: async () => false });
    for (const event of [created, step(1), state("paused"), step(2), state("finished")]) recorder.add(event);
    await recorder.flush();
    expect(told).toEqual([expect.stringMatching(/could not be written \(The disk is full\.\).*Training goes on/)]);
  });
});

describe("plain data as bytes", () => {
  it("comes back equal, with arrays, infinities and texts of any kind", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: "small" },
        fc.string(),
        fc.double({ noDefaultInfinity: false }).map((x) => (Object.is(x, -0) ? 0 : x)),
        fc.boolean(),
        fc.constant(null),
        fc.float32Array({ maxLength: 5 }),
        fc.float64Array({ maxLength: 5 }),
        fc.uint8Array({ maxLength: 5 }),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie("any"), { maxKeys: 3, noNullPrototype: true }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (plain) => void expect(decodePlain(encodePlain(plain))).toEqual(plain)),
      { seed: 87 },
    );
  });

  it("frames end where the first that is not whole begins", () => {
    const [a, b] = [frame(Uint8Array.of(1, 2)), frame(Uint8Array.of(3))];
    const both = new Uint8Array([...a, ...b]);
    expect(readFrames(both).payloads).toHaveLength(2);
    both[both.length - 1]! ^= 1;
    expect(readFrames(both)).toEqual({ payloads: [Uint8Array.of(1, 2)], wholeBytes: a.length });
  });
});
