import { beforeAll, describe, expect, it } from "vitest";
import { backbones } from "../../src/core/backbones/registry";
import type { Feeds } from "../../src/core/exec/executor";
import { totals } from "../../src/core/graph/cost";
import { type Graph, sizeOf } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import type { DitaskSettings } from "../../src/core/methods/ditask";
import { FLOW_TIME, SPECTRUM_GAIN, SPECTRUM_OVERRIDDEN, SPECTRUM_OVERRIDE } from "../../src/core/methods/spectralWarp";
import { blankWeights } from "../../src/core/model/blank";
import { evaluateGraph, GRADIENT, inputs, outputs, trainGraph } from "../../src/core/model/graphs";
import { buildModel, type Model, type ModelSpec } from "../../src/core/model/model";
import { applyGraph, decaysOf, FIRST_MOMENT, optimiserGroups } from "../../src/core/model/optimiser";
import { decomposeSites } from "../../src/core/model/spectra";
import { initialStates } from "../../src/core/model/states";
import { DROP_PATH, dropPathMasks } from "../../src/core/nn/dropPath";
import { PARAMETERS } from "../../src/core/nn/forward";
import { initialWeights, type Weights } from "../../src/core/nn/weights";
import { optimiserInputs } from "../../src/core/optim/adamw";
import { evaluate } from "../reference/evaluate";

const BATCH = 2;
const tasks: ModelSpec["tasks"] = [{ id: "semseg", classes: 3 }, { id: "depth" }, { id: "normals" }, { id: "sal" }];

interface Ready {
  readonly model: Model;
  readonly weights: Weights;
  readonly feeds: Record<string, Float32Array>;
}

/** A model of two tiny stages with random weights, and a random batch for it. */
function prepare(spec: Partial<ModelSpec> = {}, thetaScale = 0.5): Ready {
  const model = buildModel({
    backbone: "micro",
    backboneSettings: { embed: 4, depths: [2, 1], dropPath: 0, window: 4 },
    method: { id: "ditask" },
    tasks,
    ...spec,
  });
  const weights = initialWeights(model.layout, 3);
  const draw = random(5, "numbers");
  // Large weights and warps, so that every path carries a gradient that can be told from rounding.
  for (const p of model.layout.parameters) {
    const scale = p.group === "theta" ? thetaScale : p.group === "linear" ? 0.3 : 0.1;
    weights.set(
      p.name,
      weights.get(p.name).map((x) => x + scale * draw.normal()),
    );
  }
  decomposeSites(model, weights);
  return { model, weights, feeds: batchFor(model) };
}

function batchFor(model: Model): Record<string, Float32Array> {
  const draw = random(9, "batch");
  const pixels = BATCH * model.imageSize ** 2;
  const numbers = (count: number, f: (i: number) => number) => Float32Array.from({ length: count }, (_, i) => f(i));
  const feeds: Record<string, Float32Array> = {
    [inputs.image]: numbers(pixels * 3, () => draw.normal()),
    [inputs.taskWeights]: Float32Array.from(model.tasks, ({ task }) => task.objective.weight),
    [inputs.accumulate]: Float32Array.of(0),
    [inputs.label("semseg")]: numbers(pixels, () => (draw.uniform() < 0.1 ? 255 : draw.int(3))),
    [inputs.label("depth")]: numbers(pixels, () => (draw.uniform() < 0.1 ? 255 : 5 + draw.uniform())),
    [inputs.label("sal")]: numbers(pixels, () => (draw.uniform() < 0.1 ? 255 : draw.int(2))),
    // Beyond any prediction, so that no residual of the L1 loss changes its sign while parameters are moved.
    [inputs.label("normals")]: numbers(pixels * 3, (i) => (i % 3 === 2 ? 1.5 : -1.5)),
  };
  if (model.method.curves.length > 0) feeds[FLOW_TIME] = Float32Array.of(1);
  if (model.dropPaths.branches.length > 0) feeds[DROP_PATH] = dropPathMasks(model.dropPaths, BATCH, random(4, "drop"));
  return feeds;
}

function states({ weights }: Ready, flat: ArrayLike<number> = weights.trainable) {
  return new Map<string, ArrayLike<number>>([...initialStates(weights), [PARAMETERS, flat]]);
}

const inference = ({ feeds }: Ready): Feeds =>
  Object.fromEntries(Object.entries(feeds).filter(([name]) => name === inputs.image || name === FLOW_TIME));

const logitsOf = (ready: Ready, extra: Feeds = {}, graph?: Graph) =>
  evaluate(
    graph ?? evaluateGraph(ready.model, ready.weights, { batch: BATCH }),
    { ...inference(ready), ...extra },
    states(ready),
  ).outputs;

