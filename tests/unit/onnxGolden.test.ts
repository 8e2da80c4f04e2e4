import { afterAll, describe, expect, it } from "vitest";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtNative } from "../../src/core/exec/onnx/loadOrtNative";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { checkGolden } from "../golden/check";

const native = await loadOrtNative().then(
  (ort) => [createOnnxExecutor(ort, { kind: "onnx-native" })],
  () => [],
);
const executors = [createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" }), ...native];
afterAll(() => Promise.all(executors.map((executor) => executor.dispose())));

describe.each(executors.map((executor) => [executor.kind, executor] as const))("%s", (_kind, executor) => {
  it.each(["model_ditask", "model_ditask_depth_edge"] as const)("%s follows the reference's numbers", async (name) => {
    const report = await checkGolden(name, async () => executor);
    expect(report.compared).toBeGreaterThan(100);
    expect(report.failures).toEqual([]);
  });
});
