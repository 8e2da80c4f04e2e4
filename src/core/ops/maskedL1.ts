/**
 * The absolute difference, summed over valid elements. Letters: N pixels, C channels.
 */
import l1Wgsl from "../../../shaders/maskedL1.wgsl?raw";
import type { Builder } from "../graph/builder";
import { type OpDef, sameShape, showShape, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";
import { type LossSum, validMask } from "./loss";
import { gradientCall, sumInTwoStages } from "./lossKernels";

const shader = { name: "maskedL1", code: l1Wgsl };

type L1Attrs = { readonly ignore: number };

function checkPair(prediction: Value, labels: Value): void {
  if (prediction.shape.length !== 2 || !sameShape(labels.shape, prediction.shape)) {
    throw new Error(
      `expects prediction and labels of shape [N,C]; ${showShape(prediction.shape)} and ${showShape(labels.shape)} came.`,
    );
  }
}

/**
 * Inputs prediction [N,C], labels [N,C], upstream []; output [N,C].
 *   d/dprediction = upstream valid sign(prediction - label)
 */
export const maskedL1GradDef = {
  name: "maskedL1Grad",
  kind: "composite",
  infer: ([prediction, labels]) => {
    checkPair(prediction!, labels!);
    return [prediction!.shape];
  },
  expand: (b, inputs, { ignore }) => {
    const [prediction, labels, upstream] = inputs as [Value, Value, Value];
    return [b.mul(b.mul(b.sign(b.sub(prediction, labels)), validMask(b, labels, ignore)), upstream)];
  },
  kernel: (node) => {
    const size = sizeOf(node.inputs[0]!.shape);
    return [gradientCall(shader, { size, ignored: node.attrs.ignore }, node.inputs, node.outputs, size)];
  },
  flops: (node) => 4 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<L1Attrs>;

/** Inputs prediction [N,C], labels [N,C]; outputs numerator [], denominator [] (valid elements, not pixels). */
export const maskedL1Def = {
  name: "maskedL1",
  kind: "composite",
  infer: ([prediction, labels]) => {
    checkPair(prediction!, labels!);
    return [[], []];
  },
  expand: (b, inputs, { ignore }) => {
    const [prediction, labels] = inputs as [Value, Value];
    const valid = validMask(b, labels, ignore);
    return [b.sum(b.mul(b.abs(b.sub(prediction, labels)), valid)), b.sum(valid)];
  },
  vjp: (b, node, [upstream]) => {
    const [prediction, labels] = node.inputs as [Value, Value];
    return [upstream && b.one(maskedL1GradDef, [prediction, labels, upstream], node.attrs), undefined];
  },
  kernel: (node) => {
    const size = sizeOf(node.inputs[0]!.shape);
    const overrides = { size, ignored: node.attrs.ignore };
    return sumInTwoStages(
      { shader, overrides, reads: node.inputs, items: size, terms: 2, flops: 4 * size },
      { entry: "twoTotals", writes: node.outputs },
    );
  },
  flops: (node) => 4 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<L1Attrs>;

/** prediction, labels: [N,C]. */
export function maskedL1(b: Builder, prediction: Value, labels: Value, ignore = 255): LossSum {
  const [numerator, denominator] = b.apply(maskedL1Def, [prediction, labels], { ignore });
  return { numerator: numerator!, denominator: denominator! };
}

const l1Case = (name: string, shape: readonly [number, number], labels?: readonly number[]): OpCases[number] => ({
  name,
  inputs: [{ shape }, { shape, data: labels ? { values: labels } : "labels" }],
  build: (b, [prediction, target]) => {
    const { numerator, denominator } = maskedL1(b, prediction!, target!);
    return [numerator, denominator];
  },
  wrt: [0],
});

export const maskedL1Cases: OpCases = [
  l1Case("one element", [1, 1], [3]),
  l1Case("odd sizes with ignored elements", [11, 3]),
  l1Case("more elements than a workgroup", [300, 1]),
  l1Case("nothing but ignored elements", [2, 1], [255, 255]),
];
