/**
 * The graph on ONNX Runtime: the step is lowered to ONNX models, one session each, with host ops between them. States are arrays on the
 * host; a run feeds them, fetches their updates, and swaps the handles.
 */
import type * as OrtWeb from "onnxruntime-web";
import { nodeFlops } from "../../graph/describe";
import { type Graph, type Node, sizeOf, type Value } from "../../graph/node";
import { expandComposites } from "../../graph/passes";
import { checkFeeds, type Executor, type Feeds, type Fetches, type Plan } from "../executor";
import { SerialQueue } from "../serialQueue";
import { runOnHost } from "./hostRows";
import { hasOnnxRule, lower } from "./lower";
import { type Part, partition } from "./partition";

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

interface Session {
  readonly part: Part;
  /** Absent for parts that run on the host. */
  readonly session?: OrtWeb.InferenceSession;
}

const portName = (v: Value): string => `v${v.id}`;

class OnnxExecutor implements Executor {
  readonly kind: OnnxOptions["kind"];
  readonly description: string;
  readonly lost = new Promise<string>(() => {});
  private readonly states = new Map<string, Float32Array>();
  private readonly plans = new Set<OnnxPlan>();
  private readonly queue = new SerialQueue();
  private readonly sessionOptions: OrtWeb.InferenceSession.SessionOptions;

  constructor(
    private readonly ort: Ort,
    { kind, threads = 1 }: OnnxOptions,
  ) {
    this.kind = kind;
    const [engine, used] = kind === "onnx-wasm" ? ["wasm", ort.env.wasm.numThreads ?? 1] : ["native", threads];
    this.description = `ONNX Runtime ${engine}, ${used} thread${used === 1 ? "" : "s"}`;
    this.sessionOptions = {
      executionProviders: [kind === "onnx-wasm" ? "wasm" : "cpu"],
      graphOptimizationLevel: "all",
      executionMode: "sequential",
      ...(kind === "onnx-native" ? { intraOpNumThreads: threads, interOpNumThreads: 1 } : {}),
      logSeverityLevel: 3,
    };
  }

  writeState(name: string, data: Float32Array): void {
    const copy = data.slice();
    void this.queue.add(() => this.states.set(name, copy));
  }

  readState(name: string): Promise<Float32Array> {
    return this.queue.add(() => {
      const data = this.states.get(name);
      if (!data) throw new Error(`State "${name}" was never written; call writeState first.`);
      return data.slice();
    });
  }

  async compile(graph: Graph, label = "graph"): Promise<Plan> {
    const open = expandComposites(graph, hasOnnxRule);
    const parts = partition(open);
    let dispatches = 0;
    const sessions: Session[] = [];
    for (const [i, part] of parts.entries()) {
      if (part.kind === "host") {
        dispatches += part.nodes.length;
        sessions.push({ part });
        continue;
      }
      const ports = (values: readonly Value[]) => values.map((value) => ({ name: portName(value), value }));
      const model = lower({
        name: `${label} ${i}`,
        nodes: part.nodes,
        inputs: ports(part.inputs),
        outputs: ports(part.outputs),
      });
      dispatches += model.nodeCount;
      sessions.push({ part, session: await this.openSession(model.bytes, label) });
    }
    const flops = open.nodes.reduce((n, node) => n + nodeFlops(node), 0);
    const plan = new OnnxPlan(this.ort, this.queue, this.states, graph, open, sessions, { dispatches, flops }, () =>
      this.plans.delete(plan),
    );
    this.plans.add(plan);
    return plan;
  }

  private async openSession(model: Uint8Array, label: string): Promise<OrtWeb.InferenceSession> {
    try {
      return await this.ort.InferenceSession.create(model, this.sessionOptions);
    } catch (error) {
      throw new Error(`ONNX Runtime does not accept the model of "${label}": ${(error as Error).message}`);
    }
  }

  memory(): { buffers: number; bytes: number } {
    return { buffers: this.states.size, bytes: [...this.states.values()].reduce((n, data) => n + data.byteLength, 0) };
  }

  async dispose(): Promise<void> {
    for (const plan of [...this.plans]) plan.dispose();
    await this.queue.add(() => this.states.clear());
  }
}

/** A value during a run: the host works on its array, ONNX Runtime on a tensor over it. */
type Values = Map<Value, Float32Array>;

class OnnxPlan implements Plan {
  readonly cost: Plan["cost"];

  constructor(
    private readonly ort: Ort,
    private readonly queue: SerialQueue,
    private readonly states: Map<string, Float32Array>,
    readonly graph: Graph,
    private readonly open: Graph,
    private readonly sessions: readonly Session[],
    cost: { dispatches: number; flops: number },
    private readonly forget: () => void,
  ) {
    this.cost = { ...cost, arenaBytes: 0, liveBytes: 0 };
  }

