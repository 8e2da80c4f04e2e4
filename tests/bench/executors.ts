/** Our executors as the bench opens them, and ONNX Runtime's own WebGPU provider behind the same interface. */
import { createRequire } from "node:module";
import { create, globals } from "webgpu";
import type { Executor } from "../../src/core/exec/executor";
import { createOnnxExecutor, type Ort } from "../../src/core/exec/onnx/executor";
import { loadOrtNative } from "../../src/core/exec/onnx/loadOrtNative";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { createTfExecutor } from "../../src/core/exec/tf/executor";
import { openWebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import type { StepDevice } from "./contestant";

/** Dawn's entry must outlive its devices. */
let gpu: GPU | undefined;

export function dawn(): GPU {
  Object.assign(globalThis, globals);
  gpu ??= create([]);
  return gpu;
}

/** For libraries that look for WebGPU where a page has it. */
export function offerWebGpuToLibraries(): void {
  const value = { gpu: dawn(), hardwareConcurrency: 1, userAgent: "node" };
  Object.defineProperty(globalThis, "navigator", { value, configurable: true });
}

export async function openExecutor(device: StepDevice, threads: number): Promise<Executor> {
  switch (device) {
    case "webgpu":
      return openWebGpuExecutor(dawn(), { now: () => performance.now() });
    case "cpu":
      return createOnnxExecutor(await loadOrtNative(), { kind: "onnx-native", threads });
    case "wasm":
      return createOnnxExecutor(await loadOrtWasm({ threads }), { kind: "onnx-wasm", threads });
    case "tf":
      return createTfExecutor("cpu");
  }
}

/** Dawn for Node refuses to upload from shared memory, which is what the wasm module of ONNX Runtime has: copy first. */
function uploadFromSharedMemory(): void {
  const { prototype } = globalThis.GPUQueue;
  const { writeBuffer } = prototype;
  prototype.writeBuffer = function (buffer, offset, data, start, size): undefined {
    const isShared = ArrayBuffer.isView(data) && data.buffer instanceof SharedArrayBuffer;
    const copy = isShared
      ? new Uint8Array(data.buffer as ArrayBufferLike, data.byteOffset, data.byteLength).slice()
      : data;
    return writeBuffer.call(this, buffer, offset, copy as GPUAllowSharedBufferSource, start, size);
  };
}

/** Our lowered step on ONNX Runtime's WebGPU provider. */
export async function openOrtWebGpu(): Promise<Executor> {
  offerWebGpuToLibraries();
  uploadFromSharedMemory();
  const ort = (await import("onnxruntime-web/webgpu")) as unknown as Ort;
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = 1;
  const session = ort.InferenceSession;
  const onWebGpu = {
    Tensor: ort.Tensor,
    env: ort.env,
    InferenceSession: {
      create: (model: Uint8Array, options: object) =>
        session.create(model, { ...options, executionProviders: ["webgpu"] }),
    },
  } as unknown as Ort;
  return createOnnxExecutor(onWebGpu, { kind: "onnx-wasm", threads: 1 });
}

const require = createRequire(import.meta.url);
export const versionOf = (name: string): string => {
  // Packages need not export their package.json, but its place is known.
  const entry = require.resolve(name);
  const folder = entry.slice(0, entry.lastIndexOf(`node_modules/${name}`) + `node_modules/${name}`.length);
  return (require(`${folder}/package.json`) as { version: string }).version;
};
