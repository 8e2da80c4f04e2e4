/** How each task alone would change the parameters. */
import type { Feeds } from "../../../core/exec/executor";
import { GRADIENT, inputs } from "../../../core/model/graphs";
import type { RunParts } from "./runParts";

/**
 * [P] a task: the gradient of its weighted loss alone on one batch, of which `feeds` are. Running statistics are put back; every step starts
 * its gradient anew.
 */
export async function taskGradients(
  { executor, plans, model, weights }: RunParts,
  feeds: Feeds,
): Promise<readonly Float32Array[]> {
  const read = async (name: string) => (await executor.readState(name)).slice();
  const kept: (readonly [string, Float32Array])[] = [];
  for (const name of weights.statistics.keys()) kept.push([name, await read(name)]);
  const lambdas = feeds[inputs.taskWeights]!;
  const gradients: Float32Array[] = [];
  for (const t of model.tasks.keys()) {
    await plans.train.run({ ...feeds, [inputs.taskWeights]: lambdas.map((lambda, i) => (i === t ? lambda : 0)) });
    gradients.push(await read(GRADIENT));
  }
  for (const [name, data] of kept) executor.writeState(name, data);
  return gradients;
}
