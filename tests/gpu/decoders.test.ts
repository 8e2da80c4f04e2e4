/** Every decoder of the registry on WebGPU: logits, gradients and running statistics against float64. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DecoderId, decoders } from "../../src/core/decoders/registry";
import { createWebGpuExecutor, type WebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { decoderCase } from "../reference/decoderCase";
import { evaluate } from "../reference/evaluate";
import { relativeError } from "../reference/executors";
import { getTestDevice } from "./device";

const TOLERANCE = 2e-5;

let executor: WebGpuExecutor;
beforeEach(async () => {
  executor = createWebGpuExecutor(await getTestDevice());
});
afterEach(() => executor.dispose());

describe.each(Object.keys(decoders) as DecoderId[])("the decoder %s", (id) => {
  it.each([true, false])("agrees with float64 (training: %s)", async (training) => {
    const { graph, feeds, states } = decoderCase(id, { training });
    for (const [name, data] of states) executor.writeState(name, data);
    const plan = await executor.compile(graph);
    const [found, truth] = [await plan.run(feeds), evaluate(graph, feeds, states)];
    for (const [name, numbers] of Object.entries(truth.outputs))
      expect(relativeError(found[name]!, numbers), name).toBeLessThan(TOLERANCE);
    for (const [name, numbers] of truth.states)
      expect(relativeError(await executor.readState(name), numbers), name).toBeLessThan(TOLERANCE);
  });
});