  async run(feeds: Feeds, fetch: readonly string[] = this.graph.outputs.map((o) => o.name)): Promise<Fetches> {
    checkFeeds(this.graph, feeds);
    const wanted = fetch.map((name) => this.output(name));
    const copies = Object.fromEntries(Object.entries(feeds).map(([name, data]) => [name, data.slice()]));
    return this.queue.add(() => this.runOnce(copies, wanted));
  }

  private output(name: string): { name: string; value: Value } {
    const found = this.open.outputs.find((o) => o.name === name);
    if (found) return found;
    const known = this.open.outputs.map((o) => o.name).join(", ") || "none";
    throw new Error(`Output "${name}" does not exist; the graph has ${known}.`);
  }

  private async runOnce(feeds: Feeds, wanted: readonly { name: string; value: Value }[]): Promise<Fetches> {
    const values: Values = new Map();
    for (const node of this.open.nodes) if (node.op.kind === "leaf") this.setLeaf(node, feeds, values);
    const needed = new Set([...wanted, ...this.open.updates].map(({ value }) => value));
    for (const { part } of this.sessions) for (const v of part.inputs) needed.add(v);
    for (const { part, session } of this.sessions) {
      if (session) await this.runSession(session, part, needed, values);
      else
        for (const node of part.nodes)
          setOutputs(
            node,
            runOnHost(
              node,
              node.inputs.map((v) => arrayOf(v, values)),
            ),
            values,
          );
    }
    const fetches = Object.fromEntries(wanted.map(({ name, value }) => [name, arrayOf(value, values)]));
    return this.finish(fetches, values);
  }

  private setLeaf(node: Node, feeds: Feeds, values: Values): void {
    const name = String(node.attrs["name"]);
    const v = node.outputs[0]!;
    if (node.op.name === "input") values.set(v, feeds[name]!);
    if (node.op.name !== "state") return;
    const data = this.states.get(name);
    if (!data) throw new Error(`State "${name}" was never written; call writeState first.`);
    if (data.length !== sizeOf(v.shape))
      throw new Error(`State "${name}" holds ${data.length} numbers; the graph needs ${sizeOf(v.shape)}.`);
    values.set(v, data);
  }

  private async runSession(
    session: OrtWeb.InferenceSession,
    part: Part,
    needed: ReadonlySet<Value>,
    values: Values,
  ): Promise<void> {
    const inputs = Object.fromEntries(
      part.inputs.map((v) => [portName(v), new this.ort.Tensor("float32", arrayOf(v, values), v.shape)]),
    );
    const outputs = part.outputs.filter((v) => needed.has(v));
    if (outputs.length === 0) return;
    const results = await session.run(inputs, outputs.map(portName));
    for (const v of outputs) values.set(v, results[portName(v)]!.data as Float32Array);
  }

  /** Swaps the states for their updates. Arrays that would have two owners are copied, for the caller may write into its own. */
  private finish(fetches: Record<string, Float32Array>, values: Values): Fetches {
    const owned = new Set<ArrayBufferLike>([...this.states.values()].map((data) => data.buffer));
    const own = (data: Float32Array): Float32Array => {
      const mine = owned.has(data.buffer) || data.byteLength !== data.buffer.byteLength ? data.slice() : data;
      owned.add(mine.buffer);
      return mine;
    };
    const updated = this.open.updates.map(
      ({ target, value }) => [String(target.node.attrs["name"]), own(arrayOf(value, values))] as const,
    );
    const result = Object.fromEntries(Object.entries(fetches).map(([name, data]) => [name, own(data)]));
    for (const [name, data] of updated) this.states.set(name, data);
    return result;
  }

  dispose(): void {
    this.forget();
    void this.queue.add(async () => {
      for (const { session } of this.sessions) await session?.release();
    });
  }
}

function setOutputs(node: Node, results: readonly Float32Array[], values: Values): void {
  for (const [i, v] of node.outputs.entries()) values.set(v, results[i]!);
}

/** The array of a value that a run has made, or of a constant. */
function arrayOf(v: Value, values: Values): Float32Array {
  const known = values.get(v);
  if (known) return known;
  const { op, attrs } = v.node;
  if (op.name === "full") return new Float32Array(sizeOf(v.shape)).fill(attrs["value"] as number);
  if (op.name === "constant") return (attrs["data"] as Float32Array).slice();
  throw new Error(`The value %${v.id} of ${op.name} was used before it was made: the parts are in a wrong order.`);
}
