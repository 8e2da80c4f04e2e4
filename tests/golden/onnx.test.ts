/** The public golden set on ONNX Runtime: wasm, and native where it is installed. */
import { afterAll, describe } from "vitest";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtNative } from "../../src/core/exec/onnx/loadOrtNative";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { runnerOf } from "../../src/runtime/products/conformance/runner";
import { testPublicCases } from "./suite";

const native = await loadOrtNative().then(
  (ort) => [createOnnxExecutor(ort, { kind: "onnx-native", threads: 2 })],
  () => [],
);
const executors = [createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" }), ...native];
afterAll(() => Promise.all(executors.map((executor) => executor.dispose())));

describe.each(executors.map((executor) => [executor.kind, executor] as const))("%s", (_kind, executor) =>
  testPublicCases(runnerOf(executor)),
);
