/** TensorFlow.js's WebGPU backend as an executor: every primitive, and every op by its expansion, against float64. */
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { create } from "webgpu";
import { createTfGpuExecutor, type TfExecutor } from "../../src/core/exec/tf/executor";
import { Builder } from "../../src/core/graph/builder";
import { ops } from "../../src/core/ops/registry";
import { caseErrors, relativeError } from "../reference/executors";
import { primitiveCases } from "../reference/primitiveCases";
import { feedsOf, initial, STEPS, trainGraph, truth } from "../reference/trainingRun";
import { dawnFlags, getTestDevice } from "./device";

const TOLERANCE = 1e-6;

// The entry object of Dawn must outlive the device, or the process aborts when it is collected.
let gpu: GPU;
let executor: TfExecutor;
beforeAll(async () => {
  await getTestDevice();
  gpu = create(dawnFlags);
  executor = await createTfGpuExecutor(gpu);
});
afterAll(() => executor.dispose());

describe.each(Object.entries(primitiveCases))("%s on TensorFlow.js, WebGPU", (_op, cases) => {
  it.each(cases.map((c) => [c.name, c] as const))("%s", async (_name, c) => {
    for (const [name, error] of Object.entries(await caseErrors(executor, c)))
      expect(error, name).toBeLessThan(TOLERANCE);
  });
});
describe.each(ops.map((entry) => [entry.def.name, entry] as const))("%s on TensorFlow.js, WebGPU", (_op, { cases }) => {
  it.each(cases.map((c) => [c.name, c] as const))("%s", async (_name, c) => {
    for (const [name, error] of Object.entries(await caseErrors(executor, c)))
      expect(error, name).toBeLessThan(TOLERANCE);
  });
});

/** Of 20 steps of training, float32 against float64. */
const TRAINING_TOLERANCE = 1e-5;

describe("the executor of TensorFlow.js, WebGPU", () => {
  it("follows a training run in float64, a host op in its middle, in flat memory", async () => {
    const expected = truth();
    for (const [name, data] of initial) executor.writeState(name, data);
    const plan = await executor.compile(trainGraph());
    const losses: number[] = [];
    let flat = 0;
    for (let step = 0; step < STEPS; step++) {
      losses.push((await plan.run(feedsOf(step), ["loss"]))["loss"]![0]!);
      if (step === 2) flat = tf.memory().numTensors;
    }
    expect(tf.memory().numTensors).toBe(flat);
    expect(relativeError(losses, expected.losses)).toBeLessThan(TRAINING_TOLERANCE);
    for (const [name, data] of expected.states)
      expect(relativeError(await executor.readState(name), data), name).toBeLessThan(TRAINING_TOLERANCE);
    plan.dispose();
    await executor.releaseStates();
  });

  it("shares its device with another of its kind, and opens a new one after the last is gone", async () => {
    const double = async (on: TfExecutor): Promise<number> => {
      const b = new Builder();
      b.output("y", b.mul(b.input("x", [1]), 2));
      const plan = await on.compile(b.build());
      const { y } = await plan.run({ x: Float32Array.of(21) });
      plan.dispose();
      return y![0]!;
    };
    const second = await createTfGpuExecutor(gpu);
    await second.dispose();
    await second.dispose();
    expect(await double(executor)).toBe(42);
    await executor.dispose();
    executor = await createTfGpuExecutor(gpu);
    expect(await double(executor)).toBe(42);
  });
});
