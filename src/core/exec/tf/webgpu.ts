/**
 * TensorFlow.js's WebGPU backend on a device of ours: with the adapter's limits, and with a loss that is heard. TensorFlow.js has one
 * backend of a name, so all executors share one device, which goes with the last of them.
 */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type * as Tf from "@tensorflow/tfjs-core";
import { loadPart } from "../../../contracts/loadPart";
import { nameOf, openDevice } from "../webgpu/device";

export const WEBGPU_BACKEND = "webgpu";

export interface TfGpu {
  /** The GPU's name for people. */
  readonly name: string;
  readonly lost: Promise<string>;
  /** Rejects where WebGPU refused something of what `work` asked for; TensorFlow.js alone would go on with wrong numbers. */
  guard<T>(work: () => Promise<T>): Promise<T>;
  release(): void;
}

/** Makes the backend `webgpu` of TensorFlow.js compute on `device`; the kernels stay registered under that name. */
export async function registerOn(tf: typeof Tf, device: GPUDevice, gpu?: GPU): Promise<WebGPUBackend> {
  const { WebGPUBackend } = await loadPart("TensorFlow.js", () => import("@tensorflow/tfjs-backend-webgpu"));
  if (tf.findBackendFactory(WEBGPU_BACKEND)) tf.removeBackend(WEBGPU_BACKEND);
  const backend = whileNavigatorHas(gpu, () => new WebGPUBackend(device, device.adapterInfo));
  tf.registerBackend(WEBGPU_BACKEND, () => backend, 3);
  return backend;
}

/** The backend's constructor asks `navigator.gpu` whether WebGPU exists; in Node nobody else needs it there. */
function whileNavigatorHas<T>(gpu: GPU | undefined, make: () => T): T {
  const place = globalThis as { navigator?: { gpu?: GPU } };
  if (!gpu || place.navigator?.gpu) return make();
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  try {
    return make();
  } finally {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else Reflect.deleteProperty(globalThis, "navigator");
  }
}

interface Shared {
  readonly device: GPUDevice;
  readonly lost: Promise<string>;
  users: number;
}

let shared: Promise<Shared> | undefined;

/** The backend as one executor uses it. */
export async function shareBackend(tf: typeof Tf, gpu: GPU): Promise<TfGpu> {
  shared ??= openShared(tf, gpu);
  const mine = shared;
  const opened = await mine.catch((error: unknown) => {
    if (shared === mine) shared = undefined;
    throw error;
  });
  opened.users++;
  let isReleased = false;
  return {
    name: nameOf(opened.device.adapterInfo),
    lost: opened.lost,
    guard: (work) => guarded(opened.device, work),
    release: () => {
      if (isReleased) return;
      isReleased = true;
      if (--opened.users > 0) return;
      if (shared === mine) close(tf);
      opened.device.destroy();
    },
  };
}

async function openShared(tf: typeof Tf, gpu: GPU): Promise<Shared> {
  const { device } = await openDevice(gpu);
  await registerOn(tf, device, gpu);
  const lost = device.lost.then(({ reason, message }) => {
    // Executors that open after a loss get a new device.
    if (reason !== "destroyed") close(tf);
    return `The GPU was lost (${reason}): ${message || "no message"}. States since the last checkpoint are gone; open a new executor.`;
  });
  return { device, lost, users: 0 };
}

function close(tf: typeof Tf): void {
  shared = undefined;
  tf.removeBackend(WEBGPU_BACKEND);
}

async function guarded<T>(device: GPUDevice, work: () => Promise<T>): Promise<T> {
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  const outcome = await work().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const errors = [await device.popErrorScope(), await device.popErrorScope()];
  const refused = errors.find((error) => error !== null);
  if (refused) throw new Error(`WebGPU refused what TensorFlow.js asked for: ${refused.message}`);
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}
