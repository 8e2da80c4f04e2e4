/** Every method that adapts sites, at a site of each kind that it offers: the kernels give outputs and gradients as float64 does. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { createWebGpuExecutor, type WebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { PARAMETERS } from "../../src/core/nn/forward";
import { relativeError } from "../reference/executors";
import { siteBench, siteCases } from "../unit/siteBench";
import { getTestDevice } from "./device";

/** A product of three matrices in float32, and gradients through a warp. */
const TOLERANCE = 2e-5;

let executor: WebGpuExecutor;
beforeEach(async () => {
  executor = createWebGpuExecutor(await getTestDevice());
});
afterEach(() => executor.dispose());

it.each(siteCases)("$id at $kind", async ({ def, settings, kind }) => {
  const { graph, feeds, weights, run } = siteBench(def, settings, kind, 0.3);
  executor.writeState(PARAMETERS, weights.trainable);
  const plan = await executor.compile(graph);
  const got = await plan.run(feeds);
  const truth = Object.entries(run());
  expect(truth.length).toBeGreaterThanOrEqual(2);
  for (const [name, numbers] of truth) expect(relativeError(got[name]!, numbers), name).toBeLessThan(TOLERANCE);
});
