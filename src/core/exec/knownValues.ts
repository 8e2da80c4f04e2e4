/** The numbers of a graph's values while it is gone through node by node: leaves from the start, others as they become known. */
import { type Graph, type Node, sizeOf, type Value } from "../graph/node";
import { lastReads, statesOf } from "../graph/passes";
import type { Executor, Feeds } from "./executor";

export class KnownValues {
  private readonly values = new Map<Value, Float32Array>();
  private readonly ends: ReadonlyMap<Node, readonly Value[]>;
  private readonly kept: ReadonlySet<Value>;

  private constructor(
    private readonly graph: Graph,
    private readonly feeds: Feeds,
    private readonly states: ReadonlyMap<string, Float32Array>,
  ) {
    const ends = lastReads(graph.nodes);
    this.ends = new Map(graph.nodes.map((node, i) => [node, ends[i]!]));
    this.kept = new Set(graph.updates.map(({ value }) => value));
  }

  /** As a run would find them: states as `executor` has them now. */
  static async before(executor: Pick<Executor, "readState">, graph: Graph, feeds: Feeds): Promise<KnownValues> {
    const states = new Map<string, Float32Array>();
    for (const name of statesOf(graph).keys()) states.set(name, await executor.readState(name));
    return new KnownValues(graph, feeds, states);
  }

  of(value: Value): Float32Array {
    const { op, attrs } = value.node;
    const name = String(attrs["name"]);
    if (op.name === "input") return this.feeds[name]!;
    if (op.name === "state") return this.states.get(name)!;
    if (op.name === "constant") return attrs["data"] as Float32Array;
    if (op.name === "full") return new Float32Array(sizeOf(value.shape)).fill(attrs["value"] as number);
    return this.values.get(value)!;
  }

  inputsOf(node: Node): Float32Array[] {
    return node.inputs.map((v) => this.of(v));
  }

  /** Enters a node's outputs and forgets what no later node reads. */
  add(node: Node, outputs: readonly Float32Array[]): void {
    for (const [i, v] of node.outputs.entries()) this.values.set(v, outputs[i]!);
    for (const v of this.ends.get(node)!) if (!this.kept.has(v)) this.values.delete(v);
  }

  /** What each updated state holds after the run; where it is updated twice, the later value. */
  updates(): ReadonlyMap<string, Float32Array> {
    return new Map(
      this.graph.updates.map(({ target, value }) => [String(target.node.attrs["name"]), this.of(value)] as const),
    );
  }
}
