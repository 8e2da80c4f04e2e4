/** Training steps with tokens beside the map's, on the executors of the CPU. */
import { afterAll, describe, expect, it } from "vitest";
import type { Executor } from "../../src/core/exec/executor";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { createTfExecutor } from "../../src/core/exec/tf/executor";
import { tokenSteps } from "../reference/tokenSteps";
import { stepError, trainStep } from "../reference/trainStep";

const TOLERANCE = 1e-5;

const executors: readonly Executor[] = [
  await createTfExecutor("cpu"),
  createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" }),
];
afterAll(() => Promise.all(executors.map((executor) => executor.dispose())));

describe.each(executors.map((executor) => [executor.kind, executor] as const))("%s", (_kind, executor) => {
  it.each(tokenSteps)("agrees with float64 on a step of %s", async (_name, spec) => {
    const error = await stepError(executor, trainStep(spec));
    if (process.env["SHOW"]) console.log(executor.kind, _name, error);
    expect(error).toBeLessThan(TOLERANCE);
  });
});
