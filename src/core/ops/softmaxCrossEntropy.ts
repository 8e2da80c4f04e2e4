/**
 * Softmax cross-entropy over classes with an ignored label, as a sum and a count, so that batches can be added before dividing.
 *
 * Letters: N pixels, C classes. A label that is no class (255, or anything else outside 0..C-1) is ignored.
 */
import mathWgsl from "../../../shaders/math.wgsl?raw";
import entropyWgsl from "../../../shaders/softmaxCrossEntropy.wgsl?raw";
import type { Builder } from "../graph/builder";
import { type OpDef, sameShape, showShape, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";
import type { LossSum } from "./loss";
import { gradientCall, sumInTwoStages } from "./lossKernels";

const shader = { name: "softmaxCrossEntropy", code: `${mathWgsl}\n${entropyWgsl}` };

type EntropyAttrs = { readonly ignore: number };

function checkEntropy(logits: Value, labels: Value): void {
  if (logits.shape.length !== 2 || !sameShape(labels.shape, [logits.shape[0]!])) {
    throw new Error(
      `expects logits [N,C] and labels [N]; ${showShape(logits.shape)} and ${showShape(labels.shape)} came.`,
    );
  }
}

/** 1 at each valid pixel's class, else 0: [N,C]. */
function oneHot(b: Builder, logits: Value, labels: Value, ignore: number): Value {
  const [pixels, classes] = logits.shape as [number, number];
  const names = b.constant(
    Float32Array.from({ length: classes }, (_, i) => i),
    [1, classes],
    `classes ${classes}`,
  );
  const hit = b.equal(b.reshape(labels, [pixels, 1]), names);
  if (ignore >= classes || ignore < 0 || !Number.isInteger(ignore)) return hit;
  return b.mul(hit, b.sub(b.full(1), b.equal(b.reshape(labels, [pixels, 1]), ignore)));
}

/**
 * Inputs logits [N,C], labels [N], upstream [] (the gradient of the numerator); output [N,C].
 *   d/dlogits = upstream valid (softmax(logits) - onehot(label))
 */
export const softmaxCrossEntropyGradDef = {
  name: "softmaxCrossEntropyGrad",
  kind: "composite",
  infer: ([logits, labels]) => {
    checkEntropy(logits!, labels!);
    return [logits!.shape];
  },
  expand: (b, inputs, { ignore }) => {
    const [logits, labels, upstream] = inputs as [Value, Value, Value];
    const hit = oneHot(b, logits, labels, ignore);
    const valid = b.sum(hit, [1], true);
    return [b.mul(b.sub(b.mul(b.softmax(logits), valid), hit), upstream)];
  },
  kernel: (node) => {
    const [pixels, classes] = node.inputs[0]!.shape as [number, number];
    return [gradientCall(shader, { pixels, classes, ignored: node.attrs.ignore }, node.inputs, node.outputs, pixels)];
  },
  flops: (node) => 7 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<EntropyAttrs>;

/** Inputs logits [N,C], labels [N]; outputs numerator [] = sum over valid pixels of -log softmax(logits)[label], denominator [] = their count. */
export const softmaxCrossEntropyDef = {
  name: "softmaxCrossEntropy",
  kind: "composite",
  infer: ([logits, labels]) => {
    checkEntropy(logits!, labels!);
    return [[], []];
  },
  expand: (b, inputs, { ignore }) => {
    const [logits, labels] = inputs as [Value, Value];
    const hit = oneHot(b, logits, labels, ignore);
    const valid = b.sum(hit, [1]);
    const shifted = b.sub(logits, b.max(logits, [1], true));
    const logSum = b.log(b.sum(b.exp(shifted), [1]));
    const ofLabel = b.sum(b.mul(shifted, hit), [1]);
    return [b.sum(b.sub(b.mul(logSum, valid), ofLabel)), b.sum(valid)];
  },
  vjp: (b, node, [upstream]) => {
    const [logits, labels] = node.inputs as [Value, Value];
    return [upstream && b.one(softmaxCrossEntropyGradDef, [logits, labels, upstream], node.attrs), undefined];
  },
  kernel: (node) => {
    const [pixels, classes] = node.inputs[0]!.shape as [number, number];
    const overrides = { pixels, classes, ignored: node.attrs.ignore };
    return sumInTwoStages(
      { shader, overrides, reads: node.inputs, items: pixels, terms: 2, flops: 6 * pixels * classes },
      { entry: "twoTotals", writes: node.outputs },
    );
  },
  flops: (node) => 6 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<EntropyAttrs>;

/** logits: [N,C], labels: [N]. The loss is numerator / max(denominator, 1). */
export function softmaxCrossEntropy(b: Builder, logits: Value, labels: Value, ignore = 255): LossSum {
  const [numerator, denominator] = b.apply(softmaxCrossEntropyDef, [logits, labels], { ignore });
  return { numerator: numerator!, denominator: denominator! };
}

const entropyCase = (name: string, pixels: number, classes: number, labels?: readonly number[]): OpCases[number] => ({
  name,
  inputs: [{ shape: [pixels, classes] }, { shape: [pixels], data: labels ? { values: labels } : { classes } }],
  build: (b, [logits, target]) => {
    const { numerator, denominator } = softmaxCrossEntropy(b, logits!, target!);
    return [numerator, denominator];
  },
  wrt: [0],
});

export const softmaxCrossEntropyCases: OpCases = [
  entropyCase("one pixel of two classes", 1, 2),
  entropyCase("odd sizes with ignored pixels", 9, 7),
  entropyCase("more pixels than a workgroup", 300, 21),
  entropyCase("nothing but ignored pixels", 3, 4, [255, 255, 255]),
  entropyCase("a label that is no class", 3, 4, [3, 4, 255]),
];
