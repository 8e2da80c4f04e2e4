/** A comparison that trains, on the smallest model: stopped, gone on with, and the same however it got there. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findContestants } from "../../src/runtime/products/catalogue/contestants";
import { folderStore, openLab } from "../../src/runtime/session/node/comparisonLab";
import { readRuns } from "../../src/runtime/session/node/storedRuns";
import { gather, type Progress, runComparison, timeComparison } from "../../src/runtime/studies/compare/driver";
import type { Budget, Comparison } from "../../src/runtime/studies/compare/plan";
import type { RunResult } from "../../src/runtime/studies/compare/result";
import { summarise } from "../../src/runtime/studies/compare/summary";
import { preset } from "./open";

const micro = preset("micro");
const comparisonOf = (ids: readonly string[], budget: Budget = { steps: 3 }): Comparison => ({
  base: { ...micro, device: "wasm", data: { ...micro.data, train: 8, val: 4 } },
  contestants: findContestants(ids),
  seeds: 2,
  factors: [0.5, 1],
  budget,
  choosing: 4,
  backboneHash: "random micro",
});

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "compare-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs it in the folder; returns how many runs were trained anew. */
async function run(
  comparison: Comparison,
  onStep: Progress["onStep"] = () => {},
  signal = new AbortController().signal,
) {
  const lab = await openLab({ base: comparison.base, threads: 1, choosing: comparison.choosing });
  let trained = 0;
  const progress: Progress = {
    onRun: () => {},
    onStep,
    onResult: (_, isNew) => {
      if (isNew) trained++;
    },
  };
  try {
    await runComparison(comparison, comparison.contestants, lab, await folderStore(folder), progress, signal);
  } finally {
    await lab.dispose();
  }
  return trained;
}

const summaryOf = async (comparison: Comparison) => {
  const store = await folderStore(folder);
  const all = comparison.contestants.map(async (contestant) => ({
    contestant,
    models: await gather(comparison, contestant, store),
    stepBytes: 0,
  }));
  const { rows } = summarise(comparison, await Promise.all(all));
  return rows.map(({ stepMs: _, ...row }) => row);
};

describe("a comparison", () => {
  const comparison = comparisonOf(["single-full", "norms"]);

  it("stopped in the middle of a run goes on with that run and comes to the very same numbers", async () => {
    const abort = new AbortController();
    let steps = 0;
    const stopLater = (): void => {
      if (++steps === 5) abort.abort(new Error("stopped by the test"));
    };
    await expect(run(comparison, stopLater, abort.signal)).rejects.toThrow("stopped by the test");
    expect(await readdir(folder)).toHaveLength(1);
    // Two models with two rates and a second seed each, and the norms likewise: nine runs, one of them kept.
    expect(await run(comparison)).toBe(8);
    const first = await summaryOf(comparison);
    expect(first.map(({ id }) => id)).toEqual(["single-full", "norms"]);
    for (const { tasks, deltaM } of first) {
      expect(tasks.map(({ score }) => score.values.length)).toEqual([2, 2]);
      expect(deltaM!.values).toHaveLength(2);
    }
    expect(await run(comparison)).toBe(0);
    await rm(folder, { recursive: true });
    expect(await run(comparison)).toBe(9);
    expect(await summaryOf(comparison)).toEqual(first);
  });

  it("records each run where it is asked to, with the steps and metrics of its result", async () => {
    const one = { ...comparisonOf(["norms"]), seeds: 1, factors: [1] };
    const records = join(folder, "records");
    const lab = await openLab({ base: one.base, threads: 1, choosing: one.choosing, records });
    const results: RunResult[] = [];
    const progress = { onRun: () => {}, onStep: () => {}, onResult: (result: RunResult) => results.push(result) };
    const { signal } = new AbortController();
    await runComparison(one, one.contestants, lab, await folderStore(join(folder, "results")), progress, signal);
    await lab.dispose();
    const [stored] = await readRuns([records], expect.fail);
    expect(stored).toMatchObject({ state: "finished", step: 3, config: results[0]!.config });
    expect(stored!.metrics).toEqual(results[0]!.reported);
    expect(stored!.evaluations.map(({ step }) => step)).toEqual([3]);
  });

  it("names a damaged result, and repeats its run when it is gone", async () => {
    const one = comparisonOf(["decoders"]);
    expect(await run(one)).toBe(2);
    const path = join(folder, (await readdir(folder))[0]!);
    await writeFile(path, (await readFile(path, "utf8")).slice(0, 100));
    await expect(run(one)).rejects.toThrow(`${path} is damaged`);
    await rm(path);
    expect(await run(one)).toBe(1);
  });

  it("times each model once, on its own", async () => {
    const one = comparisonOf(["decoders", "norms"]);
    const lab = await openLab({ base: one.base, threads: 1, choosing: one.choosing });
    const store = await folderStore(folder);
    const timed: string[] = [];
    const { signal } = new AbortController();
    const time = () => timeComparison(one, lab, store, ({ id }) => timed.push(id), signal);
    await time();
    await time();
    await lab.dispose();
    expect(timed).toEqual(["decoders", "norms"]);
    const [model] = await gather(one, one.contestants[0]!, store);
    expect(model!.time!.stepMs).toBeGreaterThan(0);
  });

  it("of equal seconds measures each contestant once and takes the steps that fit", async () => {
    const timed = comparisonOf(["norms"], { seconds: 0.2 });
    await run(timed);
    const [row] = await summaryOf(timed);
    expect(row!.models[0]!.steps).toBeGreaterThan(0);
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
    const steps = files.map((text) => JSON.parse(text).config.training.steps);
    expect(new Set(steps).size).toBe(1);
  });

  it("keeps what diverged as such and gives it no row", async () => {
    const { base } = comparison;
    const hot = comparisonOf(["norms"]);
    const training = { ...base.training, clipNorm: 0, learningRate: { method: 10, backbone: 10, decoders: 10 } };
    const steep = { ...hot, base: { ...base, training }, factors: [1e30], budget: { steps: 30 } };
    await run(steep);
    expect(await summaryOf(steep)).toEqual([]);
    const store = await folderStore(folder);
    const [model] = await gather(steep, steep.contestants[0]!, store);
    expect(model!.sweep.map(({ diverged }) => diverged)).toEqual([true]);
    expect(model!.factor).toBeUndefined();
  });
});
