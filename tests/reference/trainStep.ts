/** One training step of a small model with random numbers everywhere, to be run on executors and judged by the float64 evaluator. */
import type { Executor } from "../../src/core/exec/executor";
import { type Graph, sizeOf } from "../../src/core/graph/node";
import { statesOf } from "../../src/core/graph/passes";
import { random } from "../../src/core/math/random";
import { inputs, trainGraph } from "../../src/core/model/graphs";
import { buildModel, type ModelSpec } from "../../src/core/model/model";
import { decomposeSites } from "../../src/core/model/spectra";
import { initialStates } from "../../src/core/model/states";
import { initialWeights, type Weights } from "../../src/core/nn/weights";
import { normals } from "./data";
import { evaluate } from "./evaluate";
import { relativeError } from "./executors";

export interface TrainStep {
  readonly graph: Graph;
  readonly feeds: Readonly<Record<string, Float32Array>>;
  readonly states: ReadonlyMap<string, Float32Array>;
  readonly weights: Weights;
}

/** Tasks: sal and depth. */
export function trainStep(spec: Omit<ModelSpec, "tasks">, batch = 1): TrainStep {
  const model = buildModel({ ...spec, tasks: [{ id: "sal" }, { id: "depth" }] });
  const weights = initialWeights(model.layout, 3);
  for (const { name, shape, group } of model.layout.parameters) {
    const noise = normals(shape, "train step", name);
    const scale = group === "linear" ? 0.3 : 0.1;
    weights.set(
      name,
      weights.get(name).map((x, i) => x + scale * noise[i]!),
    );
  }
  decomposeSites(model, weights);
  const graph = trainGraph(model, weights, { batch });
  const draw = random(9, "train step");
  const feeds: Record<string, Float32Array> = {};
  for (const { attrs, outputs } of graph.nodes.filter((node) => node.op.name === "input")) {
    const name = String(attrs["name"]);
    const value = (): number => {
      if (name === inputs.accumulate) return 0;
      if (name === inputs.label("sal")) return draw.int(2);
      return name === inputs.image ? draw.normal() : 1 + draw.uniform();
    };
    feeds[name] = Float32Array.from({ length: sizeOf(outputs[0]!.shape) }, value);
  }
  const known = initialStates(weights);
  return {
    graph,
    feeds,
    states: new Map([...statesOf(graph).keys()].map((name) => [name, known.get(name)!])),
    weights,
  };
}

/** The largest error of all outputs and states after the step, each relative to its own largest number. */
export async function stepError(executor: Executor, { graph, feeds, states }: TrainStep): Promise<number> {
  const truth = evaluate(graph, feeds, states);
  for (const [name, data] of states) executor.writeState(name, data);
  const plan = await executor.compile(graph, "step");
  try {
    const outputs = await plan.run(feeds);
    const errors = Object.entries(truth.outputs).map(([name, values]) => relativeError(outputs[name]!, values));
    for (const [name, values] of truth.states) {
      const scale = Math.max(...values.map(Math.abs)) || 1;
      const own = Float64Array.from(await executor.readState(name), (x) => x / scale);
      errors.push(
        relativeError(
          own,
          values.map((x) => x / scale),
        ),
      );
    }
    return Math.max(...errors);
  } finally {
    plan.dispose();
  }
}
