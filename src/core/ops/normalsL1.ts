/**
 * L1 distance between the prediction's direction and a unit normal.
 *
 * Source: the normals loss of the DiTASK and MTLoRA code: n = p / max(|p|, 1e-12), summed |n - label| over valid elements, three to a pixel.
 * Letters: N pixels.
 */
import normalsWgsl from "../../../shaders/normalsL1.wgsl?raw";
import type { Builder } from "../graph/builder";
import { type OpDef, sameShape, showShape, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";
import { type LossSum, validMask } from "./loss";
import { gradientCall, sumInTwoStages } from "./lossKernels";

const shader = { name: "normalsL1", code: normalsWgsl };

type NormalsAttrs = { readonly ignore: number };

/** Below this length a prediction has no direction and is divided by this instead. */
export const NORMAL_EPSILON = 1e-12;

function checkNormals(prediction: Value, labels: Value): void {
  if (prediction.shape.length !== 2 || prediction.shape[1] !== 3 || !sameShape(labels.shape, prediction.shape)) {
    throw new Error(
      `expects prediction and labels of shape [N,3]; ${showShape(prediction.shape)} and ${showShape(labels.shape)} came.`,
    );
  }
}

/** 1 / max(|p|, epsilon): [N,1]. */
const inverseLength = (b: Builder, prediction: Value): Value =>
  b.reciprocal(b.maximum(b.sqrt(b.sum(b.mul(prediction, prediction), [1], true)), NORMAL_EPSILON));

/**
 * Inputs prediction p [N,3], labels [N,3], upstream []; output [N,3]. With r = 1/|p|, n = p r and g = upstream valid sign(n - label):
 *   d/dp = r (g - n (n·g)),  or g/epsilon where |p| ≤ epsilon
 */
export const normalsL1GradDef = {
  name: "normalsL1Grad",
  kind: "composite",
  infer: ([prediction, labels]) => {
    checkNormals(prediction!, labels!);
    return [prediction!.shape];
  },
  expand: (b, inputs, { ignore }) => {
    const [prediction, labels, upstream] = inputs as [Value, Value, Value];
    const r = inverseLength(b, prediction);
    const n = b.mul(prediction, r);
    const g = b.mul(b.mul(b.sign(b.sub(n, labels)), validMask(b, labels, ignore)), upstream);
    const free = b.greater(b.sqrt(b.sum(b.mul(prediction, prediction), [1], true)), NORMAL_EPSILON);
    const along = b.mul(b.mul(n, b.sum(b.mul(n, g), [1], true)), free);
    return [b.mul(b.sub(g, along), r)];
  },
  kernel: (node) => {
    const pixels = node.inputs[0]!.shape[0]!;
    return [gradientCall(shader, { pixels, ignored: node.attrs.ignore }, node.inputs, node.outputs, pixels)];
  },
  flops: (node) => 9 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<NormalsAttrs>;

/** Inputs prediction [N,3], labels [N,3]; outputs numerator [], denominator [] (valid elements, three to a pixel). */
export const normalsL1Def = {
  name: "normalsL1",
  kind: "composite",
  infer: ([prediction, labels]) => {
    checkNormals(prediction!, labels!);
    return [[], []];
  },
  expand: (b, inputs, { ignore }) => {
    const [prediction, labels] = inputs as [Value, Value];
    const valid = validMask(b, labels, ignore);
    const n = b.mul(prediction, inverseLength(b, prediction));
    return [b.sum(b.mul(b.abs(b.sub(n, labels)), valid)), b.sum(valid)];
  },
  vjp: (b, node, [upstream]) => {
    const [prediction, labels] = node.inputs as [Value, Value];
    return [upstream && b.one(normalsL1GradDef, [prediction, labels, upstream], node.attrs), undefined];
  },
  kernel: (node) => {
    const pixels = node.inputs[0]!.shape[0]!;
    const overrides = { pixels, ignored: node.attrs.ignore };
    return sumInTwoStages(
      { shader, overrides, reads: node.inputs, items: pixels, terms: 2, flops: 18 * pixels },
      { entry: "twoTotals", writes: node.outputs },
    );
  },
  flops: (node) => 6 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<NormalsAttrs>;

/** prediction, labels: [N,3]; the prediction need not be of unit length. */
export function normalsL1(b: Builder, prediction: Value, labels: Value, ignore = 255): LossSum {
  const [numerator, denominator] = b.apply(normalsL1Def, [prediction, labels], { ignore });
  return { numerator: numerator!, denominator: denominator! };
}

const normalsCase = (name: string, pixels: number, labels?: readonly number[]): OpCases[number] => ({
  name,
  inputs: [{ shape: [pixels, 3] }, { shape: [pixels, 3], data: labels ? { values: labels } : "labels" }],
  build: (b, [prediction, target]) => {
    const { numerator, denominator } = normalsL1(b, prediction!, target!);
    return [numerator, denominator];
  },
  wrt: [0],
});

export const normalsL1Cases: OpCases = [
  normalsCase("one pixel", 1, [0.6, 0, 0.8]),
  normalsCase("elements ignored one by one", 7),
  normalsCase("more pixels than a workgroup", 300),
  normalsCase("nothing but ignored pixels", 1, [255, 255, 255]),
];
