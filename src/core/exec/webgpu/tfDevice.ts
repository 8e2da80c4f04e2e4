/**
 * TensorFlow.js on our device: outputs of a plan become tensors without a readback, so that predictions are compared, coloured and
 * resized by tf ops where they lie. Loaded only when it is asked for; nothing else in this folder imports TensorFlow.js.
 */

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { Tensor } from "@tensorflow/tfjs-core";
import { loadPart } from "../../../contracts/loadPart";
import type { WebGpuExecutor } from "./executor";
import type { WebGpuPlan } from "./plannedRun";

type Tf = typeof import("@tensorflow/tfjs-core");

export interface TfBridge {
  readonly tf: Tf;
  /**
   * The output of the last run of `plan` as a tensor on the GPU. Valid until the next `tensorOf` of the same output; disposing
   * the tensor frees tf's handle, the memory stays with the bridge.
   */
  tensorOf(plan: WebGpuPlan, output: string): Tensor;
  /** Removes the backend and frees the bridge's memory. */
  dispose(): void;
}

/** What tf keeps private: work that it has recorded but not yet submitted. */
interface Recording {
  readonly commandEncoder: GPUCommandEncoder | null;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** Submits what tf has recorded, so that it reads a buffer before we overwrite it. */
function flush(backend: WebGPUBackend): void {
  const recording = backend as unknown as Recording;
  if (!recording.commandEncoder) return;
  recording.endComputePassEncoder();
  recording.submitQueue();
}

/** Needs `navigator.gpu`, which TensorFlow.js asks for; the tf backend "webgpu" is ours from then on. */
export async function bridgeToTensorFlow(executor: WebGpuExecutor): Promise<TfBridge> {
  const { device } = executor;
  const [tf, { WebGPUBackend }] = await Promise.all([
    loadPart("TensorFlow.js", () => import("@tensorflow/tfjs-core")),
    loadPart("TensorFlow.js", () => import("@tensorflow/tfjs-backend-webgpu")),
  ]);
  // The package registers a backend with a device of its own; the kernels stay registered under the name.
  if (tf.findBackendFactory("webgpu")) tf.removeBackend("webgpu");
  const backend = new WebGPUBackend(device, device.adapterInfo);
  tf.registerBackend("webgpu", () => backend, 3);
  await tf.setBackend("webgpu");
  const copies = new Map<string, GPUBuffer>();

  const copyOf = (key: string, bytes: number): GPUBuffer => {
    const known = copies.get(key);
    if (known && known.size >= bytes) return known;
    if (known) executor.releaseBuffer(known);
    const made = executor.createBuffer(`tensor ${key}`, bytes);
    copies.set(key, made);
    return made;
  };

  return {
    tf,
    tensorOf: (plan, output) => {
      const { buffer, start, floats, shape } = plan.outputBuffer(output);
      flush(backend);
      const copy = copyOf(output, Math.max(16, 4 * floats));
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 4 * start, copy, 0, 4 * floats);
      device.queue.submit([encoder.finish()]);
      return backend.createTensorFromGPUData({ buffer: copy, zeroCopy: true }, [...shape], "float32") as Tensor;
    },
    dispose: () => {
      flush(backend);
      tf.removeBackend("webgpu");
      for (const buffer of copies.values()) executor.releaseBuffer(buffer);
      copies.clear();
    },
  };
}
