/** What a check needs of an executor: anything that runs graphs over named states. */
import type { Executor } from "../../../core/exec/executor";
import type { Graph } from "../../../core/graph/node";

export type NumberFeeds = Readonly<Record<string, ArrayLike<number>>>;
export type NumberFetches = Readonly<Record<string, ArrayLike<number>>>;

export interface RunnerPlan {
  run(feeds: NumberFeeds): Promise<NumberFetches>;
  dispose(): void;
}

export interface GraphRunner {
  /** For people. */
  readonly description: string;
  /** Whether it computes in float64, so that the stricter tolerances apply. */
  readonly exact: boolean;
  writeState(name: string, data: ArrayLike<number>): void;
  readState(name: string): Promise<ArrayLike<number>>;
  releaseStates(): Promise<void>;
  compile(graph: Graph, label: string): Promise<RunnerPlan>;
}

export function runnerOf(executor: Executor): GraphRunner {
  return {
    description: executor.description,
    exact: false,
    writeState: (name, data) => executor.writeState(name, Float32Array.from(data)),
    readState: (name) => executor.readState(name),
    releaseStates: () => executor.releaseStates(),
    compile: async (graph, label) => {
      const plan = await executor.compile(graph, label);
      return {
        run: (feeds) =>
          plan.run(Object.fromEntries(Object.entries(feeds).map(([name, data]) => [name, Float32Array.from(data)]))),
        dispose: () => plan.dispose(),
      };
    },
  };
}

/** Compiles, runs once, lets go. */
export async function runOnce(
  runner: GraphRunner,
  graph: Graph,
  label: string,
  feeds: NumberFeeds,
): Promise<NumberFetches> {
  const plan = await runner.compile(graph, label);
  try {
    return await plan.run(feeds);
  } finally {
    plan.dispose();
  }
}
