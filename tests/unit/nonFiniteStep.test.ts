/** Steps that are not finite on the executors of the CPU, and in float64. */
import { afterAll, describe } from "vitest";
import type { Executor } from "../../src/core/exec/executor";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { hasOrtNative, loadOrtNative } from "../../src/core/exec/onnx/loadOrtNative";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { createTfExecutor } from "../../src/core/exec/tf/executor";
import { runnerOf } from "../../src/runtime/products/conformance/runner";
import { float64Runner } from "../golden/float64";
import { testNonFiniteSteps } from "../reference/nonFiniteStep";

const executors: readonly Executor[] = [
  await createTfExecutor("cpu"),
  createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" }),
  ...((await hasOrtNative()) ? [createOnnxExecutor(await loadOrtNative(), { kind: "onnx-native" })] : []),
];
afterAll(() => Promise.all(executors.map((executor) => executor.dispose())));

describe("float64", () => testNonFiniteSteps(float64Runner()));
describe.each(executors.map((executor) => [executor.kind, executor] as const))("%s", (_kind, executor) =>
  testNonFiniteSteps(runnerOf(executor)),
);
