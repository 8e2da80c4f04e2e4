/** The registry suite: every op on every executor of the CPU against float64, and every derivative against central differences. */
import { afterAll, describe, expect, it } from "vitest";
import type { Executor } from "../../src/core/exec/executor";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtNative } from "../../src/core/exec/onnx/loadOrtNative";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { createTfExecutor } from "../../src/core/exec/tf/executor";
import { totals } from "../../src/core/graph/cost";
import { expandComposites } from "../../src/core/graph/passes";
import type { OpCase } from "../../src/core/ops/cases";
import { ops } from "../../src/core/ops/registry";
import { caseData } from "../reference/caseData";
import { checkDerivative } from "../reference/differences";
import { caseErrors, caseGraph } from "../reference/executors";

/** Largest error over max(1, largest truth), float32 against float64. */
const TOLERANCE = 1e-5;
const DERIVATIVE_TOLERANCE = 1e-6;
/** Host ops without a float64 rule round to float32: their differences need a wider step and are coarser. */
const ROUNDED = { epsilon: 4e-3, tolerance: 2e-3 };
/** Floating-point operations that the differences of one case may cost. */
const DIFFERENCE_FLOPS = 2e8;

const native = await loadOrtNative().then(
  (ort) => [createOnnxExecutor(ort, { kind: "onnx-native" })],
  () => [],
);
const executors: readonly Executor[] = [
  await createTfExecutor("cpu"),
  createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" }),
  ...native,
];
afterAll(() => Promise.all(executors.map((executor) => executor.dispose())));

function derivativeError(c: OpCase): { error: number; tolerance: number } {
  const graph = expandComposites(caseGraph(c).graph);
  const rounded = graph.nodes.some((node) => node.op.kind === "host" && !node.op.computeFloat64);
  const elements = Math.floor(DIFFERENCE_FLOPS / (totals(graph).flops + 1e4) / 2 / c.wrt.length);
  const { error, checked } = checkDerivative(
    c.build,
    c.inputs.map((input) => input.shape),
    c.inputs.map((input, i) => caseData(input, c.name, i)),
    { wrt: c.wrt, limit: Math.max(3, Math.min(40, elements)), ...(rounded ? { epsilon: ROUNDED.epsilon } : {}) },
  );
  expect(checked).toBeGreaterThan(0);
  return { error, tolerance: rounded ? ROUNDED.tolerance : DERIVATIVE_TOLERANCE };
}

describe.each(ops.map((entry) => [entry.def.name, entry] as const))("%s", (_op, { cases }) => {
  it("has cases", () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  describe.each(cases.map((c) => [c.name, c] as const))("%s", (_case, c) => {
    it.each(executors.map((executor) => [executor.kind, executor] as const))(
      "agrees with float64 on %s",
      async (_kind, executor) => {
        for (const [name, error] of Object.entries(await caseErrors(executor, c))) {
          const limit = (name.startsWith("d") ? c.tolerance?.grad : c.tolerance?.forward) ?? TOLERANCE;
          expect(error, name).toBeLessThan(limit);
        }
      },
    );
    it.runIf(c.wrt.length > 0)("has the derivative that central differences show", () => {
      const { error, tolerance } = derivativeError(c);
      expect(error).toBeLessThan(tolerance);
    });
  });
});
