/** The float64 evaluator behind the interface that golden checks run on. */
import { evaluate } from "../reference/evaluate";
import type { GoldenExecutor } from "./check";

export function float64Executor(): GoldenExecutor {
  let states = new Map<string, ArrayLike<number>>();
  return {
    exact: true,
    writeState: (name, data) => {
      states.set(name, data.slice());
    },
    readState: async (name) => states.get(name)!,
    compile: async (graph) => ({
      run: async (feeds) => {
        const result = evaluate(graph, feeds, states);
        states = new Map(result.states);
        return result.outputs;
      },
    }),
  };
}
