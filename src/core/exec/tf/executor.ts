/**
 * The graph on TensorFlow.js, node by node: the oracle of the tests (cpu), the looking glass of lessons (every value
 * can be inspected), the second opinion on a GPU (webgpu), and the GPU of browsers that have WebGL but no WebGPU.
 *
 * Accuracy on cpu, held by tests: sums of 2^20 numbers within 2e-7 (relative) of float64, erf within 2e-7, all primitives within 1e-6.
 */

import type * as Tf from "@tensorflow/tfjs-core";
import { loadPart } from "../../../contracts/loadPart";
import { Builder } from "../../graph/builder";
import { type Graph, type Node, sizeOf, type Value } from "../../graph/node";
import { expandComposites, removeDeadNodes } from "../../graph/passes";
import { checkFeeds, type Executor, type Feeds, type Fetches, type MemoryUse, type Plan } from "../executor";
import { graphMemory } from "../graphMemory";
import { SerialQueue } from "../serialQueue";
import { compileProgram, type Engine, type Program } from "./program";
import { type TfRows, tfRows } from "./rows";
import { traceNodes } from "./trace";
import { shareBackend, type TfGpu } from "./webgpu";

export type TfBackend = "cpu" | "webgl" | "webgpu";

export interface TfPlan extends Plan {
  /** Every value of the graph by its id, after a run that changes no state. */
  inspect(feeds: Feeds): Promise<Map<number, Float32Array>>;
}

export interface TfExecutor extends Executor {
  compile(graph: Graph, label?: string): Promise<TfPlan>;
  /** The outputs of one node, computed from these inputs. */
  evaluate(node: Node, inputs: readonly Float32Array[]): Promise<readonly Float32Array[]>;
}

const TF = "TensorFlow.js";
const loadTf = () => loadPart(TF, () => import("@tensorflow/tfjs-core"));
const loadBackend = {
  cpu: () => import("@tensorflow/tfjs-backend-cpu"),
  webgl: () => import("@tensorflow/tfjs-backend-webgl"),
} as const satisfies Record<string, () => Promise<unknown>>;

/** TensorFlow.js has one active backend for the whole module, so every executor of every backend waits in one line. */
const queue = new SerialQueue();

export async function createTfExecutor(backend: "cpu" | "webgl"): Promise<TfExecutor> {
  const tf = await loadTf();
  await loadPart<unknown>(TF, loadBackend[backend]);
  await queue.add(() => activate(tf, backend));
  return new NodeByNode(tf, backend);
}

/** On a WebGPU device of ours, which all executors of this kind share. */
export async function createTfGpuExecutor(gpu: GPU): Promise<TfExecutor> {
  const tf = await loadTf();
  const device = await queue.add(() => shareBackend(tf, gpu));
  await queue.add(() => activate(tf, "webgpu"));
  return new NodeByNode(tf, "webgpu", device);
}

async function activate(tf: typeof Tf, backend: TfBackend): Promise<void> {
  if (tf.getBackend() === backend) return;
  if (!(await tf.setBackend(backend)))
    throw new Error(`TensorFlow.js could not start its ${backend} backend on this machine; choose another device.`);
}

class NodeByNode implements TfExecutor {
  readonly kind: `tf-${TfBackend}`;
  readonly description: string;
  readonly lost: Promise<string>;
  private readonly states = new Map<string, Tf.Tensor>();
  private readonly constants = new Set<Tf.Tensor>();
  /** All values of a run live until its end. */
  private readonly valueBytes = new Map<TfPlan, number>();
  private readonly rows: TfRows;

  constructor(
    private readonly tf: typeof Tf,
    private readonly backend: TfBackend,
    private readonly gpu?: TfGpu,
  ) {
    this.kind = `tf-${backend}`;
    this.description = `TensorFlow.js ${tf.version_core}, ${gpu ? `WebGPU on ${gpu.name}` : backend}`;
    this.lost = gpu?.lost ?? new Promise<string>(() => {});
    this.rows = tfRows(tf, backend);
  }

  private onDevice<T>(job: () => T | Promise<T>): Promise<T> {
    return queue.add(async () => {
      await activate(this.tf, this.backend);
      return this.gpu ? this.gpu.guard(async () => job()) : job();
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
      const live = removeDeadNodes(graph);
      return this.planOf(live, graph, compileProgram(this.engine(owned), live.nodes), owned);
    });
  }

