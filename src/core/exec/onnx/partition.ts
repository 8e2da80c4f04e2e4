/**
 * Cuts a graph into parts that alternate between the host (exact TypeScript) and ONNX Runtime, with as few parts as the dependencies allow.
 * Host parts have even stages, ONNX Runtime's have odd ones; leaves are everywhere.
 */
import { type Graph, type Node, sizeOf, type Value } from "../../graph/node";
import { isHostRow } from "./hostRows";

export interface Part {
  readonly kind: "host" | "onnx";
  readonly nodes: readonly Node[];
  /** Values from the outside: inputs and states too, constants not. */
  readonly inputs: readonly Value[];
  /** Values that a later part, an output or an update needs. */
  readonly outputs: readonly Value[];
}

type Users = ReadonlyMap<Node, readonly Node[]>;

function usersOf(graph: Graph): Users {
  const users = new Map<Node, Node[]>(graph.nodes.map((node) => [node, []]));
  for (const node of graph.nodes) for (const v of node.inputs) users.get(v.node)!.push(node);
  return users;
}

/** Host ops, and the slices and concatenations of host values and leaves that only serve them: not worth a session of their own. */
function hostNodes(graph: Graph, users: Users): Set<Node> {
  const reachable = new Set<Node>();
  for (const node of graph.nodes) {
    const onHost = (v: Value): boolean => v.node.op.kind === "leaf" || reachable.has(v.node);
    if (node.op.kind === "host" || (isHostRow(node) && node.inputs.every(onHost))) reachable.add(node);
  }
  const chosen = new Set<Node>();
  for (const node of [...graph.nodes].reverse()) {
    const serves = users.get(node)!.some((user) => chosen.has(user));
    if (node.op.kind === "host" || (serves && reachable.has(node))) chosen.add(node);
  }
  return chosen;
}

function stagesOf(graph: Graph, onHost: ReadonlySet<Node>): Map<Node, number> {
  const stages = new Map<Node, number>();
  for (const node of graph.nodes) {
    if (node.op.kind === "leaf") continue;
    const after = Math.max(0, ...node.inputs.map((v) => stages.get(v.node) ?? 0));
    const parity = onHost.has(node) ? 0 : 1;
    stages.set(node, after % 2 === parity ? after : after + 1);
  }
  return stages;
}

/**
 * Moves nodes that only a later ONNX part uses into that part where their inputs are no larger than their outputs: a broadcast or padding
 * is then not carried from one session to the next.
 */
function sink(graph: Graph, users: Users, onHost: ReadonlySet<Node>, stages: Map<Node, number>): void {
  const kept = new Set([...graph.outputs, ...graph.updates].map(({ value }) => value.node));
  const bytes = (values: readonly Value[]): number => values.reduce((n, v) => n + sizeOf(v.shape), 0);
  for (const node of [...graph.nodes].reverse()) {
    const stage = stages.get(node);
    if (stage === undefined || onHost.has(node) || kept.has(node)) continue;
    const first = Math.min(...users.get(node)!.map((user) => stages.get(user)!));
    const target = first % 2 === 1 ? first : first - 1;
    const carried = node.inputs.filter((v) => v.node.op.kind !== "leaf");
    if (target > stage && Number.isFinite(target) && bytes(carried) <= bytes(node.outputs)) stages.set(node, target);
  }
}

export function partition(graph: Graph): readonly Part[] {
  const users = usersOf(graph);
  const onHost = hostNodes(graph, users);
  const stages = stagesOf(graph, onHost);
  sink(graph, users, onHost, stages);
  const results = new Set([...graph.outputs, ...graph.updates].map(({ value }) => value));
  const last = Math.max(-1, ...stages.values());
  const parts: Part[] = [];
  for (let stage = 0; stage <= last; stage++) {
    const nodes = graph.nodes.filter((node) => stages.get(node) === stage);
    if (nodes.length === 0) continue;
    const inside = new Set(nodes);
    const outside = (v: Value): boolean =>
      !inside.has(v.node) && v.node.op.name !== "constant" && v.node.op.name !== "full";
    const leaves = (v: Value): boolean =>
      results.has(v) || users.get(v.node)!.some((n) => !inside.has(n) && n.inputs.includes(v));
    parts.push({
      kind: stage % 2 === 0 ? "host" : "onnx",
      nodes,
      inputs: [...new Set(nodes.flatMap((node) => node.inputs.filter(outside)))],
      outputs: nodes.flatMap((node) => node.outputs.filter(leaves)),
    });
  }
  return parts;
}
