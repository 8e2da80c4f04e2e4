/** The float64 evaluator behind the interface that conformance runs on. */
import type { GraphRunner } from "../../src/runtime/products/conformance/runner";
import { evaluate } from "../reference/evaluate";

export function float64Runner(): GraphRunner {
  let states = new Map<string, ArrayLike<number>>();
  return {
    description: "float64 evaluator",
    exact: true,
    writeState: (name, data) => {
      states.set(name, Float64Array.from(data));
    },
    readState: async (name) => states.get(name)!,
    releaseStates: async () => states.clear(),
    compile: async (graph) => ({
      run: async (feeds) => {
        const result = evaluate(graph, feeds, states);
        states = new Map(result.states);
        return result.outputs;
      },
      dispose: () => {},
    }),
  };
}
