/**
 * Our own gradient of whole models on the executors of the CPU. Files with normals hold PyTorch's misplaced gradient
 * (docs/decisions/0001), so the float64 evaluator is the judge here; central differences confirm its derivatives elsewhere.
 */
import { afterAll, describe, expect, it } from "vitest";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { createTfExecutor } from "../../src/core/exec/tf/executor";
import { sizeOf } from "../../src/core/graph/node";
import { GRADIENT } from "../../src/core/model/graphs";
import { largest } from "../../src/runtime/products/conformance/ledger";
import { goldenTrainGraph, writeInitialStates } from "../../src/runtime/products/conformance/model";
import { type GoldenModel, goldenModel } from "../../src/runtime/products/conformance/modelSetup";
import { type GraphRunner, runnerOf, runOnce } from "../../src/runtime/products/conformance/runner";
import { publicCase } from "./files";
import { float64Runner } from "./float64";

const executors = [await createTfExecutor("cpu"), createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" })];
afterAll(() => Promise.all(executors.map((executor) => executor.dispose())));

async function gradientOf(setup: GoldenModel, runner: GraphRunner): Promise<ArrayLike<number>> {
  await runner.releaseStates();
  writeInitialStates(setup, runner);
  await runOnce(runner, goldenTrainGraph(setup), "train", setup.feeds);
  return runner.readState(GRADIENT);
}

describe.each(["model_plain", "model_mtlora"])("%s", (name) => {
  it("has the same gradient on every executor as in float64", async () => {
    const setup = goldenModel(await publicCase(name));
    const truth = await gradientOf(setup, float64Runner());
    const scale = largest(truth);
    for (const executor of executors) {
      const values = await gradientOf(setup, runnerOf(executor));
      for (const p of setup.model.layout.parameters.filter(({ trainable }) => trainable)) {
        const indices = Array.from({ length: sizeOf(p.shape) }, (_, i) => p.offset + i);
        const own = largest(indices.map((i) => truth[i]!));
        const error = largest(indices.map((i) => values[i]! - truth[i]!));
        expect(error / (own < 1e-9 ? scale : own), `${executor.kind} ${p.name}`).toBeLessThan(5e-4);
      }
    }
  });
});
