import { afterAll, describe, expect, it } from "vitest";
import type { Executor } from "../../src/core/exec/executor";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtNative } from "../../src/core/exec/onnx/loadOrtNative";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { caseErrors } from "../reference/executors";
import { primitiveCases } from "../reference/primitiveCases";

const TOLERANCE = 2e-6;
const wasm = createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" });
const native = await loadOrtNative().then(
  (ort) => [createOnnxExecutor(ort, { kind: "onnx-native" })],
  () => [],
);
const executors: readonly Executor[] = [wasm, ...native];
afterAll(() => Promise.all(executors.map((executor) => executor.dispose())));

describe.each(executors.map((executor) => [executor.kind, executor] as const))(
  "primitives on %s",
  (_kind, executor) => {
    it.each(Object.entries(primitiveCases))("%s agrees with float64, gradients too", async (_op, cases) => {
      for (const c of cases) {
        const errors = await caseErrors(executor, c);
        expect(Object.keys(errors)).not.toHaveLength(0);
        for (const [name, error] of Object.entries(errors)) expect(error, `${c.name}: ${name}`).toBeLessThan(TOLERANCE);
      }
    });
  },
);
