/** The golden models on the executors of the CPU. WebGPU has a file of its own under tests/gpu. */
import { afterAll, describe, expect, it } from "vitest";
import type { Executor } from "../../src/core/exec/executor";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtNative } from "../../src/core/exec/onnx/loadOrtNative";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { createTfExecutor } from "../../src/core/exec/tf/executor";
import { checkGolden, goldenModels } from "./check";

const native = await loadOrtNative().then(
  (ort) => [createOnnxExecutor(ort, { kind: "onnx-native", threads: 2 })],
  () => [],
);
const executors: readonly Executor[] = [
  await createTfExecutor("cpu"),
  createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" }),
  ...native,
];
afterAll(() => Promise.all(executors.map((executor) => executor.dispose())));

describe.each(executors.map((executor) => [executor.kind, executor] as const))("%s", (_kind, executor) => {
  it.each(goldenModels)("%s agrees with the reference", async (name) => {
    const report = await checkGolden(name, async () => executor);
    if (process.env["SHOW"]) console.log(name, report.compared, report.worst);
    expect(report.failures).toEqual([]);
  });
});
