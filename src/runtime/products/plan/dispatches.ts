/** The dispatches of a plan, summed by where they come from and by what they do, and one by one. */
import type { GraphPlan } from "../../../core/exec/webgpu/plan";
import type { Node } from "../../../core/graph/node";

/** Dispatches that belong together, and what they do. */
export interface PlanGroup {
  readonly name: string;
  readonly dispatches: number;
  readonly flops: number;
  /** Bytes of all bound regions, each counted once a dispatch. */
  readonly bytes: number;
}

export type Dispatch = GraphPlan["dispatches"][number];

/** "backbone.stage0.block1'" → "stage0, backward". What is added up between scopes, and the apply graph, have none. */
export function placeOf({ scope }: Node): string {
  if (scope === "") return "optimiser and sums";
  const place = scope
    .replaceAll("'", "")
    .replace(/^backbone\.?/, "")
    .split(".");
  const name = place[0] === "head" || place[0] === "loss" ? place[0] : place.slice(0, 1).join(".");
  return `${name || "backbone"}, ${scope.includes("'") ? "backward" : "forward"}`;
}

/** The op, and what the dispatch does for it where that is not the op's main work. */
export function kernelOf({ node, shader }: Dispatch): string {
  const { name } = node.op;
  if (/^(reduce|sumPartials|matmulReduce|sum of )/.test(shader.name) && name !== "reduceSum")
    return name === "elementwise" ? "elementwise, summed" : `${name}, sum of parts`;
  return name;
}

const bytesOf = ({ reads, writes }: Dispatch): number =>
  [...reads, ...writes].reduce((sum, r) => sum + 4 * r.floats, 0);

export function grouped(dispatches: readonly Dispatch[], nameOf: (dispatch: Dispatch) => string): PlanGroup[] {
  const groups = new Map<string, { name: string; dispatches: number; flops: number; bytes: number }>();
  for (const dispatch of dispatches) {
    const name = nameOf(dispatch);
    const group = groups.get(name) ?? { name, dispatches: 0, flops: 0, bytes: 0 };
    groups.set(name, group);
    group.dispatches++;
    group.flops += dispatch.flops;
    group.bytes += bytesOf(dispatch);
  }
  return [...groups.values()].sort((a, b) => b.dispatches - a.dispatches);
}

export function describeDispatch({ node, shader, entry, groups, flops, reads, writes }: Dispatch): string {
  const shapes = (values: readonly { readonly shape: readonly number[] }[]): string =>
    values.map((v) => `[${v.shape.join(",")}]`).join(" ");
  const regions = `${reads.length} reads, ${writes.length} writes`;
  return `${node.scope || "-"}  ${node.op.name}  ${shader.name.slice(0, 60)}:${entry}  ${shapes(node.inputs)} -> ${shapes(node.outputs)}  ${groups.join("x")}  ${(flops / 1e6).toFixed(1)} MFLOP  ${regions}`;
}
