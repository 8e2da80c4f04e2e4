import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import { sizeOf } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { lora } from "../../src/core/methods/lora";
import { type MtloraSettings, mtlora } from "../../src/core/methods/mtlora";
import { neighboursOfEqual } from "../../src/core/methods/perTask";
import { resolveSettings } from "../../src/core/methods/settings";
import { buildModel, type ModelSpec } from "../../src/core/model/model";
import { Forward, PARAMETERS } from "../../src/core/nn/forward";
import { ParameterStore } from "../../src/core/nn/parameters";
import { type LinearSite, sharedOnly } from "../../src/core/nn/site";
import { initialWeights, type Weights } from "../../src/core/nn/weights";
import { evaluate } from "../reference/evaluate";

const tasks = ["semseg", "normals", "sal"];
const [IN, OUT, TOKENS] = [5, 7, 4];
const streams = { shared: true, tasks };

const siteOf = (ownInputs: boolean): LinearSite => ({
  ...{ name: "site", label: "stage 1, block 2, fc1", kind: "fc1", group: "linear", hasBias: true, stage: 0, block: 1 },
  ...{ inSize: IN, outSize: OUT, parts: 1, tokens: TOKENS, input: ownInputs ? streams : sharedOnly, output: streams },
});

const drawn = (name: string, count: number): Float64Array => {
  const draw = random(2, name);
  return Float64Array.from({ length: count }, () => Math.fround(draw.normal()));
};

/** One site of a method with random numbers everywhere, and its outputs [1+T][L*out] for random inputs [1 or 1+T][L*in]. */
function siteRun(settings: Partial<MtloraSettings>, ownInputs: boolean) {
  const site = siteOf(ownInputs);
  const adapter = mtlora.create(resolveSettings(mtlora, { ...settings, sites: ["fc1"] }));
  const store = new ParameterStore(({ group }) => group === "method");
  const linear = adapter.linear(store, site);
  adapter.finish(store);
  const weights = initialWeights(store.layout(), 1);
  for (const name of weights.names) weights.set(name, drawn(name, sizeOf(weights.shape(name))));
  const count = ownInputs ? 1 + tasks.length : 1;
  const b = new Builder();
  const f = new Forward(b, weights, { training: true, batch: 1 });
  b.output("y", linear(f, b.input("x", [count, 1, TOKENS, IN])));
  const x = drawn("x", count * TOKENS * IN);
  const y = evaluate(b.build(), { x }, new Map([[PARAMETERS, weights.trainable]])).outputs["y"]!;
  const cut = (flat: Float64Array, i: number, size: number) => flat.subarray(i * size, (i + 1) * size);
  return {
    adapter,
    site,
    weights,
    inputs: Array.from({ length: 1 + tasks.length }, (_, i) => cut(x, ownInputs ? i : 0, TOKENS * IN)),
    outputs: Array.from({ length: 1 + tasks.length }, (_, i) => cut(y, i, TOKENS * OUT)),
  };
}

/** x Wᵀ for rows of x, as plain loops. */
function product(x: ArrayLike<number>, w: ArrayLike<number>, inSize: number): Float64Array {
  const [rows, outSize] = [x.length / inSize, w.length / inSize];
  return Float64Array.from({ length: rows * outSize }, (_, i) => {
    const [row, out] = [Math.floor(i / outSize), i % outSize];
    let sum = 0;
    for (let k = 0; k < inSize; k++) sum += x[row * inSize + k]! * w[out * inSize + k]!;
    return sum;
  });
}

const plus = (...terms: readonly Float64Array[]): Float64Array =>
  terms[0]!.map((_, i) => terms.reduce((sum, term) => sum + term[i]!, 0));
const gap = (a: ArrayLike<number>, b: Float64Array): number => Math.max(...b.map((x, i) => Math.abs(x - a[i]!)));

const frozen = (weights: Weights, x: ArrayLike<number>): Float64Array =>
  product(x, weights.get("site.weight"), IN).map((y, i) => y + weights.get("site.bias")[i % OUT]!);
function term(weights: Weights, which: readonly [string, string], x: ArrayLike<number>): Float64Array {
  const a = weights.get(`site.${which[0]}`);
  return product(product(x, a, IN), weights.get(`site.${which[1]}`), a.length / IN).map((y) => 3 * y);
}
const shared = ["lora_shared_A", "lora_shared_B"] as const;
const own = (task: string) => [`lora_tasks_A.${task}`, `lora_tasks_B.${task}`] as const;

