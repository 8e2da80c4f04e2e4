/** Runs the parts of a graph in order: host parts in TypeScript, the others as ONNX Runtime sessions. */
import type * as OrtWeb from "onnxruntime-web";
import { type Graph, type Node, sizeOf, type Value } from "../../graph/node";
import { checkFeeds, type Feeds, type Fetches, type Plan, type PlanCost } from "../executor";
import type { SerialQueue } from "../serialQueue";
import { runOnHost } from "./hostRows";
import type { Part } from "./partition";
import type { States } from "./states";

export interface Session {
  readonly part: Part;
  /** Absent for parts that run on the host. */
  readonly session?: OrtWeb.InferenceSession;
}

export interface PlanParts {
  readonly graph: Graph;
  /** The graph with its composites expanded, whose values the sessions exchange. */
  readonly open: Graph;
  readonly sessions: readonly Session[];
  readonly cost: PlanCost;
}

/** The name of a value in the models. */
export const portName = (v: Value): string => `v${v.id}`;

type Values = Map<Value, Float32Array>;
type Named = { readonly name: string; readonly value: Value };

const stateName = (target: Value): string => String(target.node.attrs["name"]);

export class OnnxPlan implements Plan {
  readonly graph: Graph;
  readonly cost: PlanCost;
  /** Arrays of values that only pass from one session to the next; written by every run. */
  private readonly passing = new Map<Value, Float32Array>();
  private disposed = false;
  /** The state that a value updates. */
  private readonly updates: ReadonlyMap<Value, string>;

  constructor(
    private readonly tensor: typeof OrtWeb.Tensor,
    private readonly queue: SerialQueue,
    private readonly states: States,
    private readonly parts: PlanParts,
    private readonly onDispose: () => void,
  ) {
    this.graph = parts.graph;
    this.cost = parts.cost;
    this.updates = new Map(parts.open.updates.map(({ target, value }) => [value, stateName(target)]));
  }

  async run(feeds: Feeds, fetch: readonly string[] = this.graph.outputs.map((o) => o.name)): Promise<Fetches> {
    if (this.disposed) throw new Error("This plan was disposed of; compile the graph again.");
    checkFeeds(this.graph, feeds);
    const wanted = fetch.map((name) => this.output(name));
    const copies = Object.fromEntries(Object.entries(feeds).map(([name, data]) => [name, data.slice()]));
    return this.queue.add(() => this.runOnce(copies, wanted));
  }

  private output(name: string): Named {
    const { outputs } = this.parts.open;
    const found = outputs.find((o) => o.name === name);
    if (found) return found;
    throw new Error(
      `Output "${name}" does not exist; the graph has ${outputs.map((o) => o.name).join(", ") || "none"}.`,
    );
  }

  private async runOnce(feeds: Feeds, wanted: readonly Named[]): Promise<Fetches> {
    const { open, sessions } = this.parts;
    const values: Values = new Map();
    for (const node of open.nodes) {
      const v = node.outputs[0]!;
      if (node.op.name === "input") values.set(v, feeds[String(node.attrs["name"])]!);
      if (node.op.name === "state") values.set(v, this.states.get(stateName(v), sizeOf(v.shape)));
    }
    const needed = new Set([...wanted, ...open.updates].map(({ value }) => value));
    for (const { part } of sessions) for (const v of part.inputs) needed.add(v);
    for (const { part, session } of sessions) {
      if (session) await this.runSession(session, part, needed, values);
      else for (const node of part.nodes) runHostNode(node, values);
    }
    return this.finish(wanted, values);
  }

  private async runSession(
    session: OrtWeb.InferenceSession,
    part: Part,
    needed: ReadonlySet<Value>,
    values: Values,
  ): Promise<void> {
    const tensorOf = (v: Value, data: Float32Array) => new this.tensor("float32", data, v.shape);
    const inputs = Object.fromEntries(part.inputs.map((v) => [portName(v), tensorOf(v, arrayOf(v, values))]));
    const outputs = part.outputs.filter((v) => needed.has(v));
    if (outputs.length === 0) return;
    const fetches = outputs.map((v) => {
      const target = this.targetOf(v);
      return [portName(v), target ? tensorOf(v, target) : null] as const;
    });
    const results = await session.run(inputs, Object.fromEntries(fetches));
    for (const v of outputs) values.set(v, results[portName(v)]!.data as Float32Array);
  }

  /**
   * The array that a session writes a value into; undefined: one of its own making. Fresh memory of many megabytes costs more
   * in page faults than the update itself (native: 26 ms against 9 ms for 3 states of 2 million numbers); wasm copies in any case.
   */
  private targetOf(v: Value): Float32Array | undefined {
    if (!this.states.reuse) return undefined;
    const name = this.updates.get(v);
    if (name !== undefined) return this.states.takeSpare(name, sizeOf(v.shape));
    if (this.parts.open.outputs.some((o) => o.value === v)) return undefined;
    const array = this.passing.get(v) ?? new Float32Array(sizeOf(v.shape));
    this.passing.set(v, array);
    return array;
  }

  /** Exchanges the states for their updates. Arrays that would have two owners are copied: the caller may write into its own. */
  private finish(wanted: readonly Named[], values: Values): Fetches {
    const taken = new Set<ArrayBufferLike>([...this.passing.values()].map((data) => data.buffer));
    const own = (data: Float32Array): Float32Array => {
      const shared = taken.has(data.buffer) || this.states.owns(data) || data.byteLength !== data.buffer.byteLength;
      const mine = shared ? data.slice() : data;
      taken.add(mine.buffer);
      return mine;
    };
    const updated = this.parts.open.updates.map(
      ({ target, value }) => [stateName(target), own(arrayOf(value, values))] as const,
    );
    const result = Object.fromEntries(wanted.map(({ name, value }) => [name, own(arrayOf(value, values))]));
    for (const [name, data] of updated) this.states.set(name, data);
    return result;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.onDispose();
    void this.queue.add(async () => {
      for (const { session } of this.parts.sessions) await session?.release();
      this.passing.clear();
    });
  }
}

function runHostNode(node: Node, values: Values): void {
  const inputs = node.inputs.map((v) => arrayOf(v, values));
  for (const [i, data] of runOnHost(node, inputs).entries()) values.set(node.outputs[i]!, data);
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