/** Largest difference over all tasks' logits, relative to the largest logit. */
function logitGap(a: ReturnType<typeof logitsOf>, b: ReturnType<typeof logitsOf>): number {
  let [gap, scale] = [0, 0];
  for (const { id } of tasks)
    a[outputs.logits(id)]!.forEach((x, i) => {
      gap = Math.max(gap, Math.abs(x - b[outputs.logits(id)]![i]!));
      scale = Math.max(scale, Math.abs(x));
    });
  return gap / scale;
}

const copyShared = (from: Weights, to: Weights): void => {
  for (const name of to.names) if (from.has(name)) to.set(name, from.get(name));
};

describe("the training step's gradient", () => {
  let ready: Ready;
  let gradient: Float64Array;
  let graph: Graph;
  beforeAll(() => {
    ready = prepare({ backboneSettings: { embed: 4, depths: [2, 1], dropPath: 0.3, window: 4 } });
    graph = trainGraph(ready.model, ready.weights, { batch: BATCH });
    gradient = evaluate(graph, ready.feeds, states(ready)).states.get(GRADIENT)!;
  });

  it.each(["theta", "norm", "patch_embed", "patch_merging", "position_bias", "downsampler", "head"] as const)(
    "agrees with central differences along a random direction of %s",
    (group) => {
      const { model, weights, feeds } = ready;
      const draw = random(11, group);
      const direction = new Float64Array(model.layout.size);
      for (const p of model.layout.parameters.filter((p) => p.group === group))
        for (let i = 0; i < sizeOf(p.shape); i++) direction[p.offset + i] = draw.normal();
      const loss = (step: number): number => {
        const moved = Float64Array.from(weights.trainable, (x, i) => x + step * direction[i]!);
        return evaluate(graph, feeds, states(ready, moved)).outputs[outputs.total]![0]!;
      };
      // Short steps, because the heads' ReLUs and the index of a warp have kinks.
      const h = 1e-6;
      const numeric = (loss(h) - loss(-h)) / (2 * h);
      const analytic = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
      const length = Math.hypot(...gradient.filter((_, i) => direction[i] !== 0));
      expect(length).toBeGreaterThan(1e-3);
      expect(Math.abs(analytic - numeric) / length).toBeLessThan(1e-4);
    },
  );

  it("is zero in the padding between parameters", () => {
    const used = new Uint8Array(ready.model.layout.size);
    for (const p of ready.model.layout.parameters.filter((p) => p.trainable))
      used.fill(1, p.offset, p.offset + sizeOf(p.shape));
    expect(used.filter((u) => u === 0).length).toBeGreaterThan(0);
    expect(gradient.filter((_, i) => used[i] === 0).every((g) => g === 0)).toBe(true);
  });

  it("reaches every trained parameter", () => {
    const silent = ready.model.layout.parameters.filter(
      (p) => p.trainable && gradient.subarray(p.offset, p.offset + sizeOf(p.shape)).every((g) => Math.abs(g) < 1e-12),
    );
    // A bias in front of a batch norm is taken away again by its mean.
    expect(silent.map((p) => p.name).filter((name) => !name.endsWith("mix.bias"))).toEqual([]);
  });

  it("adds up over micro-batches", () => {
    const { feeds } = ready;
    const first = evaluate(graph, feeds, states(ready)).states;
    const again = { ...feeds, [inputs.accumulate]: Float32Array.of(1) };
    const second = evaluate(graph, again, first).states.get(GRADIENT)!;
    const scale = Math.max(...gradient.map(Math.abs));
    expect(Math.max(...second.map((g, i) => Math.abs(g - 2 * gradient[i]!)))).toBeLessThan(1e-12 * scale);
  });

  it("is zero, and so are the losses, where no pixel is labelled", () => {
    const ignored = Object.fromEntries(
      Object.entries(ready.feeds).map(([name, x]) => [name, name.startsWith("label.") ? x.map(() => 255) : x]),
    );
    const result = evaluate(graph, ignored, states(ready));
    expect(result.outputs[outputs.total]![0]).toBe(0);
    expect(result.states.get(GRADIENT)!.every((g) => g === 0)).toBe(true);
  });

  it("holds one warp of all singular values, and its derivative", () => {
    const count = (name: string) => graph.nodes.filter((node) => node.op.name === name).length;
    expect([count("spectrumWarp"), count("spectrumWarpGrad")]).toEqual([1, 1]);
  });
});

