/**
 * The executors that exist and which one runs. Each is loaded only when it is opened: a visitor downloads one engine.
 * Automatic choice: hardware WebGPU, else ONNX Runtime (native where installed, else wasm). Anything can be asked for by name.
 */
import { loadPart } from "../../contracts/loadPart";
import type { Executor } from "./executor";
import { isSoftwareAdapter } from "./webgpu/softwareAdapter";

export type ExecutorChoice = "webgpu" | "cpu" | "wasm" | "tf-webgpu" | "webgl" | "tf";

/** What surrounds the program; given by the page's worker or by Node. */
export interface ExecutorHost {
  /** navigator.gpu, or Dawn's in Node; undefined where there is no WebGPU. */
  readonly gpu: GPU | undefined;
  readonly isNode: boolean;
  /** Whether WebGL exists (OffscreenCanvas in a worker). */
  readonly hasWebgl: boolean;
  /** Threads that wasm may use: 1 unless the page is cross-origin isolated. */
  readonly threads: number;
}

export interface Availability {
  readonly available: boolean;
  /** For people: why it can run, or why it cannot. */
  readonly reason: string;
  /** True where automatic choice may take it. */
  readonly automatic: boolean;
}

export interface ExecutorEntry {
  readonly choice: ExecutorChoice;
  readonly label: string;
  probe(executorHost: ExecutorHost): Promise<Availability>;
  open(executorHost: ExecutorHost): Promise<Executor>;
}

/** What is said not to have been loaded. */
const ORT = "ONNX Runtime";
const TF = "TensorFlow.js";

const no = (reason: string): Availability => ({ available: false, reason, automatic: false });
const yes = (reason: string, automatic = true): Availability => ({ available: true, reason, automatic });

async function probeGpu({ gpu, isNode }: ExecutorHost): Promise<Availability> {
  if (!gpu)
    return no(isNode ? "Dawn (npm package webgpu) found no Vulkan driver" : "this browser does not offer WebGPU");
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return no("the browser offers WebGPU but found no adapter");
  return isSoftwareAdapter(adapter.info) ? yes("a software adapter: exact but slow", false) : yes("hardware WebGPU");
}

const webgpu: ExecutorEntry = {
  choice: "webgpu",
  label: "WebGPU",
  probe: probeGpu,
  open: async ({ gpu }) => {
    const { openWebGpuExecutor } = await loadPart("The GPU executor", () => import("./webgpu/executor"));
    return openWebGpuExecutor(gpu!);
  },
};

const cpu: ExecutorEntry = {
  choice: "cpu",
  label: "ONNX Runtime, native",
  probe: async ({ isNode }) => {
    if (!isNode) return no("native code runs only in the headless commands");
    const { hasOrtNative } = await import("./onnx/loadOrtNative");
    return (await hasOrtNative())
      ? yes("no hardware WebGPU; native ONNX Runtime is installed")
      : no("the optional package onnxruntime-node is not installed");
  },
  open: async ({ threads }) => {
    const [{ loadOrtNative }, { createOnnxExecutor }] = await Promise.all([
      loadPart(ORT, () => import("./onnx/loadOrtNative")),
      loadPart(ORT, () => import("./onnx/executor")),
    ]);
    return createOnnxExecutor(await loadOrtNative(), { kind: "onnx-native", threads });
  },
};

/** One core stays free: on a busy machine a wasm thread that waits for another one spins, and steps took 2 to 4 times as long. */
const wasmThreads = ({ threads }: ExecutorHost): number => Math.max(1, threads - 1);

const wasm: ExecutorEntry = {
  choice: "wasm",
  label: "ONNX Runtime, WebAssembly",
  probe: async (executorHost) => {
    const threads = wasmThreads(executorHost);
    return yes(`runs everywhere, on the processor, ${threads} ${threads === 1 ? "thread" : "threads"}`);
  },
  open: async (executorHost) => {
    const threads = wasmThreads(executorHost);
    const [{ loadOrtWasm }, { createOnnxExecutor }] = await Promise.all([
      loadPart(ORT, () => import("./onnx/loadOrtWasm")),
      loadPart(ORT, () => import("./onnx/executor")),
    ]);
    return createOnnxExecutor(await loadOrtWasm({ threads }), { kind: "onnx-wasm", threads });
  },
};

const tfWebgpu: ExecutorEntry = {
  choice: "tf-webgpu",
  label: "TensorFlow.js, WebGPU",
  probe: async (host) => {
    const { available, reason } = await probeGpu(host);
    return available
      ? yes(`a second opinion on the same GPU, node by node; on request (${reason})`, false)
      : no(reason);
  },
  open: async ({ gpu }) => (await loadPart(TF, () => import("./tf/executor"))).createTfGpuExecutor(gpu!),
};

const webgl: ExecutorEntry = {
  choice: "webgl",
  label: "TensorFlow.js on WebGL",
  probe: async ({ hasWebgl }) =>
    hasWebgl ? yes("for browsers with WebGL but no WebGPU; on request", false) : no("no WebGL here"),
  open: async () => (await loadPart(TF, () => import("./tf/executor"))).createTfExecutor("webgl"),
};

const tf: ExecutorEntry = {
  choice: "tf",
  label: "TensorFlow.js, plain JavaScript",
  probe: async () => yes("slow, every value inspectable; on request", false),
  open: async () => (await loadPart(TF, () => import("./tf/executor"))).createTfExecutor("cpu"),
};

/** In the order of preference. */
export const executors: readonly ExecutorEntry[] = [webgpu, cpu, wasm, tfWebgpu, webgl, tf];

export interface Probed extends Availability {
  readonly entry: ExecutorEntry;
}

export const probeExecutors = (executorHost: ExecutorHost): Promise<readonly Probed[]> =>
  Promise.all(
    executors.map(async (entry) => {
      try {
        return { entry, ...(await entry.probe(executorHost)) };
      } catch (error) {
        return { entry, ...no((error as Error).message) };
      }
    }),
  );

/** The executor that was asked for, or with "auto" the first that may be taken. Throws where it cannot run, naming what can. */
export function chooseExecutor(probed: readonly Probed[], choice: ExecutorChoice | "auto"): Probed {
  const found =
    choice === "auto" ? probed.find((p) => p.available && p.automatic) : probed.find((p) => p.entry.choice === choice);
  if (found?.available) return found;
  const others = probed.filter((p) => p.available).map((p) => p.entry.choice);
  throw new Error(
    `Device "${choice}" cannot run: ${found?.reason ?? "nothing suitable was found"}. Available here: ${others.join(", ") || "none"}.`,
  );
}
