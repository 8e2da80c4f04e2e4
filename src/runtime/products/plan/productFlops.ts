/** The operations that the products of a step need, whatever the kernels issue. */

import { type Graph, type Node, sizeOf } from "../../../core/graph/node";
import { matmulSizes } from "../../../core/graph/primitives";
import { cheaperEvaluation, type Evaluation, evaluationFlops } from "../../../core/methods/spectralLinear";
import type { Model } from "../../../core/model/model";
import { windowSizes } from "../../../core/ops/windowSizes";

/** Operations of the products that a node stands for: a product itself, or the ones inside window attention. */
export function nodeProductFlops(node: Node): number {
  const [a, b] = node.inputs;
  switch (node.op.name) {
    case "matmul": {
      const { m, n, k, batch } = matmulSizes(a!.shape, b!.shape, node.attrs as never);
      return 2 * m * n * k * sizeOf(batch);
    }
    case "windowAttention":
    case "windowAttentionGrad": {
      const { batch, height, width, channels, tokens } = windowSizes(a!.shape, node.attrs as never);
      // Forward q kᵀ and P v; backward dv, dP, dq and dk. What a kernel computes again is no product of the step.
      const products = node.op.name === "windowAttention" ? 2 : 4;
      return products * 2 * batch * height * width * tokens * channels;
    }
    default:
      return 0;
  }
}

/** All products of the step, every adapted site by its cheaper evaluation whatever the graph chose. */
export function stepProductFlops(model: Model, graphs: readonly Graph[], batch: number): number {
  const built = graphs.reduce((sum, { nodes }) => nodes.reduce((n, node) => n + nodeProductFlops(node), sum), 0);
  return adaptedSites(model).reduce((sum, site) => {
    const flops = evaluationFlops(site, { batch, training: true });
    const chosenFlops = flops[cheaperEvaluation(site, { batch, training: true })];
    return sum + Math.min(flops.factored, flops.merged) - chosenFlops;
  }, built);
}

function adaptedSites({ backbone, method }: Model) {
  const names = new Set(method.spectrumSites.map(({ site }) => site));
  return backbone.sites.filter(({ name }) => names.has(name));
}

export function evaluationsOf(model: Model, batch: number): Record<Evaluation, number> {
  const counts = { factored: 0, merged: 0 };
  for (const site of adaptedSites(model)) counts[cheaperEvaluation(site, { batch, training: true })]++;
  return counts;
}
