/**
 * The graphs of a run. They share states by name: "parameters" [P], "gradient" [P], "firstMoment" [P], "secondMoment" [P], "stepLoss" [] and
 * the running statistics of the decoders, valid and pending. Letters: B batch, S side of the image, T tasks, P flat parameters, G optimiser groups.
 *
 *   train     image, labels, weights → losses; adds the gradient to "gradient", the loss to "stepLoss"
 *   apply     judges, clips, AdamW; run once after the last micro-batch of a step. Where the loss or the norm is not finite, all stays
 *   evaluate  image (and labels) → logits (and losses) with running statistics
 */
import { Builder } from "../graph/builder";
import { gradients } from "../graph/differentiate";
import type { Graph, Value } from "../graph/node";
import { removeDeadNodes } from "../graph/passes";
import { type LossSum, lossValue } from "../losses/loss";
import { ACCUMULATE, Forward, type ForwardOptions, flatGradient } from "../nn/forward";
import type { Slot } from "../nn/parameters";
import type { Weights } from "../nn/weights";
import { optimiserStates } from "../optim/adamw";
import type { Model } from "./model";

export const GRADIENT = optimiserStates.gradient;

/** Names of graph inputs. */
export const inputs = {
  /** [B,S,S,3], normalised as the backbone expects. */
  image: "image",
  /** [B,S,S,d] a task, 255 = ignore. */
  label: (task: string) => `label.${task}`,
  /** [T]: λ of each task's loss. */
  taskWeights: "taskWeights",
  /** []: 0 starts a new gradient, 1 adds to the old one. */
  accumulate: ACCUMULATE,
} as const;

/** Names of graph outputs. */
export const outputs = {
  /** [] */
  total: "loss.total",
  /** [] a task */
  loss: (task: string) => `loss.${task}`,
  /** [] a task: summed loss and count of valid elements, for means over several batches. */
  numerator: (task: string) => `numerator.${task}`,
  denominator: (task: string) => `denominator.${task}`,
  /** [B,S,S,c] a task */
  logits: (task: string) => `logits.${task}`,
  /** [1,B,side,side,C] a stage */
  sharedFeature: (stage: number) => `feature.${stage}.shared`,
  /** [T,B,side,side,C] a stage */
  taskFeatures: (stage: number) => `feature.${stage}.tasks`,
} as const;

export interface GraphOptions {
  readonly batch: number;
  readonly spectrumInputs?: boolean;
  /** Outputs logits too (always, where nothing is trained). */
  readonly logits?: boolean;
  /** Outputs the backbone's feature maps too. */
  readonly features?: boolean;
}

export interface ForwardPass {
  readonly f: Forward;
  readonly logits: readonly Value[];
}

/** Writes backbone and decoders: the part that all graphs of a model share. */
export function forwardPass(model: Model, weights: Weights, options: GraphOptions, training: boolean): ForwardPass {
  if (weights.layout !== model.layout)
    throw new Error("These weights were laid out for another model; make new ones for this model.");
  const b = new Builder();
  const forwardOptions: ForwardOptions = {
    training,
    batch: options.batch,
    spectrumInputs: options.spectrumInputs ?? false,
  };
  const f = new Forward(b, weights, forwardOptions);
  const image = b.input(inputs.image, [options.batch, model.imageSize, model.imageSize, 3]);
  const features = b.scope("backbone", () => model.backbone.forward(f, image));
  const logits = model.decoder.forward(
    f,
    features.map(({ shared, tasks }) => tasks ?? shared!),
  );
  if (options.features)
    for (const [i, { shared, tasks }] of features.entries()) {
      if (shared) b.output(outputs.sharedFeature(i), shared);
      if (tasks) b.output(outputs.taskFeatures(i), tasks);
    }
  if (options.logits ?? !training)
    for (const [i, { id }] of model.tasks.entries()) b.output(outputs.logits(id), logits[i]!);
  return { f, logits };
}

/** The loss of each task, in the tasks' order, from label inputs. */
export function lossSums(model: Model, { f: { b, options }, logits }: ForwardPass): readonly LossSum[] {
  return model.tasks.map(({ id, task }, i) => {
    const labels = b.input(inputs.label(id), [options.batch, model.imageSize, model.imageSize, task.labelChannels]);
    return b.scope(`loss.${id}`, () => task.objective.loss.build(b, logits[i]!, labels, model.spec.losses));
  });
}

/**
 * One micro-batch: forward, losses, backward. Loss = Σ λ_t L_t. Updates "gradient" (old · accumulate + new), "stepLoss" and
 * the pending running statistics.
 * Inputs: image, label.<task>, taskWeights, accumulate, and where the model has them "time" and "dropPath".
 */
export function trainGraph(model: Model, weights: Weights, options: GraphOptions): Graph {
  const pass = forwardPass(model, weights, options, true);
  const { b } = pass.f;
  const losses = lossSums(model, pass).map((sum) => lossValue(b, sum));
  for (const [i, { id }] of model.tasks.entries()) b.output(outputs.loss(id), losses[i]!);
  const taskWeights = b.input(inputs.taskWeights, [model.tasks.length]);
  const total = b.sum(
    b.mul(
      b.concat(
        losses.map((loss) => b.reshape(loss, [1])),
        0,
      ),
      taskWeights,
    ),
  );
  b.output(outputs.total, total);
  accumulateGradient(pass, total);
  accumulateLoss(b, total);
  return removeDeadNodes(b.build());
}

/** Differentiates the scalar `loss` by everything that trains and updates "gradient": old · accumulate + new. */
export function accumulateGradient({ f }: ForwardPass, loss: Value): void {
  const { b, weights } = f;
  const state = b.state(GRADIENT, [weights.layout.size]);
  // Not old · accumulate: a gradient that overflowed would poison every later step as 0 · NaN.
  const kept = b.select(b.input(inputs.accumulate, []), state, 0);
  b.update(state, b.add(kept, flatGradient(f, slotGradients(f, loss))));
}

/** Adds a micro-batch's loss to those by which its step is judged. */
export function accumulateLoss(b: Builder, loss: Value): void {
  const state = b.state(optimiserStates.stepLoss, []);
  b.update(state, b.add(state, loss));
}

function slotGradients(f: Forward, loss: Value): ReadonlyMap<Slot, Value> {
  const slots = f.trainedSlots();
  const found = gradients(
    f.b,
    loss,
    slots.map((slot) => f.value(slot)),
  );
  return new Map(slots.flatMap((slot, i) => (found[i] ? [[slot, found[i]] as const] : [])));
}

/**
 * Inference with running statistics: logits.<task>; with `losses` also label inputs, and numerator.<task>, denominator.<task>.
 * Inputs: image, and where the model has it "time" (0 the pretrained spectrum, 1 the tuned one).
 */
export function evaluateGraph(
  model: Model,
  weights: Weights,
  options: GraphOptions & { readonly losses?: boolean },
): Graph {
  const pass = forwardPass(model, weights, options, false);
  const { b } = pass.f;
  if (options.losses)
    for (const [i, { numerator, denominator }] of lossSums(model, pass).entries()) {
      b.output(outputs.numerator(model.tasks[i]!.id), numerator);
      b.output(outputs.denominator(model.tasks[i]!.id), denominator);
    }
  return removeDeadNodes(b.build());
}
