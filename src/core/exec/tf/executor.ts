/**
 * The graph on TensorFlow.js, node by node: the oracle of the tests (cpu), the looking glass of lessons (every value
 * can be inspected), and the GPU of browsers that have WebGL but no WebGPU.
 *
 * Accuracy on cpu, held by tests: sums of 2^20 numbers within 2e-7 (relative) of float64, erf within 2e-7, all primitives within 1e-6.
 */

import type * as Tf from "@tensorflow/tfjs-core";
import { loadPart } from "../../../contracts/loadPart";
import { type Graph, type Node, sizeOf, type Value } from "../../graph/node";
import { removeDeadNodes } from "../../graph/passes";
import { checkFeeds, type Executor, type Feeds, type Fetches, type Plan } from "../executor";
import { SerialQueue } from "../serialQueue";
import { compileProgram, type Program } from "./program";
import { type TfRows, tfRows } from "./rows";

export type TfBackend = "cpu" | "webgl";

export interface TfPlan extends Plan {
  /** Every value of the graph by its id, after a run that changes no state. */
  inspect(feeds: Feeds): Promise<Map<number, Float32Array>>;
}

export interface TfExecutor extends Executor {
  compile(graph: Graph, label?: string): Promise<TfPlan>;
}

const loadBackend: Record<TfBackend, () => Promise<unknown>> = {
  cpu: () => import("@tensorflow/tfjs-backend-cpu"),
  webgl: () => import("@tensorflow/tfjs-backend-webgl"),
};

/** TensorFlow.js has one active backend for the whole module, so every executor of every backend waits in one line. */
const queue = new SerialQueue();

export async function createTfExecutor(backend: TfBackend): Promise<TfExecutor> {
  const tf = await loadPart("TensorFlow.js", () => import("@tensorflow/tfjs-core"));
  await loadPart("TensorFlow.js", loadBackend[backend]);
  await queue.add(() => activate(tf, backend));
  return new NodeByNode(tf, backend);
}

async function activate(tf: typeof Tf, backend: TfBackend): Promise<void> {
  if (tf.getBackend() === backend) return;
  if (!(await tf.setBackend(backend)))
    throw new Error(`TensorFlow.js could not start its ${backend} backend on this machine; choose another device.`);
}

class NodeByNode implements TfExecutor {
  readonly kind: "tf-cpu" | "tf-webgl";
  readonly description: string;
  readonly lost = new Promise<string>(() => {});
  private readonly states = new Map<string, Tf.Tensor>();
  private readonly constants = new Set<Tf.Tensor>();
  private readonly rows: TfRows;

  constructor(
    private readonly tf: typeof Tf,
    private readonly backend: TfBackend,
  ) {
    this.kind = `tf-${backend}`;
    this.description = `TensorFlow.js ${tf.version_core}, ${backend}`;
    this.rows = tfRows(tf);
  }

  private onDevice<T>(job: () => T | Promise<T>): Promise<T> {
    return queue.add(async () => {
      await activate(this.tf, this.backend);
      return job();
    });
  }

  writeState(name: string, data: Float32Array): void {
    const copy = data.slice();
    void this.onDevice(() => this.setState(name, this.tf.keep(this.tf.tensor1d(copy))));
  }

  private setState(name: string, value: Tf.Tensor): void {
    this.states.get(name)?.dispose();
    this.states.set(name, value);
  }

  readState(name: string): Promise<Float32Array> {
    return this.onDevice(async () => Float32Array.from(await this.state(name).data()));
  }

  private state(name: string, size?: number): Tf.Tensor {
    const value = this.states.get(name);
    if (!value) throw new Error(`State "${name}" was never written; call writeState first.`);
    if (size !== undefined && value.size !== size)
      throw new Error(`State "${name}" holds ${value.size} numbers; the graph needs ${size}.`);
    return value;
  }

  async releaseStates(): Promise<void> {
    await this.onDevice(() => {
      for (const tensor of this.states.values()) tensor.dispose();
      this.states.clear();
    });
  }