describe("DiTASK", () => {
  const decoders = prepare({ method: { id: "decoderOnly" } });
  const adapted = (settings: Partial<DitaskSettings>, thetaScale: number): Ready => {
    const ready = prepare({ method: { id: "ditask", settings } }, thetaScale);
    copyShared(decoders.weights, ready.weights);
    decomposeSites(ready.model, ready.weights);
    return ready;
  };
  const frozen = logitsOf(decoders);

  it.each(["value", "index"] as const)("starts as the pretrained model (%s-warp)", (reading) => {
    expect(logitGap(logitsOf(adapted({ reading }, 0)), frozen)).toBeLessThan(1e-5);
  });

  it("is the pretrained model at flow time 0, whatever theta is", () => {
    const ready = adapted({}, 0.5);
    expect(logitGap(logitsOf(ready, { [FLOW_TIME]: Float32Array.of(0) }), frozen)).toBeLessThan(1e-5);
    expect(logitGap(logitsOf(ready), frozen)).toBeGreaterThan(1e-3);
  });

  it("gives the same by factored, merged and chosen evaluation", () => {
    const [factored, merged, auto] = (["factored", "merged", "auto"] as const).map((evaluation) =>
      logitsOf(adapted({ evaluation }, 0.5)),
    );
    expect(logitGap(factored!, merged!)).toBeLessThan(1e-6);
    expect(logitGap(factored!, auto!)).toBeLessThan(1e-6);
    expect(logitGap(factored!, frozen)).toBeGreaterThan(1e-3);
  });

  it("gives all tasks one stream where only the shared warp is wanted", () => {
    const { model } = adapted({ streams: "shared" }, 0.5);
    expect(model.backbone.features.every(({ streams }) => streams.tasks.length === 0)).toBe(true);
    expect(model.method.curves.every(({ stream }) => stream === "shared")).toBe(true);
  });

  it("leaves the shared stream alone where only task warps are wanted", () => {
    const ready = adapted({ streams: "task" }, 0.5);
    expect(ready.model.method.curves.some(({ stream }) => stream === "shared")).toBe(false);
    const graph = evaluateGraph(ready.model, ready.weights, { batch: BATCH, features: true });
    const plain = evaluateGraph(decoders.model, decoders.weights, { batch: BATCH, features: true });
    const [own, other] = [logitsOf(ready, {}, graph), logitsOf(decoders, {}, plain)];
    const name = outputs.sharedFeature(0);
    expect(Math.max(...own[name]!.map((x, i) => Math.abs(x - other[name]![i]!)))).toBeLessThan(1e-5);
    expect(logitGap(own, frozen)).toBeGreaterThan(1e-3);
  });

  it("lets a gain and an override stand in for the warp", () => {
    const ready = adapted({}, 0.5);
    const graph = evaluateGraph(ready.model, ready.weights, { batch: BATCH, spectrumInputs: true });
    const count = ready.model.method.curves.reduce((n, curve) => n + curve.count, 0);
    const sigma = new Float32Array(count);
    for (const { site, part, offset, count: n } of ready.model.method.curves)
      sigma.set(ready.weights.spectra.get(site.name)!.s.subarray(part * n, (part + 1) * n), offset);
    const feed = (gain: number, overridden: number): Feeds => ({
      [SPECTRUM_GAIN]: new Float32Array(count).fill(gain),
      [SPECTRUM_OVERRIDE]: sigma,
      [SPECTRUM_OVERRIDDEN]: new Float32Array(count).fill(overridden),
    });
    expect(logitGap(logitsOf(ready, feed(1, 0), graph), logitsOf(ready))).toBeLessThan(1e-9);
    expect(logitGap(logitsOf(ready, feed(1, 1), graph), frozen)).toBeLessThan(1e-5);
    expect(logitGap(logitsOf(ready, feed(0.5, 1), graph), frozen)).toBeGreaterThan(1e-3);
  });

  it("says which decomposition is missing", () => {
    const { model } = decoders;
    const bare = buildModel({ ...model.spec, method: { id: "ditask" } });
    expect(() => trainGraph(bare, initialWeights(bare.layout, 1), { batch: 1 })).toThrow(
      /backbone\.layers\.0\.blocks\.0\.attn\.qkv has no singular value decomposition/,
    );
  });
});

