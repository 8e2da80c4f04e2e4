/** The kernels that real plans use, as data: for compiling them in another WebGPU implementation than the tests'. */
import type { RunConfig } from "../src/contracts/runConfig";
import { type PlanLimits, planGraph } from "../src/core/exec/webgpu/plan";
import type { Graph } from "../src/core/graph/node";
import { expandComposites } from "../src/core/graph/passes";
import { blankWeights } from "../src/core/model/blank";
import { evaluateGraph, trainGraph } from "../src/core/model/graphs";
import { buildModel, type Model } from "../src/core/model/model";
import { applyGraph } from "../src/core/model/optimiser";
import { ops } from "../src/core/ops/registry";
import { scenesSource } from "../src/data/scenes";
import { presets } from "../src/runtime/products/catalogue/presets";
import { plannedLimits, plannedModel } from "../src/runtime/products/plan/plannedStep";
import { modelSpec } from "../src/runtime/run/prepare/modelSpec";
import { caseGraph } from "../tests/reference/executors";
import { primitiveCases } from "../tests/reference/primitiveCases";

/** One compute pipeline: what `createComputePipeline` needs, and the plan that asked for it first. */
export interface PlannedPipeline {
  readonly shader: string;
  readonly code: string;
  readonly entry: string;
  readonly overrides: Readonly<Record<string, number>>;
  /** Storage buffers read, then written, in the order of their bindings. */
  readonly reads: number;
  readonly writes: number;
  readonly plan: string;
}

/** A GPU's limits, and those of an adapter that computes on the processor: the kernels differ. */
const machines: Readonly<Record<string, PlanLimits>> = {
  gpu: plannedLimits,
  cpu: { ...plannedLimits, cpuAdapter: true },
};

/** Every distinct pipeline of the presets, of Swin-T at 224 px, of the op registry's cases and of the primitives' cases. */
export function plannedPipelines(): PlannedPipeline[] {
  const found = new Map<string, PlannedPipeline>();
  for (const [machine, limits] of Object.entries(machines))
    for (const [plan, graph] of plannedGraphs())
      for (const { shader, entry, overrides, reads, writes } of planGraph(graph, limits).dispatches) {
        const bound = { reads: reads.length, writes: writes.length };
        const key = JSON.stringify([shader.code, entry, Object.entries(overrides).sort(), bound]);
        if (!found.has(key))
          found.set(key, {
            shader: shader.name,
            code: shader.code,
            entry,
            overrides,
            ...bound,
            plan: `${plan}, ${machine}`,
          });
      }
  return [...found.values()];
}

function* plannedGraphs(): Generator<readonly [string, Graph]> {
  for (const { id, config } of presets)
    yield* runGraphs(`preset ${id}`, presetModel(config), config.training.batchSize);
  const tasks = ["semseg", "human_parts", "sal", "normals"] as const;
  yield* runGraphs("swin-t", plannedModel({ backbone: "swin-t", batch: 8, method: "ditask", tasks }), 8);
  for (const { def, cases } of ops)
    for (const c of cases) {
      const { graph } = caseGraph(c);
      yield [`${def.name}, ${c.name}`, graph];
      if (def.kind !== "host") yield [`${def.name}, ${c.name}, expanded`, expandComposites(graph)];
    }
  for (const [name, cases] of Object.entries(primitiveCases))
    for (const c of cases) yield [`${name}, ${c.name}`, caseGraph(c).graph];
}

/** The built-in scenes decide the tasks' classes. */
function presetModel(config: RunConfig): Model {
  const { train, val } = config.data;
  return buildModel(modelSpec(config, scenesSource({ train, val, size: 64, seed: config.training.seed })));
}

function* runGraphs(name: string, model: Model, batch: number): Generator<readonly [string, Graph]> {
  const weights = blankWeights(model);
  yield [`${name}, train`, trainGraph(model, weights, { batch })];
  yield [`${name}, apply`, applyGraph(model.layout)];
  yield [`${name}, evaluate`, evaluateGraph(model, weights, { batch, losses: true })];
}
