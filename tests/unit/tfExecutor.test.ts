import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTfExecutor, type TfExecutor } from "../../src/core/exec/tf/executor";
import { Builder } from "../../src/core/graph/builder";
import { normals } from "../reference/data";
import { evaluate } from "../reference/evaluate";
import { caseErrors, relativeError } from "../reference/executors";
import { primitiveCases } from "../reference/primitiveCases";

const TOLERANCE = 1e-6;

let executor: TfExecutor;
beforeAll(async () => {
  executor = await createTfExecutor("cpu");
});
afterAll(() => executor.dispose());

describe.each(Object.entries(primitiveCases))("%s on TensorFlow.js cpu", (_op, cases) => {
  it.each(cases.map((c) => [c.name, c] as const))("%s agrees with float64, gradients too", async (_name, c) => {
    const errors = await caseErrors(executor, c);
    expect(Object.keys(errors)).not.toHaveLength(0);
    for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThan(TOLERANCE);
  });
});

describe("accuracy on TensorFlow.js cpu", () => {
  it("erf stays within 2e-7 of float64", async () => {
    const b = new Builder();
    const x = b.input("x", [801]);
    b.output("y", b.erf(x));
    const feeds = { x: Float32Array.from({ length: 801 }, (_, i) => (i - 400) / 100) };
    const plan = await executor.compile(b.build());
    const { y } = await plan.run(feeds);
    expect(relativeError(y!, evaluate(b.build(), feeds).outputs["y"]!)).toBeLessThan(2e-7);
    plan.dispose();
  });
  it("a sum of 2^20 numbers, all and along the first axis, stays within 2e-7 of float64", async () => {
    const b = new Builder();
    const x = b.input("x", [1 << 17, 8]);
    b.output("all", b.sum(x));
    b.output("columns", b.sum(x, [0]));
    const feeds = { x: normals([1 << 20], 1).map((v) => v + 1) };
    const plan = await executor.compile(b.build());
    const truth = evaluate(b.build(), feeds).outputs;
    const values = await plan.run(feeds);
    for (const name of ["all", "columns"]) expect(relativeError(values[name]!, truth[name]!)).toBeLessThan(2e-7);
    plan.dispose();
  });
});

describe("the TensorFlow.js executor", () => {
  it("lets every value be inspected by its id, and leaves the states alone", async () => {
    const b = new Builder();
    const x = b.input("x", [2]);
    const s = b.state("s", [2]);
    const doubled = b.mul(x, 2);
    const sum = b.add(doubled, s);
    b.output("sum", sum);
    b.update(s, sum);
    executor.writeState("s", Float32Array.of(10, 20));
    const plan = await executor.compile(b.build());
    const seen = await plan.inspect({ x: Float32Array.of(1, 2) });
    expect([...seen.get(doubled.id)!]).toEqual([2, 4]);
    expect([...seen.get(sum.id)!]).toEqual([12, 24]);
    expect([...(await executor.readState("s"))]).toEqual([10, 20]);
    plan.dispose();
  });
  it("names the op and the limit where a rank does not fit", async () => {
    const b = new Builder();
    b.output("y", b.broadcastTo(b.input("x", [2, 1, 2, 1, 2, 1, 2]), [2, 3, 2, 3, 2, 3, 2]));
    const plan = await executor.compile(b.build());
    await expect(plan.run({ x: new Float32Array(16) })).rejects.toThrow(
      "broadcastTo needs 7 axes even after merging; TensorFlow.js has 6",
    );
    plan.dispose();
  });
  it("frees all tensors of a plan and of a run", async () => {
    const own = await createTfExecutor("cpu");
    const before = tf.memory().numTensors;
    const b = new Builder();
    const x = b.input("x", [3]);
    const s = b.state("s", [3]);
    b.update(s, b.add(s, b.mul(x, b.constant(Float32Array.of(1, 2, 3), [3]))));
    b.output("x", x);
    own.writeState("s", new Float32Array(3));
    const plan = await own.compile(b.build());
    await plan.run({ x: new Float32Array(3) });
    const held = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) await plan.run({ x: new Float32Array(3) });
    expect(tf.memory().numTensors).toBe(held);
    plan.dispose();
    await own.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
