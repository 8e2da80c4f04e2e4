/** Golden losses and optimiser steps in float32, on the executors of the CPU. */
import { afterAll, describe, expect, it } from "vitest";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { createTfExecutor } from "../../src/core/exec/tf/executor";
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { lossValue } from "../../src/core/losses/loss";
import { losses } from "../../src/core/losses/registry";
import { addAdamwStep, optimiserStates } from "../../src/core/optim/adamw";
import { largest, readOptimGolden } from "./optimGolden";
import { readTaskGolden, TASK_GOLDEN } from "./taskGolden";

const executors = [
  await createTfExecutor("cpu"),
  createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" }),
] as const;
afterAll(() => Promise.all(executors.map((executor) => executor.dispose())));

describe.each(executors.map((executor) => [executor.kind, executor] as const))("%s", (_kind, executor) => {
  it.each(TASK_GOLDEN)("gives the reference's loss and gradient: $name", async ({ name, task }) => {
    const golden = readTaskGolden(name);
    const { prediction, label, grad } = golden.updates[0]!;
    const { batch, height, width, channels } = prediction.size;
    const b = new Builder();
    const x = b.input("x", [batch, height, width, channels]);
    const labels = b.input("labels", [batch, height, width, label.size.channels]);
    const loss = lossValue(b, losses[task].loss.build(b, x, labels, "reference"));
    b.output("loss", loss);
    b.output("dx", gradients(b, loss, [x])[0]!);
    const plan = await executor.compile(b.build());
    const got = await plan.run({ x: Float32Array.from(prediction.data), labels: Float32Array.from(label.data) });
    plan.dispose();
    expect(Math.abs(got["loss"]![0]! / golden.loss[0]! - 1)).toBeLessThan(golden.tolerances.loss_rel);
    const gap = grad.data.map((g, i) => g - got["dx"]![i]!);
    expect(largest(gap) / largest(grad.data)).toBeLessThan(golden.tolerances.grad_rel_to_max);
  });

  it("takes the reference's three AdamW steps", async () => {
    const golden = readOptimGolden();
    const b = new Builder();
    b.output("norm", addAdamwStep(b, golden.settings).gradientNorm);
    const plan = await executor.compile(b.build());
    executor.writeState(optimiserStates.parameters, Float32Array.from(golden.parameters(0)));
    executor.writeState(optimiserStates.firstMoment, new Float32Array(golden.size));
    executor.writeState(optimiserStates.secondMoment, new Float32Array(golden.size));
    for (const step of [0, 1, 2]) {
      executor.writeState(optimiserStates.gradient, Float32Array.from(golden.gradient(step)));
      const feeds = Object.fromEntries(
        Object.entries(golden.feeds(step)).map(([name, data]) => [name, Float32Array.from(data)]),
      );
      const { norm } = await plan.run(feeds);
      expect(Math.abs(norm![0]! / golden.norms[step]! - 1)).toBeLessThan(1e-6);
      const parameters = await executor.readState(optimiserStates.parameters);
      expect(largest(golden.parameters(step + 1).map((p, i) => p - parameters[i]!))).toBeLessThan(
        golden.tolerances.f32_abs,
      );
    }
    plan.dispose();
  });
});