/** Rows of OUT numbers, normalised, then gain and shift. */
function layerNorm(weights: Weights, x: Float64Array): Float64Array {
  const [gain, shift] = [weights.get("site.lora_norm.weight"), weights.get("site.lora_norm.bias")];
  return x.map((value, i) => {
    const row = x.subarray(i - (i % OUT), i - (i % OUT) + OUT);
    const mean = row.reduce((sum, v) => sum + v, 0) / OUT;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / OUT;
    return ((value - mean) / Math.sqrt(variance + 1e-5)) * gain[i % OUT]! + shift[i % OUT]!;
  });
}

describe.each([false, true])("MTLoRA's output is its formula where tasks have inputs of their own: %s", (ownInputs) => {
  const ranks = { rankShared: 3, rankTask: { semseg: 2, normals: 2, sal: 1 }, scale: 3, reference: true };

  it.each(["matrix", "matrixv2"] as const)("%s", (mode) => {
    const { weights, inputs, outputs } = siteRun({ ...ranks, mode }, ownInputs);
    const base = frozen(weights, inputs[0]!);
    const both = plus(base, term(weights, shared, inputs[0]!));
    expect(gap(outputs[0]!, both)).toBeLessThan(1e-12);
    for (const [i, task] of tasks.entries()) {
      const truth = plus(mode === "matrix" ? base : both, term(weights, own(task), inputs[i + 1]!));
      expect(gap(outputs[i + 1]!, truth), task).toBeLessThan(1e-12);
    }
  });

  it("addition", () => {
    const { weights, inputs, outputs } = siteRun({ ...ranks, mode: "addition" }, ownInputs);
    const base = frozen(weights, inputs[0]!);
    const ofTasks = tasks.map((task, i) => plus(base, term(weights, own(task), inputs[i + 1]!)));
    for (const [i, truth] of ofTasks.entries()) expect(gap(outputs[i + 1]!, truth)).toBeLessThan(1e-12);
    expect(gap(outputs[0]!, plus(base, layerNorm(weights, plus(...ofTasks))))).toBeLessThan(1e-11);
  });
});

describe("MTLoRA's merged weight", () => {
  it.each(["matrix", "matrixv2", "addition"] as const)("stands for every stream that is a linear map: %s", (mode) => {
    const { adapter, site, weights, inputs, outputs } = siteRun({ mode, rankShared: 3, rankTask: 2, scale: 3 }, false);
    for (const [i, stream] of ["shared", ...tasks].entries()) {
      const map = adapter.merged(weights, site, stream);
      if (mode === "addition" && stream === "shared") expect(map).toBeUndefined();
      else {
        const y = product(inputs[0]!, map!.weight, IN).map((v, k) => v + map!.bias![k % OUT]!);
        expect(gap(y, outputs[i]!), stream).toBeLessThan(1e-5);
      }
    }
  });

  it("is none for a task with an input of its own, whose output has the frozen weight on the shared one", () => {
    const { adapter, site, weights } = siteRun({ rankShared: 3, rankTask: 2 }, true);
    expect(tasks.map((task) => adapter.merged(weights, site, task))).toEqual([undefined, undefined, undefined]);
    expect(adapter.merged(weights, site, "shared")).toBeDefined();
  });
});

describe("the very last layer's shared update", () => {
  const dead = (mode: MtloraSettings["mode"], reference: boolean) => {
    const spec: ModelSpec = {
      backbone: "micro",
      method: { id: "mtlora", settings: { mode, reference, rankShared: 2, rankTask: 2 } },
      tasks: [{ id: "depth" }, { id: "sal" }],
    };
    const { method: adapter, layout } = buildModel(spec);
    const last = /^backbone\.layers\.1\.blocks\.1\.mlp\.fc2\.lora_(shared|norm)/;
    return {
      dead: adapter.dead,
      declared: layout.parameters.map(({ name }) => name).filter((name) => last.test(name)),
    };
  };

  it.each([
    ["matrix", ["lora_shared_A", "lora_shared_B"]],
    ["addition", ["lora_norm.weight", "lora_norm.bias"]],
  ] as const)("is declared in mode %s only by request, and then called dead", (mode, ends) => {
    const names = ends.map((end) => `backbone.layers.1.blocks.1.mlp.fc2.${end}`);
    expect(dead(mode, false)).toEqual({ dead: [], declared: [] });
    expect(dead(mode, true)).toEqual({ dead: names, declared: names });
  });

  it("is alive in mode matrixv2, whose task outputs read it", () => {
    expect(dead("matrixv2", false).declared.length).toBe(2);
    expect(dead("matrixv2", true).dead).toEqual([]);
  });
});

