/** Every case of the op registry on WebGPU: the WGSL kernels, and the expansions into primitives, against the float64 evaluator. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWebGpuExecutor, type WebGpuExecutor } from "../../src/core/exec/webgpu/executor";
import { expandComposites } from "../../src/core/graph/passes";
import { ops } from "../../src/core/ops/registry";
import { evaluate } from "../reference/evaluate";
import { caseGraph, relativeError } from "../reference/executors";
import { getTestDevice } from "./device";

/** float32 against float64, relative to the largest number of an output. */
const FORWARD_TOLERANCE = 5e-6;
const GRADIENT_TOLERANCE = 2e-5;

let executor: WebGpuExecutor;
beforeAll(async () => {
  executor = createWebGpuExecutor(await getTestDevice());
});
afterAll(() => executor.dispose());

// Compiling the attention kernels takes SwiftShader many seconds on a busy machine.
const TIMEOUT_MS = 180_000;

describe.each(ops.map((entry) => [entry.def.name, entry] as const))("%s on WebGPU", (_name, { cases, def }) => {
  it("is tried at all", () => expect(cases.length).toBeGreaterThan(0));

  it.each(cases.map((c) => [c.name, c] as const))(
    "%s",
    async (_title, c) => {
      const { graph, feeds } = caseGraph(c);
      const truth = evaluate(graph, feeds).outputs;
      const variants =
        def.kind === "host" ? { kernels: graph } : { kernels: graph, expansion: expandComposites(graph) };
      for (const [variant, lowered] of Object.entries(variants)) {
        const plan = await executor.compile(lowered, `${c.name}, ${variant}`);
        const values = await plan.run(feeds);
        for (const [name, numbers] of Object.entries(truth)) {
          const limit = name.startsWith("d")
            ? (c.tolerance?.grad ?? GRADIENT_TOLERANCE)
            : (c.tolerance?.forward ?? FORWARD_TOLERANCE);
          expect(relativeError(values[name]!, numbers), `${variant}, ${name}`).toBeLessThan(limit);
        }
        plan.dispose();
      }
    },
    TIMEOUT_MS,
  );
});
