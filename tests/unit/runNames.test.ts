import { describe, expect, it } from "vitest";
import { parseRunConfig, type RunConfig } from "../../src/contracts/runConfig";
import { automaticNames } from "../../src/contracts/runNames";
import { buildCatalogue } from "../../src/runtime/products/catalogue/catalogue";
import { presets } from "../../src/runtime/products/catalogue/presets";
import { withMethod } from "../../src/runtime/run/prepare/modelSpec";

const { methods } = buildCatalogue([], null, [], undefined);
const base = parseRunConfig(presets[0]!.config);
const lora = withMethod(base, "lora");
const seed = (config: RunConfig, value: number): RunConfig => ({
  ...config,
  training: { ...config.training, seed: value },
});
const rate = (config: RunConfig, method: number): RunConfig => ({
  ...config,
  training: { ...config.training, learningRate: { ...config.training.learningRate, method } },
});
const rank = (config: RunConfig, value: number): RunConfig => ({
  ...config,
  method: { ...config.method, settings: { ...config.method.settings, rank: value } },
});
const named = (...configs: readonly RunConfig[]): readonly string[] => automaticNames(configs, methods);

describe("automatic names of runs", () => {
  it("of no run are none, of one run its method's", () => {
    expect(named()).toEqual([]);
    expect(named(base)).toEqual(["DiTASK"]);
  });

  it("are the methods where nothing else differs, though each has rates of its own", () => {
    expect(lora.training.learningRate).not.toEqual(base.training.learningRate);
    expect(named(base, lora)).toEqual(["DiTASK", "LoRA"]);
  });

  it("tell a setting of the method and a field of the run", () => {
    expect(named(base, rate(rank(lora, 8), 0.003), rate(rank(lora, 32), 0.01))).toEqual([
      "DiTASK",
      "LoRA r=8, lr 0.003",
      "LoRA r=32, lr 0.01",
    ]);
  });

  it("tell the seed of every run where seeds differ", () => {
    expect(named(seed(base, 1), seed(base, 2), seed(lora, 1))).toEqual([
      "DiTASK, seed 1",
      "DiTASK, seed 2",
      "LoRA, seed 1",
    ]);
  });

  it("take a setting that is not named as the method's default", () => {
    expect(named(rank(lora, 3), { ...lora, method: { ...lora.method, settings: {} } })).toEqual([
      "LoRA r=3",
      `LoRA r=${methods.find(({ id }) => id === "lora")!.defaults["rank"]}`,
    ]);
  });

  it("tell tasks, flags, lists and a change in mid-run", () => {
    const flipped = { ...base, data: { ...base.data, augment: { ...base.data.augment, horizontalFlip: false } } };
    const changed = { ...base, changes: [{ step: 40, field: "training.learningRate.method", value: 0.001 }] };
    expect(named({ ...base, tasks: ["semseg", "sal"] }, { ...base, tasks: ["semseg"] })).toEqual([
      "DiTASK, semseg + sal",
      "DiTASK, semseg",
    ]);
    expect(named(base, flipped)).toEqual(["DiTASK, horizontal flip", "DiTASK, no horizontal flip"]);
    expect(named(base, { ...base, decoder: "segformer" })).toEqual(["DiTASK, hrnet", "DiTASK, segformer"]);
    expect(named(base, changed)).toEqual(["DiTASK", "DiTASK, lr 0.001 from step 40"]);
    const decayed = { ...base, changes: [{ step: 40, field: "training.weightDecay", value: 0.1 }] };
    expect(named(base, decayed)[1]).toBe("DiTASK, weight decay 0.1 from step 40");
  });

  it("are numbered where nothing tells two runs apart", () => {
    expect(named(base, base, lora)).toEqual(["DiTASK", "DiTASK (2)", "LoRA"]);
  });

  it("say no more than they must: of many differences two, and a further one only where it tells runs apart", () => {
    const many = seed({ ...base, training: { ...base.training, steps: 9, batchSize: 2, dropPath: 0.1 } }, 4);
    expect(named(base, many)).toEqual(["DiTASK, seed 0, steps 320", "DiTASK, seed 4, steps 9"]);
    const further = { ...many, training: { ...many.training, dropPath: 0.2 } };
    expect(named(base, many, further).slice(1)).toEqual([
      "DiTASK, seed 4, steps 9, drop path 0.1",
      "DiTASK, seed 4, steps 9, drop path 0.2",
    ]);
    expect(named(base, { ...base, tasks: ["depth"] })).toEqual(["DiTASK, 4 tasks", "DiTASK, depth"]);
  });
});