  compile(graph: Graph): Promise<TfPlan> {
    return this.onDevice(() => {
      const owned: Tf.Tensor[] = [];
      const engine = { tf: this.tf, rows: this.rows, constant: (node: Node) => this.ownConstant(node, owned) };
      const live = removeDeadNodes(graph);
      return this.planOf(live, graph, compileProgram(engine, live.nodes), owned);
    });
  }

  private ownConstant(node: Node, owned: Tf.Tensor[]): Tf.Tensor {
    const { data, value, shape } = node.attrs as { data?: Float32Array; value?: number; shape: number[] };
    const tensor = this.tf.keep(data ? this.tf.tensor1d(data) : this.tf.fill([sizeOf(shape)], value!));
    owned.push(tensor);
    this.constants.add(tensor);
    return tensor;
  }

  private planOf(live: Graph, graph: Graph, program: Program, owned: Tf.Tensor[]): TfPlan {
    const copyFeeds = (feeds: Feeds): Feeds => {
      checkFeeds(graph, feeds);
      return Object.fromEntries(Object.entries(feeds).map(([name, data]) => [name, data.slice()]));
    };
    const leafOf = (feeds: Feeds) => (node: Node) => {
      const name = String(node.attrs["name"]);
      return node.op.name === "state"
        ? this.state(name, sizeOf(node.outputs[0]!.shape))
        : this.tf.tensor1d(feeds[name]!);
    };
    return {
      graph,
      cost: { dispatches: program.kernels, flops: program.flops, arenaBytes: 0, liveBytes: 0 },
      run: async (feeds, fetch = graph.outputs.map((o) => o.name)) => {
        const copies = copyFeeds(feeds);
        const outputs = fetch.map((name) => findOutput(live, name));
        return this.onDevice(() => this.runOnce(live, program, leafOf(copies), outputs));
      },
      inspect: async (feeds) => {
        const copies = copyFeeds(feeds);
        return this.onDevice(() => {
          const seen = new Map<number, Float32Array>();
          this.tf.tidy(() => {
            for (const [v, x] of program.run(leafOf(copies))) seen.set(v.id, Float32Array.from(x.dataSync()));
          });
          return seen;
        });
      },
      dispose: () => {
        void this.onDevice(() => {
          for (const tensor of owned) {
            tensor.dispose();
            this.constants.delete(tensor);
          }
          owned.length = 0;
        });
      },
    };
  }

  private async runOnce(
    graph: Graph,
    program: Program,
    leaf: (node: Node) => Tf.Tensor,
    outputs: readonly { name: string; value: Value }[],
  ): Promise<Fetches> {
    // Clones share memory by count, so a value may be output, become several states, or be a state that changes its name.
    const { fetched, updated } = this.tf.tidy(() => {
      const values = program.run(leaf);
      const held = (v: Value): Tf.Tensor => this.tf.keep(values.get(v)!.clone());
      return {
        fetched: outputs.map(({ name, value }) => [name, held(value)] as const),
        updated: graph.updates.map(({ target, value }) => [String(target.node.attrs["name"]), held(value)] as const),
      };
    });
    for (const [name, tensor] of updated) this.setState(name, tensor);
    const result: Record<string, Float32Array> = {};
    for (const [name, tensor] of fetched) {
      result[name] = Float32Array.from(await tensor.data());
      tensor.dispose();
    }
    return result;
  }

  memory(): { buffers: number; bytes: number } {
    const tensors = [...this.states.values(), ...this.constants];
    return { buffers: tensors.length, bytes: tensors.reduce((n, x) => n + 4 * x.size, 0) };
  }

  async dispose(): Promise<void> {
    await this.onDevice(() => {
      for (const tensor of [...this.states.values(), ...this.constants]) tensor.dispose();
      this.states.clear();
      this.constants.clear();
    });
  }
}

function findOutput(graph: Graph, name: string): { name: string; value: Value } {
  const found = graph.outputs.find((o) => o.name === name);
  if (!found)
    throw new Error(
      `Output "${name}" does not exist; the graph has ${graph.outputs.map((o) => o.name).join(", ") || "none"}.`,
    );
  return found;
}
