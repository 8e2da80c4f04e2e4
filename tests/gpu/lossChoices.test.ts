/** Every loss that a task of the user's own may choose, on WebGPU against the float64 evaluator. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createWebGpuExecutor, type WebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { caseErrors } from "../reference/executors";
import { chosenLosses } from "../reference/lossCases";
import { getTestDevice } from "./device";

const TOLERANCE = 2e-5;

let executor: WebGpuExecutor;
beforeAll(async () => {
  executor = createWebGpuExecutor(await getTestDevice());
});
afterAll(() => executor.dispose());

it.each(chosenLosses.map((chosen) => [chosen.case.name, chosen.case] as const))("%s", async (_name, lossCase) => {
  const errors = Object.entries(await caseErrors(executor, lossCase));
  expect(errors.map(([name]) => name)).toEqual(["y0", "y1", "d0"]);
  for (const [name, error] of errors) expect(error, name).toBeLessThan(TOLERANCE);
});
