/** From the graph as built to the graph whose every node is a leaf or has a WGSL kernel. */
import type { DeviceLimits } from "../../graph/kernel";
import type { Graph, Node } from "../../graph/node";
import { expandComposites, removeDeadNodes } from "../../graph/passes";
import { fuse } from "./fuse";
import { fuseElementwise } from "./fuseElementwise";
import { simplify } from "./simplify";

export function lower(graph: Graph, limits: DeviceLimits): Graph {
  const hasKernel = (node: Node): boolean => (node.op.kernel?.(node, limits) ?? null) !== null;
  const open = simplify(expandComposites(removeDeadNodes(graph), hasKernel));
  const fused = expandComposites(fuse(open, limits), hasKernel);
  return fuseElementwise(fused, limits);
}
