/** What goes into the graphs of a run: the images and labels of a batch, and the numbers of a step, each a function of its place in the run. */
import type { Batch } from "../../../contracts/sample";
import type { Feeds, Plan } from "../../../core/exec/executor";
import { random } from "../../../core/math/random";
import { FLOW_TIME } from "../../../core/methods/ditask";
import { inputs } from "../../../core/model/graphs";
import { applyInputs, optimiserGroups, rateGroups } from "../../../core/model/optimiser";
import { DROP_PATH, dropPathMasks } from "../../../core/nn/dropPath";
import { cosineSchedule } from "../../../core/optim/schedule";
import type { RunParts } from "./runParts";

const BETAS = [0.9, 0.999] as const;
const NO_CLIPPING = 3e38;

const inputNames = (plan: Plan): ReadonlySet<string> =>
  new Set(plan.graph.nodes.filter((node) => node.op.name === "input").map((node) => String(node.attrs["name"])));

export class StepFeeds {
  private readonly schedule: (step: number) => number;
  private readonly groups;
  private readonly trainInputs: ReadonlySet<string>;
  private readonly evaluateInputs: ReadonlySet<string>;

  constructor(private readonly parts: Pick<RunParts, "config" | "model" | "plans">) {
    const { config, model, plans } = parts;
    const { steps, warmupFraction, finalFraction } = config.training;
    this.schedule = cosineSchedule({
      steps: Math.max(1, steps),
      warmupSteps: Math.floor(steps * warmupFraction),
      finalFraction,
    });
    this.groups = optimiserGroups(model.layout).groups;
    this.trainInputs = inputNames(plans.train);
    this.evaluateInputs = inputNames(plans.evaluate);
  }

  /** `position`: of the batch among all of the run; `micro`: of the batch in its step, whose first begins the gradient anew. */
  train(batch: Batch, position: number, micro: number): Feeds {
    const { config, model } = this.parts;
    const feeds: Record<string, Float32Array> = {
      [inputs.image]: batch.image,
      [inputs.taskWeights]: Float32Array.from(
        model.tasks,
        ({ id, task }) => config.training.taskWeights[id] ?? task.objective.weight,
      ),
      [inputs.accumulate]: Float32Array.of(micro === 0 ? 0 : 1),
    };
    for (const { id } of model.tasks) feeds[inputs.label(id)] = batch.labels[id]!;
    if (this.trainInputs.has(FLOW_TIME)) feeds[FLOW_TIME] = Float32Array.of(1);
    if (this.trainInputs.has(DROP_PATH))
      feeds[DROP_PATH] = dropPathMasks(model.dropPaths, batch.size, random(config.training.seed, "dropPath", position));
    return feeds;
  }

  /** Peak rates times the schedule, at a step, 0-based. */
  rates(index: number): Record<string, number> {
    const peak = this.parts.config.training.learningRate;
    return Object.fromEntries(rateGroups.map((rate) => [rate, peak[rate] * this.schedule(index)]));
  }

  /** Of a step, 0-based. */
  apply(index: number): Feeds {
    const { training } = this.parts.config;
    const rates = this.rates(index);
    return {
      [applyInputs.learningRates]: Float32Array.from(this.groups, ({ rate }) => rates[rate]!),
      [applyInputs.biasCorrections]: Float32Array.from(BETAS, (beta) => 1 - beta ** (index + 1)),
      [applyInputs.gradientScale]: Float32Array.of(1 / training.accumulate),
      [applyInputs.clipNorm]: Float32Array.of(training.clipNorm > 0 ? training.clipNorm : NO_CLIPPING),
    };
  }

  evaluate(batch: Batch): Feeds {
    const feeds: Record<string, Float32Array> = { [inputs.image]: batch.image };
    if (this.evaluateInputs.has(FLOW_TIME)) feeds[FLOW_TIME] = Float32Array.of(1);
    return feeds;
  }
}
