/** Every decoder of the registry keeps one contract; then what is special about each. */
import { afterAll, describe, expect, it } from "vitest";
import { backbones } from "../../src/core/backbones/registry";
import { aspp, neighbours, ratesOn } from "../../src/core/decoders/aspp";
import { hrnet } from "../../src/core/decoders/hrnet";
import { type DecoderChoice, type DecoderId, decoders } from "../../src/core/decoders/registry";
import type { Executor } from "../../src/core/exec/executor";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { createTfExecutor } from "../../src/core/exec/tf/executor";
import { Builder } from "../../src/core/graph/builder";
import { sizeOf } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { blankWeights } from "../../src/core/model/blank";
import { evaluateGraph, outputs, trainGraph } from "../../src/core/model/graphs";
import { buildModel } from "../../src/core/model/model";
import { PARAMETERS } from "../../src/core/nn/forward";
import { ParameterStore } from "../../src/core/nn/parameters";
import { normals } from "../reference/data";
import { DECODER_BATCH, DECODER_IMAGE, decoderCase, decoderTasks, settled } from "../reference/decoderCase";
import { evaluate } from "../reference/evaluate";
import { relativeError } from "../reference/executors";

const ids = Object.keys(decoders) as DecoderId[];
const FLOAT32_TOLERANCE = 2e-5;
const executors: readonly Executor[] = [
  await createTfExecutor("cpu"),
  createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" }),
];
afterAll(() => Promise.all(executors.map((executor) => executor.dispose())));

const run = (id: DecoderId, options: Parameters<typeof decoderCase>[1]) => {
  const { graph, feeds, states } = decoderCase(id, options);
  return evaluate(graph, feeds, states);
};
const gap = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

describe.each(ids)("the decoder %s", (id) => {
  it.each([true, false])("treats one stream for all as the same stream for each (training: %s)", (training) => {
    const [one, each] = [run(id, { training }).outputs, run(id, { training, perTask: true }).outputs];
    for (const { id: task, channels } of decoderTasks) {
      expect(one[task]!.length).toBe(DECODER_BATCH * DECODER_IMAGE ** 2 * channels);
      expect(gap(one[task]!, each[task]!)).toBeLessThan(1e-12);
      expect(Math.max(...one[task]!.map(Math.abs))).toBeGreaterThan(0.01);
    }
  });

  it("moves running statistics a tenth of the way to the batch's, and only while training", () => {
    const { states } = decoderCase(id, { training: false });
    const [still, moved] = [run(id, { training: false }).states, settled(run(id, { training: true }).states)];
    const names = [...states.keys()].filter((name) => name !== PARAMETERS);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) {
      expect(gap(still.get(name)!, states.get(name)!)).toBe(0);
      expect(gap(moved.get(name)!, states.get(name)!)).toBeGreaterThan(1e-4);
      if (name.endsWith("running_var")) expect(Math.min(...moved.get(name)!)).toBeGreaterThanOrEqual(0.9);
    }
  });

  it("gives in evaluation what it gave in training, once the running statistics are the batch's", () => {
    const training = decoderCase(id, { training: true, settings: { momentum: 1 } });
    const first = evaluate(training.graph, training.feeds, training.states);
    const rows = (name: string): number => DECODER_BATCH * (name.includes("pooling") ? 1 : 16);
    // Running variances are unbiased, a batch's own is not.
    const biased = new Map(
      [...settled(first.states)].map(([name, x]) => [
        name,
        name.endsWith("running_var") ? x.map((v) => (v * (rows(name) - 1)) / rows(name)) : x,
      ]),
    );
    const evaluation = decoderCase(id, { training: false });
    const second = evaluate(evaluation.graph, evaluation.feeds, biased);
    for (const { id: task } of decoderTasks)
      expect(gap(first.outputs[task]!, second.outputs[task]!)).toBeLessThan(1e-9);
  });

  it.each([true, false])(
    "its gradients agree with central differences, parameter by parameter (training: %s)",
    (training) => {
      const { layout, graph, feeds, states } = decoderCase(id, { training });
      const flat = states.get(PARAMETERS)!;
      const gradient = evaluate(graph, feeds, states).outputs["gradient"]!;
      const draw = random(11, "directions");
      for (const { name, offset, shape } of layout.parameters) {
        const direction = new Float64Array(layout.size);
        for (let i = 0; i < sizeOf(shape); i++) direction[offset + i] = draw.normal();
        const loss = (step: number): number => {
          const moved = Float64Array.from(flat, (x, i) => x + step * direction[i]!);
          return evaluate(graph, feeds, new Map<string, ArrayLike<number>>([...states, [PARAMETERS, moved]])).outputs[
            "loss"
          ]![0]!;
        };
        const h = 1e-6;
        const numeric = (loss(h) - loss(-h)) / (2 * h);
        const analytic = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
        expect(Math.abs(analytic - numeric), name).toBeLessThan(1e-5 * Math.max(1, Math.abs(numeric)));
        // With a batch's own statistics, shifts in front of a batch norm are taken away again.
        if (!training)
          expect(Math.max(...gradient.subarray(offset, offset + sizeOf(shape)).map(Math.abs)), name).toBeGreaterThan(
            1e-6,
          );
      }
    },
  );

  it.each(executors.map((executor) => [executor.kind, executor] as const))(
    "runs on %s as in float64",
    async (_, executor) => {
      for (const training of [true, false]) {
        const { graph, feeds, states } = decoderCase(id, { training });
        for (const [name, data] of states) executor.writeState(name, data);
        const plan = await executor.compile(graph);
        const [found, truth] = [await plan.run(feeds), evaluate(graph, feeds, states)];
        for (const [name, numbers] of Object.entries(truth.outputs))
          expect(relativeError(found[name]!, numbers), name).toBeLessThan(FLOAT32_TOLERANCE);
        for (const [name, numbers] of truth.states)
          expect(relativeError(await executor.readState(name), numbers), name).toBeLessThan(FLOAT32_TOLERANCE);
        plan.dispose();
      }
    },
  );

  it.each(Object.keys(backbones) as (keyof typeof backbones)[])(
    "builds on %s, for one task and for three",
    (backbone) => {
      for (const tasks of [
        [{ id: "depth" }],
        [{ id: "semseg", classes: 5 }, { id: "normals" }, { id: "sal" }],
      ] as const) {
        const model = buildModel({ backbone, method: { id: "decoderOnly" }, decoder: { id } as DecoderChoice, tasks });
        const weights = blankWeights(model);
        const { outputs: found } = evaluateGraph(model, weights, { batch: 1 });
        const shapes = new Map(found.map(({ name, value }) => [name, value.shape]));
        for (const { id: task, channels } of model.tasks)
          expect(shapes.get(outputs.logits(task))).toEqual([1, model.imageSize, model.imageSize, channels]);
        expect(trainGraph(model, weights, { batch: 1 }).updates.length).toBeGreaterThan(1);
        expect(model.layout.parameters.every((p) => p.trainable === !p.name.startsWith("backbone."))).toBe(true);
      }
    },
  );
});

