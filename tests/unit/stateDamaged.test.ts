import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRunFile } from "../../src/cli/lib/readRunFile";
import { parseRunConfig, type RunConfig } from "../../src/contracts/runConfig";
import { type RunState, readRunState, summariseRunState, writeRunState } from "../../src/core/checkpoint/runState";
import { readSealed, writeSealed } from "../../src/core/checkpoint/sealed";
import { presets } from "../../src/runtime/presets";
import { answersOrRefuses, damaged } from "./corruptions";

const config = parseRunConfig(presets[0]!.config);
const state: RunState = {
  config,
  baseHash: "ab".repeat(32),
  device: "a device",
  images: { train: 16, val: 8 },
  step: 30,
  sequence: 3,
  states: new Map([
    ["parameters", Float32Array.from({ length: 40 }, (_, i) => i / 7)],
    ["moments", Float32Array.of(1, Number.NaN, -0)],
  ]),
  history: [10, 20, 30].map((step) => ({
    type: "step",
    step,
    epoch: 1,
    losses: { depth: step === 20 ? Number.NaN : 1 / step },
    total: 1,
    gradientNorm: 2,
    learningRates: { adapter: 0.1 },
    stepMs: 5,
  })),
};
const whole = writeRunState(state);
const text = (words: string): Uint8Array => new Uint8Array(Buffer.from(words));

/** The file with the hash that its content has now, where it still has a place for one. */
function sealedAnew(bytes: Uint8Array): Uint8Array {
  const key = '"sha256":"';
  const at = Buffer.from(bytes).indexOf(key) + key.length;
  if (at < key.length || at + 64 > bytes.length) return bytes;
  const copy = bytes.slice();
  copy.fill(48, at, at + 64);
  copy.set(text(createHash("sha256").update(copy).digest("hex")), at);
  return copy;
}

describe("a damaged checkpoint", () => {
  it("is refused by name, or is the checkpoint still; its bytes stay as they are", async () => {
    let refused = 0;
    const run = async (bytes: Uint8Array): Promise<void> => {
      const before = bytes.slice();
      const read = await answersOrRefuses(() => readRunState(bytes));
      expect(Buffer.compare(bytes, before)).toBe(0);
      if (read) expect(read).toEqual(state);
      else refused++;
    };
    await fc.assert(fc.asyncProperty(damaged(whole), run), { seed: 81, numRuns: 2000 });
    expect(refused).toBeGreaterThan(1500);
  });

  it("that carries the right hash is refused by name, or says all that a checkpoint must", async () => {
    let refused = 0;
    const run = async (bytes: Uint8Array): Promise<void> => {
      const read = await answersOrRefuses(() => readRunState(sealedAnew(bytes)));
      if (!read) {
        refused++;
        return;
      }
      expect(parseRunConfig(read.config)).toEqual(read.config);
      for (const count of [read.step, read.sequence, read.images.train, read.images.val])
        expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
      for (const data of read.states.values()) expect(data).toBeInstanceOf(Float32Array);
      for (const { type, step } of read.history)
        expect([["step", "evaluation"].includes(type), step >= 0]).toEqual([true, true]);
    };
    await fc.assert(fc.asyncProperty(damaged(whole), run), { seed: 82, numRuns: 3000 });
    expect(refused).toBeGreaterThan(500);
  });

  const withHistory = (history: Uint8Array): Uint8Array => {
    const { tensors, metadata } = readSealed(whole);
    const { sha256: _, ...rest } = metadata;
    return writeSealed(
      new Map([...tensors, ["history", { dtype: "U8", shape: [history.length], data: history }]]),
      rest,
    );
  };

  it.each([
    ["no text", Uint8Array.of(0x5b, 0xff, 0x5d), /no UTF-8 text/],
    ["no JSON", text("[{"), /not JSON/],
    ["lists without end", text(`${"[".repeat(100_000)}${"]".repeat(100_000)}`), /not (JSON|a list)/],
    ["no events", text('[{"type":"step","step":-1}]'), /not a list of steps and evaluations/],
  ])("whose history is %s is refused by name", (_, history, message) => {
    expect(() => readRunState(withHistory(history))).toThrow(message);
  });

  it("is summarised or not listed, and never stops the list", () => {
    let known = 0;
    fc.assert(
      fc.property(damaged(whole), (bytes) => {
        const summary = summariseRunState(bytes);
        if (summary) expect([typeof summary.backbone, Number.isSafeInteger(summary.step)]).toEqual(["string", true]);
        if (summary) known++;
      }),
      { seed: 83, numRuns: 2000 },
    );
    expect(known).toBeGreaterThan(100);
    expect(summariseRunState(new Uint8Array(3))).toBeUndefined();
  });
});

