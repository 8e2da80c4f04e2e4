/** A graph for people: one line a node with shapes, floating-point operations and bytes, then totals. */
import { type Graph, type Node, showShape, sizeOf } from "./node";

export const nodeFlops = (node: Node): number =>
  node.op.flops ? node.op.flops(node) : node.outputs.reduce((n, v) => n + sizeOf(v.shape), 0);

/** Bytes that a node's outputs occupy. */
export const nodeBytes = (node: Node): number => node.outputs.reduce((n, v) => n + 4 * sizeOf(v.shape), 0);

export interface GraphTotals {
  readonly nodes: number;
  readonly flops: number;
  readonly bytes: number;
}

export function totals(graph: Graph): GraphTotals {
  return graph.nodes.reduce(
    (sum, node) => ({ nodes: sum.nodes + 1, flops: sum.flops + nodeFlops(node), bytes: sum.bytes + nodeBytes(node) }),
    { nodes: 0, flops: 0, bytes: 0 },
  );
}

const units = ["", "k", "M", "G", "T"];

/** 12345 → "12.3k". */
export function short(n: number): string {
  const power = n < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(n) / 3));
  return power === 0 ? String(n) : `${(n / 1000 ** power).toPrecision(3)}${units[power]}`;
}

export function describe(graph: Graph): string {
  const lines = graph.nodes.map((node) => {
    const left = node.outputs.map((v) => `%${v.id} ${showShape(v.shape)}`).join(", ");
    const name = typeof node.attrs["name"] === "string" && node.attrs["name"] !== "" ? ` "${node.attrs["name"]}"` : "";
    const right = `${node.op.name}${name}(${node.inputs.map((v) => `%${v.id}`).join(", ")})`;
    const scope = node.scope ? `  # ${node.scope}` : "";
    return `${left} = ${right}  ${short(nodeFlops(node))}FLOP ${short(nodeBytes(node))}B${scope}`;
  });
  for (const { name, value } of graph.outputs) lines.push(`output "${name}" = %${value.id}`);
  for (const { target, value } of graph.updates)
    lines.push(`update "${String(target.node.attrs["name"])}" ← %${value.id}`);
  const sum = totals(graph);
  return [...lines, `${sum.nodes} nodes, ${short(sum.flops)}FLOP, ${short(sum.bytes)}B of values`].join("\n");
}
