/** Running cases of the op registry's form on executors, and judging them by the float64 evaluator. */
import type { Executor } from "../../src/core/exec/executor";
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { type Graph, sizeOf } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import type { OpCase } from "../../src/core/ops/cases";
import { caseData } from "./caseData";
import { evaluate } from "./evaluate";

export interface CaseGraph {
  readonly graph: Graph;
  readonly feeds: Record<string, Float32Array>;
}

/** Outputs y0, y1, ... and, where the case names inputs to differentiate, gradients d<i> of a randomly weighted sum of the outputs. */
export function caseGraph(c: OpCase): CaseGraph {
  const b = new Builder();
  const inputs = c.inputs.map((input, i) => b.input(`x${i}`, input.shape));
  const outputs = c.build(b, inputs);
  for (const [i, y] of outputs.entries()) b.output(`y${i}`, y);
  const stream = random(7, "loss weights");
  const terms = outputs.map((y) => {
    const weights = Float32Array.from({ length: sizeOf(y.shape) }, () => stream.normal());
    return b.sum(b.mul(y, b.constant(weights, y.shape)));
  });
  if (c.wrt.length > 0) {
    const grads = gradients(
      b,
      terms.reduce((sum, term) => b.add(sum, term)),
      c.wrt.map((i) => inputs[i]!),
    );
    for (const [k, grad] of grads.entries()) if (grad) b.output(`d${c.wrt[k]}`, grad);
  }
  const feeds = Object.fromEntries(c.inputs.map((input, i) => [`x${i}`, caseData(input, c.name, i)]));
  return { graph: b.build(), feeds };
}

/** Largest |difference| over max(1, largest finite |truth|); NaN and infinity must stand at the same places. */
export function relativeError(values: ArrayLike<number>, truth: ArrayLike<number>): number {
  if (values.length !== truth.length) return Number.POSITIVE_INFINITY;
  let [gap, scale] = [0, 1];
  for (let i = 0; i < truth.length; i++) {
    const [y, t] = [values[i]!, truth[i]!];
    if (Object.is(y, t) || y === t) continue;
    if (!Number.isFinite(t) || !Number.isFinite(y)) return Number.POSITIVE_INFINITY;
    gap = Math.max(gap, Math.abs(y - t));
    scale = Math.max(scale, Math.abs(t));
  }
  return gap / scale;
}

/** The error of every output of a case on an executor. */
export async function caseErrors(executor: Executor, c: OpCase): Promise<Record<string, number>> {
  const { graph, feeds } = caseGraph(c);
  const truth = evaluate(graph, feeds).outputs;
  const plan = await executor.compile(graph, c.name);
  try {
    const values = await plan.run(feeds);
    return Object.fromEntries(
      Object.keys(truth).map((name) => [name, relativeError(values[name] ?? [], truth[name]!)]),
    );
  } finally {
    plan.dispose();
  }
}
