/** Every method that adapts sites, at a site of each kind that it offers: executors of the CPU give outputs and gradients as float64 does. */
import { describe, expect, it, onTestFinished } from "vitest";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { createTfExecutor } from "../../src/core/exec/tf/executor";
import { PARAMETERS } from "../../src/core/nn/forward";
import { relativeError } from "../reference/executors";
import { siteBench, siteCases } from "./siteBench";

/** A product of three matrices in float32, and gradients through a warp. */
const TOLERANCE = 2e-5;

const opened = {
  tf: () => createTfExecutor("cpu"),
  onnx: async () => createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" }),
} as const;

describe.each(Object.entries(opened))("%s", (_name, open) => {
  it.each(siteCases)("$id at $kind", async ({ def, settings, kind }) => {
    const executor = await open();
    onTestFinished(() => executor.dispose());
    const { graph, feeds, weights, run } = siteBench(def, settings, kind, 0.3);
    executor.writeState(PARAMETERS, weights.trainable);
    const plan = await executor.compile(graph);
    const got = await plan.run(feeds);
    const truth = Object.entries(run());
    expect(truth.length).toBeGreaterThanOrEqual(2);
    for (const [name, numbers] of truth) expect(relativeError(got[name]!, numbers), name).toBeLessThan(TOLERANCE);
  });
});
