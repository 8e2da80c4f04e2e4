/** What running a graph takes beside its states, for engines that manage their memory themselves and do not tell. */
import { type Graph, type Node, sizeOf, type Value } from "../graph/node";

/** Bytes. */
export interface GraphMemory {
  /** Frozen weights and tables, each once. */
  readonly constants: number;
  /** The most intermediate values that are alive at one node, in the graph's order. */
  readonly live: number;
  /** All intermediate values together. */
  readonly all: number;
}

export function graphMemory(graph: Graph): GraphMemory {
  const data = graph.nodes.flatMap(({ op, attrs }) => (op.name === "constant" ? [attrs["data"] as Float32Array] : []));
  const made = graph.nodes.filter(makesValues).flatMap((node) => node.outputs);
  return {
    constants: [...new Set(data)].reduce((sum, array) => sum + array.byteLength, 0),
    live: liveBytes(graph, made),
    all: made.reduce((sum, v) => sum + bytesOf(v), 0),
  };
}

const bytesOf = (v: Value): number => 4 * sizeOf(v.shape);
/** A reshaped value is the same memory. */
const makesValues = ({ op }: Node): boolean => op.kind !== "leaf" && op.name !== "reshape";

const rootOf = (v: Value): Value => (v.node.op.name === "reshape" ? rootOf(v.node.inputs[0]!) : v);

function liveBytes({ nodes, outputs, updates }: Graph, made: readonly Value[]): number {
  const last = new Map<Value, number>();
  for (const [at, node] of nodes.entries()) for (const v of node.inputs) last.set(rootOf(v), at);
  for (const { value } of [...outputs, ...updates]) last.set(rootOf(value), nodes.length - 1);
  const ends = new Float64Array(nodes.length);
  for (const v of made) ends[last.get(v) ?? nodes.indexOf(v.node)]! += bytesOf(v);
  let [now, most] = [0, 0];
  for (const [at, node] of nodes.entries()) {
    if (makesValues(node)) now += node.outputs.reduce((sum, v) => sum + bytesOf(v), 0);
    most = Math.max(most, now);
    now -= ends[at]!;
  }
  return most;
}
