import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRunConfig } from "../../src/contracts/runConfig";
import { type RunState, readRunState, summariseRunState, writeRunState } from "../../src/core/checkpoint/runState";
import { readSealed, writeSealed } from "../../src/core/checkpoint/sealed";
import { presets } from "../../src/runtime/products/catalogue/presets";
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
    run: "one",
    step,
    epoch: 1,
    losses: { depth: step === 20 ? Number.NaN : 1 / step },
    total: 1,
    gradientNorm: 2,
    learningRates: { method: 0.1 },
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
        if (summary)
          expect([typeof summary.config.backbone, Number.isSafeInteger(summary.step)]).toEqual(["string", true]);
        if (summary) known++;
      }),
      { seed: 83, numRuns: 2000 },
    );
    expect(known).toBeGreaterThan(100);
    expect(summariseRunState(new Uint8Array(3))).toBeUndefined();
  });
});
