import type { Feeds } from "../../../src/core/exec/executor";
import { type Graph, sizeOf } from "../../../src/core/graph/node";

/** Numbers for every input of a graph: the known ones, and 1 for the others (rates, scales, masks, flow time). */
export function inputFeeds(graph: Graph, known: Feeds): Feeds {
  const feeds: Record<string, Float32Array> = {};
  for (const { op, attrs, outputs } of graph.nodes) {
    if (op.name !== "input") continue;
    const name = String(attrs["name"]);
    feeds[name] = known[name] ?? new Float32Array(sizeOf(outputs[0]!.shape)).fill(1);
  }
  return feeds;
}
