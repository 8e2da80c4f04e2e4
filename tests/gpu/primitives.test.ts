import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWebGpuExecutor, type WebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { caseErrors } from "../reference/executors";
import { primitiveCases } from "../reference/primitiveCases";
import { getTestDevice } from "./device";

/** float32 arithmetic against float64, relative to the largest number of an output. */
const FLOAT32_TOLERANCE = 2e-6;

let executor: WebGpuExecutor;
beforeAll(async () => {
  executor = createWebGpuExecutor(await getTestDevice());
});
afterAll(() => executor.dispose());

describe.each(Object.entries(primitiveCases))("%s on WebGPU", (_name, cases) => {
  it.each(cases.map((c) => [c.name, c] as const))("%s", async (_title, c) => {
    const errors = await caseErrors(executor, c);
    const limit = c.tolerance?.forward ?? FLOAT32_TOLERANCE;
    for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThan(limit);
  });
});