  evaluate(node: Node, inputs: readonly Float32Array[]): Promise<readonly Float32Array[]> {
    const b = new Builder();
    const given = node.inputs.map((v, i) => b.input(String(i), v.shape));
    const outputs = b.scope(node.scope, () => b.apply(node.op, given, node.attrs));
    return this.onDevice(async () => {
      const owned: Tf.Tensor[] = [];
      const program = compileProgram(this.engine(owned), b.nodes);
      const source = (leaf: Node): Tf.Tensor => this.tf.tensor1d(inputs[Number(leaf.attrs["name"])]!);
      const values = await program.run(source, new Set(outputs));
      const arrays = await Promise.all(outputs.map((v) => numbersOf(values.get(v)!)));
      this.free(owned);
      return arrays;
    });
  }

  private engine(owned: Tf.Tensor[]): Engine {
    return { tf: this.tf, rows: this.rows, constant: (node) => this.ownConstant(node, owned) };
  }

  private free(owned: Tf.Tensor[]): void {
    for (const tensor of owned.splice(0)) {
      tensor.dispose();
      this.constants.delete(tensor);
    }
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
    const { live: liveBytes, all } = graphMemory(expandComposites(live));
    const plan: TfPlan = {
      graph,
      cost: { dispatches: program.kernels, flops: program.flops, arenaBytes: 0, liveBytes },
      run: async (feeds, fetch = graph.outputs.map((o) => o.name)) => {
        const copies = copyFeeds(feeds);
        const outputs = fetch.map((name) => findOutput(live, name));
        return this.onDevice(() => this.runOnce(live, program, leafOf(copies), outputs));
      },
      trace: (feeds) => {
        checkFeeds(graph, feeds);
        return { graph: live, nodes: traceNodes(this, live, feeds) };
      },
      inspect: async (feeds) => {
        const copies = copyFeeds(feeds);
        const all = new Set(live.nodes.flatMap((node) => node.outputs));
        return this.onDevice(async () => {
          const seen = new Map<number, Float32Array>();
          for (const [v, x] of await program.run(leafOf(copies), all)) seen.set(v.id, await numbersOf(x));
          return seen;
        });
      },
      dispose: () => {
        this.valueBytes.delete(plan);
        void this.onDevice(() => this.free(owned));
      },
    };
    this.valueBytes.set(plan, all);
    return plan;
  }

  private async runOnce(
    graph: Graph,
    program: Program,
    leaf: (node: Node) => Tf.Tensor,
    outputs: readonly { name: string; value: Value }[],
  ): Promise<Fetches> {
    const kept = new Set([...outputs, ...graph.updates].map(({ value }) => value));
    const values = await program.run(leaf, kept);
    // Clones share memory by count, so a value may be output, become several states, or be a state that changes its name.
    for (const { target, value } of graph.updates)
      this.setState(String(target.node.attrs["name"]), this.tf.keep(this.tf.clone(values.get(value)!)));
    const result: Record<string, Float32Array> = {};
    for (const { name, value } of outputs) result[name] = Float32Array.from(await values.get(value)!.data());
    for (const tensor of values.values()) tensor.dispose();
    return result;
  }

  /** Plans run one after the other, so the largest of them counts. */
  memory(): MemoryUse {
    const tensors = [...this.states.values(), ...this.constants];
    const held = tensors.reduce((n, x) => n + 4 * x.size, 0);
    return { buffers: tensors.length, bytes: held + Math.max(0, ...this.valueBytes.values()) };
  }

  async dispose(): Promise<void> {
    await this.onDevice(() => {
      for (const tensor of [...this.states.values(), ...this.constants]) tensor.dispose();
      this.states.clear();
      this.constants.clear();
    });
    await queue.add(() => this.gpu?.release());
  }
}

/** The numbers of a tensor, which is freed. */
async function numbersOf(tensor: Tf.Tensor): Promise<Float32Array> {
  const data = Float32Array.from(await tensor.data());
  tensor.dispose();
  return data;
}

function findOutput(graph: Graph, name: string): { name: string; value: Value } {
  const found = graph.outputs.find((o) => o.name === name);
  if (!found)
    throw new Error(
      `Output "${name}" does not exist; the graph has ${graph.outputs.map((o) => o.name).join(", ") || "none"}.`,
    );
  return found;
}