/** What no field of a run file expects, and what some do. */
const oddValues: readonly unknown[] = [
  null,
  true,
  "",
  "ditask",
  "__proto__",
  -1,
  0.5,
  1e308,
  2 ** 53,
  255,
  [],
  {},
  [[]],
  { id: "full" },
  { constructor: 1 },
  ["semseg", "semseg"],
  "x".repeat(10_000),
  JSON.parse('{"__proto__": {"a": 1}}'),
];

type Change = (file: unknown) => unknown;
/** Changes one place of a JSON value, which is found by going down by `way`. */
function changed(
  value: unknown,
  way: readonly number[],
  change: (parent: Record<string, unknown>, key: string) => unknown,
): unknown {
  const copy = structuredClone(value);
  let place = copy as Record<string, unknown>;
  for (const step of way) {
    const keys = Object.keys(place);
    if (keys.length === 0) return copy;
    const key = keys[step % keys.length]!;
    const next = place[key];
    if (typeof next === "object" && next !== null && step % 3 !== 0) place = next as Record<string, unknown>;
    else {
      change(place, key);
      return copy;
    }
  }
  return copy;
}
const way = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 5 });
const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(way, fc.constantFrom(...oddValues)).map(
    ([steps, odd]): Change =>
      (file) =>
        changed(file, steps, (place, key) => Object.assign(place, { [key]: odd })),
  ),
  way.map(
    (steps): Change =>
      (file) =>
        changed(file, steps, (place, key) => Reflect.deleteProperty(place, key)),
  ),
  fc.tuple(way, fc.string(), fc.constantFrom(...oddValues)).map(
    ([steps, name, odd]): Change =>
      (file) =>
        changed(file, steps, (place) => Object.assign(place, { [name]: odd })),
  ),
);

describe("a damaged run file", () => {
  const rich = parseRunConfig({
    ...config,
    tasks: ["semseg", "height"],
    customTasks: [
      {
        kind: "regression",
        id: "height",
        label: "Height",
        channels: 1,
        loss: "l1",
        metric: "rmse",
        colours: "grey",
        weight: 1,
      },
    ],
    data: {
      ...config.data,
      readings: { semseg: { ignore: [0], shift: -1 } },
      select: { only: ["a", "b"], classes: { semseg: [1] } },
    },
  });
  /** What is read can be read again and is the same. */
  const check = (read: RunConfig): void => expect(parseRunConfig(structuredClone(read))).toEqual(read);

  it("as text is refused by name or is a run file", async () => {
    let refused = 0;
    const run = async (bytes: Uint8Array): Promise<void> => {
      const read = await answersOrRefuses(() => parseRunFile(Buffer.from(bytes).toString()));
      if (read) check(read);
      else refused++;
    };
    await fc.assert(fc.asyncProperty(damaged(text(JSON.stringify(rich))), run), { seed: 84, numRuns: 2000 });
    expect(refused).toBeGreaterThan(500);
  });

  it("of each version with fields changed, left out or put in is refused by name or is a run file", async () => {
    const { head: _head, input: _input, customTasks: _tasks, ...rest } = config;
    const oldData = { source: "scenes", train: 10, val: 5, flip: true };
    const method = {
      id: "ditask",
      warp: "index",
      streams: "shared",
      cellsShared: 64,
      cellsTask: 4,
      init: "reference",
      free: config.method.free,
    };
    const learningRate = { theta: 0.5, backbone: 0.1, decoders: 0.2 };
    const versions: readonly unknown[] = [
      rich,
      { ...config, version: 2, data: oldData },
      { ...rest, version: 1, data: oldData, method, training: { ...config.training, learningRate } },
    ];
    for (const version of versions) check(parseRunConfig(version));
    let refused = 0;
    const run = async (version: unknown, injuries: readonly Change[]): Promise<void> => {
      const file = injuries.reduce((value, change) => change(value), version);
      const read = await answersOrRefuses(() => parseRunConfig(file));
      if (read) check(read);
      else refused++;
    };
    const some = fc.array(changes, { minLength: 1, maxLength: 3 });
    await fc.assert(fc.asyncProperty(fc.constantFrom(...versions), some, run), { seed: 85, numRuns: 3000 });
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(2990);
  });

  it.each([
    ["nothing", ""],
    ["null", "null"],
    ["a number", "7"],
    ["a list", "[]"],
    ["a text", '"run"'],
    ["another program's file", '{"config": null, "model": 1}'],
    ["lists without end", "[".repeat(200_000)],
  ])("of %s is refused by name", async (_, content) => {
    expect(await answersOrRefuses(() => parseRunFile(content))).toBeUndefined();
  });
});