it("the downsamplers ask for one width a map", () => {
  const context = {
    store: new ParameterStore(() => true),
    features: [],
    widths: [18],
    tasks: decoderTasks,
    imageSize: 8,
  };
  expect(() => hrnet.build(hrnet.defaults, context)).toThrow(/1 widths, the backbone 0 maps/);
});

describe("the rates of ASPP", () => {
  it("are the released code's on its map of side 56 and the paper's at half of it", () => {
    expect(ratesOn(56, aspp.defaults)).toEqual([12, 24, 36]);
    expect(ratesOn(28, aspp.defaults)).toEqual([6, 12, 18]);
  });
  it("never fall below 1, and stay as they are where a run says so", () => {
    expect(ratesOn(2, aspp.defaults)).toEqual([1, 1, 1]);
    expect(ratesOn(2, { ...aspp.defaults, ratesSide: 0 })).toEqual([12, 24, 36]);
  });
});

describe("the neighbours of a pixel", () => {
  /** The same by plain loops. x: [M,F,F,C]. */
  function byLoops(x: Float32Array, maps: number, side: number, channels: number, rate: number): number[] {
    const out: number[] = [];
    for (let m = 0; m < maps; m++)
      for (let y = 0; y < side; y++)
        for (let u = 0; u < side; u++)
          for (const dy of [-rate, 0, rate])
            for (const dx of [-rate, 0, rate])
              for (let c = 0; c < channels; c++) {
                const inside = y + dy >= 0 && y + dy < side && u + dx >= 0 && u + dx < side;
                out.push(inside ? x[((m * side + y + dy) * side + u + dx) * channels + c]! : 0);
              }
    return out;
  }

  it.each([1, 2, 3, 7])("stand row by row, zeros beyond the border (rate %i on side 5)", (rate) => {
    const x = normals([2, 5, 5, 3], "neighbours");
    const b = new Builder();
    b.output("seen", neighbours(b, b.input("x", [2, 5, 5, 3]), rate));
    expect([...evaluate(b.build(), { x }).outputs["seen"]!]).toEqual(byLoops(x, 2, 5, 3, rate));
  });
});
