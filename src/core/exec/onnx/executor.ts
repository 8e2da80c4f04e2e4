/**
 * The graph on ONNX Runtime: the step is lowered to ONNX models, one session each, with host ops between them. States are arrays on the
 * host; a run feeds them, fetches their updates, and exchanges the arrays.
 */
import type * as OrtWeb from "onnxruntime-web";
import { nodeFlops } from "../../graph/cost";
import type { Graph, Value } from "../../graph/node";
import { expandComposites } from "../../graph/passes";
import type { Executor, MemoryUse, Plan } from "../executor";
import { graphMemory } from "../graphMemory";
import { SerialQueue } from "../serialQueue";
import { hasOnnxRule, lower } from "./lower";
import { wasmLoadFailure } from "./notLoaded";
import { partition } from "./partition";
import { OnnxPlan, portName, type Session } from "./plan";
import { States } from "./states";

/** What is used of onnxruntime-web or onnxruntime-node: both export the same API. */
export type Ort = Pick<typeof OrtWeb, "InferenceSession" | "Tensor" | "env">;

export interface OnnxOptions {
  readonly kind: "onnx-wasm" | "onnx-native";
  /** Threads of one operation, native only: the wasm engine's number is fixed by its loader. */
  readonly threads?: number;
}

export function createOnnxExecutor(ort: Ort, options: OnnxOptions): Executor {
  return new OnnxExecutor(ort, options);
}

const ports = (values: readonly Value[]) => values.map((value) => ({ name: portName(value), value }));

class OnnxExecutor implements Executor {
  readonly kind: OnnxOptions["kind"];
  readonly description: string;
  readonly lost = new Promise<string>(() => {});
  private readonly states: States;
  /** With what each holds in ONNX Runtime: frozen weights, and by liveness what a run makes. */
  private readonly plans = new Map<Plan, number>();
  private readonly queue = new SerialQueue();
  private readonly sessionOptions: OrtWeb.InferenceSession.SessionOptions;

  constructor(
    private readonly ort: Ort,
    { kind, threads = 1 }: OnnxOptions,
  ) {
    const isWasm = kind === "onnx-wasm";
    const used = isWasm ? (ort.env.wasm.numThreads ?? 1) : threads;
    this.kind = kind;
    this.description = `ONNX Runtime ${isWasm ? "wasm" : "native"}, ${used} thread${used === 1 ? "" : "s"}`;
    this.states = new States(!isWasm);
    this.sessionOptions = {
      executionProviders: [isWasm ? "wasm" : "cpu"],
      graphOptimizationLevel: "all",
      executionMode: "sequential",
      logSeverityLevel: 3,
      // Threads that wait for work by spinning take the cores from the rest of the program: measured on a busy machine with 2 cores,
      // 2 threads, the default model's training step takes 1.4 s with spinning and 0.5 s without.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
      ...(isWasm ? {} : { intraOpNumThreads: threads, interOpNumThreads: 1 }),
    };
  }

  writeState(name: string, data: Float32Array): void {
    const copy = data.slice();
    void this.queue.add(() => this.states.set(name, copy));
  }

  readState(name: string): Promise<Float32Array> {
    return this.queue.add(() => this.states.get(name).slice());
  }

  async releaseStates(): Promise<void> {
    await this.queue.add(() => this.states.clear());
  }

  async compile(graph: Graph, label = "graph"): Promise<Plan> {
    const open = expandComposites(graph, hasOnnxRule);
    const sessions: Session[] = [];
    let dispatches = 0;
    for (const [i, part] of partition(open).entries()) {
      if (part.kind === "host") {
        dispatches += part.nodes.length;
        sessions.push({ part });
        continue;
      }
      const name = `${label} ${i}`;
      const model = lower({ name, nodes: part.nodes, inputs: ports(part.inputs), outputs: ports(part.outputs) });
      dispatches += model.nodeCount;
      sessions.push({ part, session: await this.openSession(model.bytes, label) });
    }
    const flops = open.nodes.reduce((n, node) => n + nodeFlops(node), 0);
    const { constants, live } = graphMemory(open);
    const cost = { dispatches, flops, arenaBytes: 0, liveBytes: live };
    const parts = { graph, open, sessions, cost };
    const plan: Plan = new OnnxPlan(this.ort.Tensor, this.queue, this.states, parts, () => this.plans.delete(plan));
    this.plans.set(plan, constants + live);
    return plan;
  }

  private async openSession(model: Uint8Array, label: string): Promise<OrtWeb.InferenceSession> {
    try {
      return await this.ort.InferenceSession.create(model, this.sessionOptions);
    } catch (error) {
      const { message } = error as Error;
      const unloaded = wasmLoadFailure(message, this.ort.env.wasm.wasmPaths);
      throw unloaded ?? new Error(`ONNX Runtime does not accept the model of "${label}": ${message}`);
    }
  }

  memory(): MemoryUse {
    const { buffers, bytes } = this.states.memory();
    return { buffers, bytes: [...this.plans.values()].reduce((sum, held) => sum + held, bytes) };
  }

  async dispose(): Promise<void> {
    for (const plan of [...this.plans.keys()]) plan.dispose();
    await this.queue.add(() => this.states.clear());
  }
}