describe("the optimiser's step", () => {
  const { model } = prepare();
  const { groupOf, groups } = optimiserGroups(model.layout);
  const groupNamed = (name: string) => groups[groupOf[model.layout.parameters.find((p) => p.name === name)!.offset]!];

  it("decays matrices, and neither theta, vectors nor position bias", () => {
    const site = "backbone.layers.0.blocks.0.attn";
    expect(groupNamed(`${site}.qkv.theta.shared`)).toEqual({ rate: "method", decays: false });
    expect(groupNamed(`${site}.relative_position_bias_table`)).toEqual({ rate: "backbone", decays: false });
    expect(groupNamed("backbone.layers.0.downsample.reduction.weight")).toEqual({ rate: "backbone", decays: true });
    expect(groupNamed("head.depth.last.weight")).toEqual({ rate: "decoders", decays: true });
    expect(groupNamed("head.depth.last.bias")).toEqual({ rate: "decoders", decays: false });
  });

  it("moves each group at its own rate, against the gradient, and clips by the global norm", () => {
    const size = model.layout.size;
    const gradient = new Float64Array(size);
    for (const p of model.layout.parameters.filter((p) => p.trainable))
      for (let i = p.offset; i < p.offset + sizeOf(p.shape); i++) gradient[i] = Math.sin(i + 1);
    const feeds = (clipNorm: number): Feeds => ({
      [optimiserInputs.groupRates]: Float32Array.from([
        ...groups.map(({ rate }) => (rate === "method" ? 0.5 : 0)),
        ...decaysOf({ groupOf, groups }, 0.1),
      ]),
      [optimiserInputs.biasCorrections]: Float32Array.of(0.1, 0.001),
      [optimiserInputs.gradientScale]: Float32Array.of(0.5),
      [optimiserInputs.clipNorm]: Float32Array.of(clipNorm),
      [optimiserInputs.holds]: Float32Array.of(1),
    });
    const zeros = new Float64Array(size);
    const old = new Map<string, ArrayLike<number>>([
      ...initialStates(initialWeights(model.layout, 1)),
      [PARAMETERS, zeros],
      [GRADIENT, gradient],
    ]);
    const graph = applyGraph(model.layout);
    const { outputs: out, states: next } = evaluate(graph, feeds(1e30), old);
    const norm = 0.5 * Math.hypot(...gradient);
    expect(out["gradientNorm"]![0]).toBeCloseTo(norm, 9);
    const moved = next.get(PARAMETERS)!;
    const theta = model.layout.slots.find((slot) => slot.group === "theta")!;
    const inTheta = (i: number) => i >= theta.offset && i < theta.offset + sizeOf(theta.shape);
    expect(moved.every((x, i) => (inTheta(i) ? Math.abs(x + 0.5 * Math.sign(gradient[i]!)) < 1e-3 : x === 0))).toBe(
      true,
    );
    const clipped = evaluate(graph, feeds(norm / 10), old).states.get(FIRST_MOMENT)!;
    const whole = next.get(FIRST_MOMENT)!;
    expect(Math.max(...clipped.map((m, i) => Math.abs(10 * m - whole[i]!)))).toBeLessThan(1e-6);
  });
});

describe("evaluation", () => {
  it("gives numerators and denominators that make up the losses", () => {
    const ready = prepare();
    const graph = evaluateGraph(ready.model, ready.weights, { batch: BATCH, losses: true });
    const out = evaluate(graph, ready.feeds, states(ready)).outputs;
    const labelled = ready.feeds[inputs.label("semseg")]!.filter((x) => x !== 255).length;
    expect(out[outputs.denominator("semseg")]![0]).toBe(labelled);
    expect(out[outputs.numerator("semseg")]![0]! / labelled).toBeGreaterThan(0.1);
  });
});

describe("drop path", () => {
  it("keeps the expected value: masks are 0 or 1 / (1 - rate)", () => {
    const { model } = prepare({ backboneSettings: { embed: 4, depths: [2, 1], dropPath: 0.25, window: 4 } });
    // Four branches with a rate above 0; the last block has a stream a task.
    expect(model.dropPaths.branches.map(({ streams }) => streams)).toEqual([5, 5, 4, 4]);
    const masks = dropPathMasks(model.dropPaths, 500, random(3));
    const last = masks.subarray(masks.length - 4000);
    expect(new Set(last)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    expect(last.reduce((sum, m) => sum + m, 0) / last.length).toBeCloseTo(1, 1);
  });
});

describe("blank weights", () => {
  it("let the whole Swin-T step be counted without running it", () => {
    const model = buildModel({
      backbone: "swin-t",
      method: { id: "ditask" },
      tasks: [{ id: "semseg" }, { id: "sal" }],
    });
    const graph = trainGraph(model, blankWeights(model), { batch: 8 });
    expect(totals(graph).flops).toBeGreaterThan(2e11);
  });

  it.each(Object.keys(backbones) as (keyof typeof backbones)[])("%s builds for every method", (backbone) => {
    for (const id of ["ditask", "full", "decoderOnly"] as const) {
      const model = buildModel({ backbone, method: { id }, tasks: [{ id: "depth" }] });
      const graph = trainGraph(model, blankWeights(model), { batch: 1 });
      expect(graph.updates.map(({ target }) => target.node.attrs["name"])).toContain(GRADIENT);
    }
  });
});
