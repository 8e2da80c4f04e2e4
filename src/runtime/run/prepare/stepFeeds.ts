/** Feeds of the graphs of a run: the images and labels of a batch, and the scalars of a step, each a function of its place in the run. */
import { configAt } from "../../../contracts/changes";
import type { RunConfig } from "../../../contracts/runConfig";
import type { Batch } from "../../../contracts/sample";
import type { Feeds, Plan } from "../../../core/exec/executor";
import { random } from "../../../core/math/random";
import { FLOW_TIME } from "../../../core/methods/ditask";
import { inputs } from "../../../core/model/graphs";
import { decaysOf, optimiserGroups, type RateGroup, rateGroups, ratesOf } from "../../../core/model/optimiser";
import { DROP_PATH, dropPathMasks } from "../../../core/nn/dropPath";
import { optimiserFeeds } from "../../../core/optim/adamw";
import { cosineSchedule } from "../../../core/optim/schedule";
import type { RunParts } from "./runParts";

const inputNames = (plan: Plan): ReadonlySet<string> =>
  new Set(plan.graph.nodes.filter((node) => node.op.name === "input").map((node) => String(node.attrs["name"])));

export class StepFeeds {
  private readonly schedule: (step: number) => number;
  private readonly groups;
  private readonly trainInputs: ReadonlySet<string>;
  private readonly evaluateInputs: ReadonlySet<string>;

  constructor(
    private readonly parts: Pick<RunParts, "model" | "plans">,
    /** With all changes so far. */
    private readonly config: () => RunConfig,
  ) {
    const { model, plans } = parts;
    const { steps, warmupFraction, finalFraction } = config().training;
    this.schedule = cosineSchedule({
      steps: Math.max(1, steps),
      warmupSteps: Math.floor(steps * warmupFraction),
      finalFraction,
    });
    this.groups = optimiserGroups(model.layout);
    this.trainInputs = inputNames(plans.train);
    this.evaluateInputs = inputNames(plans.evaluate);
  }

  /** The settings that hold for a step, 0-based. */
  private trainingAt(index: number): RunConfig["training"] {
    return configAt(this.config(), index).training;
  }

  /** `position`: of the batch among all of the run; `micro`: of the batch in its step, whose first begins the gradient anew. */
  train(batch: Batch, position: number, micro: number): Feeds {
    const { model } = this.parts;
    const { taskWeights, seed } = this.trainingAt(Math.floor(position / this.config().training.accumulate));
    const feeds: Record<string, Float32Array> = {
      [inputs.image]: batch.image,
      [inputs.taskWeights]: Float32Array.from(model.tasks, ({ id, task }) => taskWeights[id] ?? task.objective.weight),
      [inputs.accumulate]: Float32Array.of(micro === 0 ? 0 : 1),
    };
    for (const { id } of model.tasks) feeds[inputs.label(id)] = batch.labels[id]!;
    if (this.trainInputs.has(FLOW_TIME)) feeds[FLOW_TIME] = Float32Array.of(1);
    if (this.trainInputs.has(DROP_PATH))
      feeds[DROP_PATH] = dropPathMasks(model.dropPaths, batch.size, random(seed, "dropPath", position));
    return feeds;
  }

  /** Peak rates times the schedule, at a step, 0-based. */
  rates(index: number): Record<RateGroup, number> {
    const peak = this.trainingAt(index).learningRate;
    const rates = rateGroups.map((rate) => [rate, peak[rate] * this.schedule(index)]);
    return Object.fromEntries(rates) as Record<RateGroup, number>;
  }

  /** Of a step, 0-based. */
  apply(index: number): Feeds {
    const { accumulate, clipNorm, weightDecay, onNonFinite } = this.trainingAt(index);
    const feeds = optimiserFeeds({
      step: index + 1,
      learningRates: ratesOf(this.groups, this.rates(index)),
      weightDecays: decaysOf(this.groups, weightDecay),
      clipNorm,
      microBatches: accumulate,
      holds: onNonFinite === "stop",
    });
    return Object.fromEntries(Object.entries(feeds).map(([name, numbers]) => [name, Float32Array.from(numbers)]));
  }

  evaluate(batch: Batch): Feeds {
    const feeds: Record<string, Float32Array> = { [inputs.image]: batch.image };
    if (this.evaluateInputs.has(FLOW_TIME)) feeds[FLOW_TIME] = Float32Array.of(1);
    return feeds;
  }
}
