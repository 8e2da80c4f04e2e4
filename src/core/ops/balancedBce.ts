/**
 * Binary cross-entropy with logits whose positives weigh w and negatives 1 - w.
 *
 * Source: the class-balanced loss of HED as the DiTASK and MTLoRA code has it: edges with a fixed w = 0.95, saliency with
 * w = negatives / all pixels of the batch. That code ignores nothing and takes every label of at least 0.5, also 255, for positive;
 * here `ignore` leaves labels out, and undefined gives the reference's behaviour.
 * Letters: N pixels.
 */
import bceWgsl from "../../../shaders/balancedBce.wgsl?raw";
import mathWgsl from "../../../shaders/math.wgsl?raw";
import type { Builder } from "../graph/builder";
import { type OpDef, sameShape, showShape, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";
import { type LossSum, validMask } from "./loss";
import { gradientCall, sumInTwoStages } from "./lossKernels";

const shader = { name: "balancedBce", code: `${mathWgsl}\n${bceWgsl}` };

const overridesOf = (logits: Value, ignore: number | undefined): Readonly<Record<string, number>> => ({
  pixels: logits.shape[0]!,
  ignores: Number(ignore !== undefined),
  ignored: ignore ?? 0,
});

export type BalancedBceAttrs = { readonly positiveWeight?: number; readonly ignore?: number };

function checkBce(logits: Value, labels: Value): void {
  if (logits.shape.length !== 1 || !sameShape(labels.shape, logits.shape)) {
    throw new Error(
      `expects logits [N] and labels [N]; ${showShape(logits.shape)} and ${showShape(labels.shape)} came.`,
    );
  }
}

/** Valid pixels whose label is at least 0.5, and all the other valid ones: both [N] of 0 and 1. */
function classesOf(b: Builder, labels: Value, ignore: number | undefined): { positive: Value; negative: Value } {
  const valid = validMask(b, labels, ignore);
  const low = b.greater(b.full(0.5), labels);
  return { positive: b.mul(valid, b.sub(b.full(1), low)), negative: b.mul(valid, low) };
}

/**
 * Inputs logits [N], labels [N], w [], upstream []; output [N].
 *   d/dx = upstream (-w sigmoid(-x)) where positive, upstream (1 - w) sigmoid(x) where negative
 */
export const balancedBceGradDef = {
  name: "balancedBceGrad",
  kind: "composite",
  infer: ([logits, labels]) => {
    checkBce(logits!, labels!);
    return [logits!.shape];
  },
  expand: (b, inputs, { ignore }) => {
    const [logits, labels, weight, upstream] = inputs as [Value, Value, Value, Value];
    const { positive, negative } = classesOf(b, labels, ignore);
    const pull = b.mul(b.mul(positive, b.sigmoid(b.neg(logits))), weight);
    const push = b.mul(b.mul(negative, b.sigmoid(logits)), b.sub(b.full(1), weight));
    return [b.mul(b.sub(push, pull), upstream)];
  },
  kernel: (node) => {
    const [logits] = node.inputs as [Value];
    const overrides = overridesOf(logits, node.attrs.ignore);
    return [gradientCall(shader, overrides, node.inputs, node.outputs, logits.shape[0]!)];
  },
  flops: (node) => 8 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<BalancedBceAttrs>;

/** Inputs logits [N], labels [N]; outputs numerator [], denominator [] (valid pixels), w []. */
export const balancedBceDef = {
  name: "balancedBce",
  kind: "composite",
  infer: ([logits, labels], { positiveWeight }) => {
    checkBce(logits!, labels!);
    if (positiveWeight !== undefined && !(positiveWeight >= 0 && positiveWeight <= 1))
      throw new Error(`the weight of positives must be in [0, 1]; ${positiveWeight} came.`);
    return [[], [], []];
  },
  // softplus(x) = max(x, 0) + log1p(exp(-|x|)) is -log(1 - sigmoid(x)); softplus(-x) = softplus(x) - x is -log(sigmoid(x)).
  expand: (b, inputs, { positiveWeight, ignore }) => {
    const [logits, labels] = inputs as [Value, Value];
    const { positive, negative } = classesOf(b, labels, ignore);
    const softplus = b.add(b.relu(logits), b.log1p(b.exp(b.neg(b.abs(logits)))));
    const positiveLoss = b.sum(b.mul(positive, b.sub(softplus, logits)));
    const negativeLoss = b.sum(b.mul(negative, softplus));
    const negatives = b.sum(negative);
    const count = b.add(b.sum(positive), negatives);
    const weight = positiveWeight === undefined ? b.div(negatives, b.maximum(count, 1)) : b.full(positiveWeight);
    const sum = b.add(b.mul(weight, positiveLoss), b.mul(b.sub(b.full(1), weight), negativeLoss));
    return [sum, count, weight];
  },
  vjp: (b, node, [upstream]) => {
    const [logits, labels] = node.inputs as [Value, Value];
    return [upstream && b.one(balancedBceGradDef, [logits, labels, node.outputs[2]!, upstream], node.attrs), undefined];
  },
  kernel: (node) => {
    const [logits] = node.inputs as [Value];
    const { positiveWeight = -1, ignore } = node.attrs;
    const items = logits.shape[0]!;
    return sumInTwoStages(
      { shader, overrides: overridesOf(logits, ignore), reads: node.inputs, items, terms: 4, flops: 12 * items },
      { entry: "balancedTotals", overrides: { positiveWeight }, writes: node.outputs },
    );
  },
  flops: (node) => 12 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<BalancedBceAttrs>;

/** logits: [N], labels: [N] (at least 0.5 is positive). Without `positiveWeight`, w = negatives / valid pixels of this call. */
export function balancedBce(b: Builder, logits: Value, labels: Value, options: BalancedBceAttrs = {}): LossSum {
  const [numerator, denominator] = b.apply(balancedBceDef, [logits, labels], { ...options });
  return { numerator: numerator!, denominator: denominator! };
}

const bceCase = (
  name: string,
  pixels: number,
  options: BalancedBceAttrs,
  labels?: readonly number[],
): OpCases[number] => ({
  name,
  inputs: [{ shape: [pixels] }, { shape: [pixels], data: labels ? { values: labels } : "labels" }],
  build: (b, [logits, target]) => {
    const { numerator, denominator } = balancedBce(b, logits!, target!, options);
    return [numerator, denominator];
  },
  wrt: [0],
});

export const balancedBceCases: OpCases = [
  bceCase("fixed weight, 255 counts as positive", 9, { positiveWeight: 0.95 }),
  bceCase("fixed weight, 255 ignored", 300, { positiveWeight: 0.95, ignore: 255 }),
  bceCase("weight of the batch", 31, {}),
  bceCase("weight of the batch, 255 ignored", 300, { ignore: 255 }),
  bceCase("nothing but ignored pixels", 3, { ignore: 255 }, [255, 255, 255]),
  bceCase("nothing but positives", 2, { ignore: 255 }, [1, 1]),
];
