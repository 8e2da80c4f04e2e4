/**
 * What every executor offers. A session opens one executor, creates the states (parameters, moments, running statistics),
 * compiles several graphs over the same states (train, apply, evaluate, predict) and runs them by name.
 *
 * Invariants that all executors keep:
 *  - `run` calls of one executor take effect in call order; a caller may start the next run before the last one's results came back.
 *  - Inputs are copied before `run` returns; the caller may overwrite its arrays.
 *  - Updates are visible to the next run of any plan of the same executor.
 *  - Buffers are flat from the third run on: nothing is allocated by run number.
 *  - Where the device itself fails, everything rejects with a DeviceError: no run resolves to numbers that it did not compute.
 */
import type { Graph, Node } from "../graph/node";

export type Feeds = Readonly<Record<string, Float32Array>>;
export type Fetches = Readonly<Record<string, Float32Array>>;

/** A run of a plan seen node by node: what each node of the plan really computed, where the plan keeps it. */
export interface NodeValues {
  readonly node: Node;
  /** One for each output of the node; undefined where the plan gives it no memory, as nothing reads it there. */
  readonly outputs: readonly (Float32Array | undefined)[];
}

export interface Trace {
  /** What the plan runs: the nodes of the graph, or what fusing and expanding made of them. */
  readonly graph: Graph;
  /** Every node but the leaves, in order. Updates have taken effect when all were seen. */
  readonly nodes: AsyncIterable<NodeValues>;
}

export interface Plan {
  readonly graph: Graph;
  /**
   * Runs the graph once. Every input of the graph must be in `feeds` with exactly its size. Resolves to the outputs named in
   * `fetch` (default: all outputs) once they were read back; updates have taken effect for every later run by then or before.
   */
  run(feeds: Feeds, fetch?: readonly string[]): Promise<Fetches>;
  /** The same as `run`, seen node by node. Absent: values can be had only as outputs. */
  trace?(feeds: Feeds): Trace;
  /** What the plan costs, for the bench and for people. */
  readonly cost: PlanCost;
  dispose(): void;
}

export interface PlanCost {
  /** Kernel launches (WebGPU), nodes (ONNX Runtime, TensorFlow.js). */
  readonly dispatches: number;
  /** Floating-point operations issued, padding and recomputation included. */
  readonly flops: number;
  /** Bytes reserved for intermediate values; 0 where the engine manages them itself. */
  readonly arenaBytes: number;
  /** Lower bound of the intermediate bytes by liveness. */
  readonly liveBytes: number;
}

export interface MemoryUse {
  readonly buffers: number;
  /** States, constants, and what runs make: reserved on WebGPU, elsewhere computed from the graphs. */
  readonly bytes: number;
}

export type ExecutorKind = "webgpu" | "onnx-wasm" | "onnx-native" | "tf-cpu" | "tf-webgl" | "tf-webgpu";

export interface Executor {
  readonly kind: ExecutorKind;
  /** For people: "WebGPU on NVIDIA RTX 4070 (Chromium)", "ONNX Runtime wasm, 2 threads". */
  readonly description: string;
  /** Creates or overwrites a state. The data are copied. */
  writeState(name: string, data: Float32Array): void;
  readState(name: string): Promise<Float32Array>;
  /** Forgets all states, so that those of another model may take their names. Every plan must be disposed before. */
  releaseStates(): Promise<void>;
  compile(graph: Graph, label?: string): Promise<Plan>;
  memory(): MemoryUse;
  /** Resolves to the reason when the device is lost. All that waits for it then, and all that is asked of it later, rejects with DeviceLostError. */
  readonly lost: Promise<string>;
  dispose(): Promise<void>;
}

/** The device failed: what it holds can no longer be trusted. */
export class DeviceError extends Error {
  override readonly name: string = "DeviceError";
}

/** The device is gone with everything in it; another executor has to be opened. */
export class DeviceLostError extends DeviceError {
  override readonly name = "DeviceLostError";
}

/** Checks feeds once, the same way everywhere. */
export function checkFeeds(graph: Graph, feeds: Feeds): void {
  for (const node of graph.nodes) {
    if (node.op.name !== "input") continue;
    const name = String(node.attrs["name"]);
    const size = node.outputs[0]!.shape.reduce((n, d) => n * d, 1);
    const fed = feeds[name];
    if (!fed)
      throw new Error(
        `Input "${name}" [${node.outputs[0]!.shape.join(",")}] was not fed; fed: ${Object.keys(feeds).join(", ") || "nothing"}.`,
      );
    if (fed.length !== size)
      throw new Error(
        `Input "${name}" needs ${size} numbers ([${node.outputs[0]!.shape.join(",")}]); ${fed.length} came.`,
      );
  }
}
