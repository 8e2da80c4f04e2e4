/** A WebAssembly engine that cannot be loaded. In a file of its own: the engine does not try again within a process. */
import { expect, it } from "vitest";
import { DeviceError } from "../../src/core/exec/executor";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { wasmLoadFailure } from "../../src/core/exec/onnx/notLoaded";
import { Builder } from "../../src/core/graph/builder";

it("is told with the file, the cause and what to do, not as a missing backend", async () => {
  const ort = await loadOrtWasm();
  ort.env.wasm.wasmPaths = { wasm: "/no/such/ort.wasm" };
  const executor = createOnnxExecutor(ort, { kind: "onnx-wasm" });
  const b = new Builder();
  b.output("y", b.neg(b.input("x", [2])));
  const failure: Error = await executor.compile(b.build(), "train").then(
    () => new Error("nothing failed"),
    (error: Error) => error,
  );
  expect(failure).toBeInstanceOf(DeviceError);
  expect(failure.message).toMatch(
    /^ONNX Runtime's WebAssembly engine could not be loaded from \/no\/such\/ort\.wasm: .*no such file or directory.*choose another device\.$/,
  );
  expect(failure.message).not.toMatch(/backend|ERR/);
});

it("is told from a model that the engine does not accept", () => {
  expect(wasmLoadFailure("Unsupported model IR version: 99", undefined)).toBeUndefined();
  expect(
    wasmLoadFailure("no available backend found. ERR: [wasm] TypeError: Failed to fetch", undefined)!.message,
  ).toMatch(/ort-wasm-simd-threaded\.wasm: TypeError: Failed to fetch/);
});
