/** Gradients of each task alone. */
import type { Feeds } from "../../../core/exec/executor";
import { GRADIENT, inputs } from "../../../core/model/graphs";
import { optimiserStates } from "../../../core/optim/adamw";
import type { RunParts } from "./runParts";

/**
 * [P] a task: the gradient of its weighted loss alone on one batch, of which `feeds` are. No step is taken by it. No step may be in flight.
 */
export async function taskGradients(
  { executor, plans, model }: RunParts,
  feeds: Feeds,
): Promise<readonly Float32Array[]> {
  const read = async (name: string) => (await executor.readState(name)).slice();
  const lambdas = feeds[inputs.taskWeights]!;
  const gradients: Float32Array[] = [];
  for (const t of model.tasks.keys()) {
    await plans.train.run({ ...feeds, [inputs.taskWeights]: lambdas.map((lambda, i) => (i === t ? lambda : 0)) });
    gradients.push(await read(GRADIENT));
  }
  executor.writeState(optimiserStates.stepLoss, new Float32Array(1));
  return gradients;
}