describe("a configuration that cannot be", () => {
  const build = (adapter: ModelSpec["method"], backbone: ModelSpec["backbone"] = "micro") =>
    buildModel({ backbone, method: adapter, tasks: [{ id: "semseg", classes: 3 }, { id: "sal" }] });

  it.each([
    [
      "rank",
      () => build({ id: "lora", settings: { rank: 9 } }),
      /method\.settings\.rank is 9, but stage 1, block 1, qkv is a 24×8 matrix; allowed: 1 to 8/,
    ],
    [
      "shared rank",
      () => build({ id: "mtlora", settings: { rankShared: 16 } }),
      /method\.settings\.rankShared is 16.*allowed: 1 to 8/,
    ],
    [
      "task rank",
      () => build({ id: "mtlora", settings: { rankShared: 4, rankTask: 9 } }),
      /method\.settings\.rankTask is 9, but stage 1, block 2, proj is a 8×8 matrix/,
    ],
    [
      "one task's rank",
      () => build({ id: "mtlora", settings: { rankShared: 4, rankTask: { semseg: 2, sal: 9 } } }),
      /method\.settings\.rankTask\.sal is 9/,
    ],
    [
      "a rank for a task that is not there",
      () => build({ id: "mtlora", settings: { rankShared: 4, rankTask: { semseg: 2, sal: 2, depth: 2 } } }),
      /method\.settings\.rankTask names the task depth.*semseg, sal/,
    ],
    [
      "no rank for a task",
      () => build({ id: "mtlora", settings: { rankShared: 4, rankTask: { semseg: 2 } } }),
      /method\.settings\.rankTask has no number for sal/,
    ],
    [
      "a rank of zero",
      () => build({ id: "lora", settings: { rank: 0 } }),
      /method\.settings\.rank is 0; allowed: a whole number from 1/,
    ],
    [
      "a scale that is not finite",
      () => build({ id: "mtlora", settings: { scale: Number.NaN } }),
      /method\.settings\.scale is .*allowed/,
    ],
    [
      "an unknown site",
      () => build({ id: "lora", settings: { sites: ["fc3" as "fc1"] } }),
      /method\.settings\.sites is "fc3"; allowed: a list of qkv, proj, fc1, fc2, reduction/,
    ],
    [
      "patch merging where there is none",
      () => build({ id: "lora", settings: { sites: ["reduction"] } }, "micro-vit"),
      /method\.settings\.sites is \[reduction\].*no such layer/,
    ],
  ])("is refused by name: %s", (_what, attempt, message) => expect(attempt).toThrow(message));
});

it("LoRA's update has the scale alpha / r", () => {
  const adapter = lora.create({ rank: 2, alpha: 6, sites: ["fc1"] });
  const store = new ParameterStore(({ group }) => group === "method");
  const site = { ...siteOf(false), output: sharedOnly };
  adapter.linear(store, site);
  const weights = initialWeights(store.layout(), 1);
  weights.get("site.lora_B").fill(1);
  const a = weights.get("site.lora_A");
  const update = adapter.merged(weights, site, "shared")!.weight.map((w, i) => w - weights.get("site.weight")[i]!);
  expect(update[0]).toBeCloseTo(3 * (a[0]! + a[IN]!), 5);
  expect(Math.max(...a.map(Math.abs))).toBeLessThanOrEqual(Math.fround(1 / Math.sqrt(IN)));
});

it("neighbours of an equal number make up runs; no tasks make none", () => {
  const ranks: Readonly<Record<string, number>> = { semseg: 2, normals: 2, sal: 1 };
  expect(neighboursOfEqual(tasks, (task) => ranks[task]!)).toEqual([
    [2, ["semseg", "normals"]],
    [1, ["sal"]],
  ]);
  expect(neighboursOfEqual([], () => 1)).toEqual([]);
});
