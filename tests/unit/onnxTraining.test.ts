/** The executors of the CPU keep one contract: the same training run, step by step, and flat memory. */
import { afterAll, describe, expect, it } from "vitest";
import type { Executor } from "../../src/core/exec/executor";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtNative } from "../../src/core/exec/onnx/loadOrtNative";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { createTfExecutor } from "../../src/core/exec/tf/executor";
import { Builder } from "../../src/core/graph/builder";
import { normals } from "../reference/data";
import { evaluate } from "../reference/evaluate";
import { relativeError } from "../reference/executors";
import { feedsOf, initial, STEPS, trainGraph, truth } from "../reference/trainingRun";

const TOLERANCE = 1e-5;

const native = await loadOrtNative().then(
  (ort) => [createOnnxExecutor(ort, { kind: "onnx-native", threads: 2 })],
  () => [],
);
const executors: readonly Executor[] = [
  await createTfExecutor("cpu"),
  createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" }),
  ...native,
];
afterAll(() => Promise.all(executors.map((executor) => executor.dispose())));
const each = executors.map((executor) => [executor.kind, executor] as const);

describe.each(each)("training on %s", (_kind, executor) => {
  it(`follows float64 for ${STEPS} steps, states and losses`, async () => {
    const expected = truth();
    for (const [name, data] of initial) executor.writeState(name, data);
    const plan = await executor.compile(trainGraph(), "train");
    const losses: number[] = [];
    for (let step = 0; step < STEPS; step++) losses.push((await plan.run(feedsOf(step), ["loss"]))["loss"]![0]!);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    expect(relativeError(losses, expected.losses)).toBeLessThan(TOLERANCE);
    for (const [name, data] of expected.states)
      expect(relativeError(await executor.readState(name), data), name).toBeLessThan(TOLERANCE);
    plan.dispose();
  });
  it("takes effect in call order when runs are not awaited", async () => {
    const b = new Builder();
    const s = b.state("sum", [1]);
    const next = b.add(b.mul(s, 2), b.input("x", [1]));
    b.update(s, next);
    b.output("sum", next);
    executor.writeState("sum", Float32Array.of(1));
    const plan = await executor.compile(b.build());
    const x = Float32Array.of(1);
    const runs = [plan.run({ x })];
    x[0] = 10;
    runs.push(plan.run({ x }));
    const between = executor.readState("sum");
    executor.writeState("sum", Float32Array.of(100));
    runs.push(plan.run({ x }));
    expect((await Promise.all(runs)).map((r) => r["sum"]![0])).toEqual([3, 16, 210]);
    expect([...(await between)]).toEqual([16]);
    plan.dispose();
  });
  it("gives arrays away: writing into a result changes no state", async () => {
    const b = new Builder();
    const s = b.state("kept", [2]);
    b.output("now", s);
    b.output("next", b.add(s, 1));
    b.update(s, b.add(s, 1));
    executor.writeState("kept", Float32Array.of(1, 2));
    const plan = await executor.compile(b.build());
    const first = await plan.run({});
    first["now"]!.fill(-1);
    first["next"]!.fill(-1);
    (await executor.readState("kept")).fill(-1);
    const second = await plan.run({});
    expect([...second["now"]!, ...second["next"]!]).toEqual([2, 3, 3, 4]);
    plan.dispose();
  });
  it("exchanges states, sets them to constants, and shares them between plans", async () => {
    const swap = new Builder();
    const [u, v] = [swap.state("u", [2]), swap.state("v", [2])];
    swap.update(u, v);
    swap.update(v, u);
    const clear = new Builder();
    clear.update(clear.state("u", [2]), clear.full(0, [2]));
    clear.update(clear.state("v", [2]), clear.input("x", [2]));
    executor.writeState("u", Float32Array.of(1, 2));
    executor.writeState("v", Float32Array.of(3, 4));
    const [swapPlan, clearPlan] = [await executor.compile(swap.build()), await executor.compile(clear.build())];
    for (let i = 0; i < 3; i++) await swapPlan.run({});
    expect([...(await executor.readState("u")), ...(await executor.readState("v"))]).toEqual([3, 4, 1, 2]);
    await clearPlan.run({ x: Float32Array.of(7, 8) });
    await swapPlan.run({});
    expect([...(await executor.readState("u")), ...(await executor.readState("v"))]).toEqual([7, 8, 0, 0]);
    swapPlan.dispose();
    clearPlan.dispose();
  });
  it("has flat memory from the third run on", async () => {
    for (const [name, data] of initial) executor.writeState(name, data);
    const plan = await executor.compile(trainGraph());
    for (let step = 0; step < 3; step++) await plan.run(feedsOf(step));
    const held = executor.memory();
    for (let step = 3; step < 8; step++) await plan.run(feedsOf(step));
    expect(executor.memory()).toEqual(held);
    plan.dispose();
  });
  it("says which state, input or output is missing or of a wrong size", async () => {
    const b = new Builder();
    b.output("y", b.add(b.input("x", [2]), b.state("never written", [2])));
    const plan = await executor.compile(b.build());
    const x = new Float32Array(2);
    await expect(plan.run({ x })).rejects.toThrow('State "never written" was never written; call writeState first');
    executor.writeState("never written", new Float32Array(3));
    await expect(plan.run({ x })).rejects.toThrow('State "never written" holds 3 numbers; the graph needs 2');
    await expect(plan.run({})).rejects.toThrow('Input "x" [2] was not fed');
    await expect(plan.run({ x: new Float32Array(1) })).rejects.toThrow('Input "x" needs 2 numbers ([2]); 1 came');
    await expect(plan.run({ x }, ["z"])).rejects.toThrow('Output "z" does not exist; the graph has y');
    await expect(executor.readState("nothing")).rejects.toThrow('State "nothing" was never written');
    executor.writeState("never written", Float32Array.of(1, 2));
    expect([...(await plan.run({ x }))["y"]!]).toEqual([1, 2]);
    plan.dispose();
  });
  it("adds many repeats in scatterAdd, and long sums, as float64 does", async () => {
    const b = new Builder();
    const x = b.input("x", [20011, 4]);
    b.output(
      "rows",
      b.scatterAdd(
        x,
        Int32Array.from({ length: 20011 }, (_, i) => (i * i) % 7),
        7,
      ),
    );
    b.output("columns", b.sum(x, [0]));
    b.output("all", b.sum(x));
    const feeds = { x: normals([20011, 4], "long").map((v) => v + 1) };
    const plan = await executor.compile(b.build());
    const [values, exact] = [await plan.run(feeds), evaluate(b.build(), feeds).outputs];
    for (const name of ["rows", "columns", "all"])
      expect(relativeError(values[name]!, exact[name]!), name).toBeLessThan(TOLERANCE);
    plan.dispose();
  });
});
