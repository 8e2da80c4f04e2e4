/**
 * Batch normalisation over rows, with a leading stream axis so that the heads of all tasks are one call.
 *
 * Letters: T streams (tasks), N rows (samples times pixels), C channels. Statistics are per stream and channel.
 */
import batchNormWgsl from "../../../shaders/batchNorm.wgsl?raw";
import type { Builder } from "../graph/builder";
import { groupsFor, type KernelRule } from "../graph/kernel";
import { type Node, type OpDef, sameShape, showShape, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";
import { sumPartials } from "./sumPartials";

type NormAttrs = { readonly eps: number };

function checkShapes(x: Value, perChannel: readonly Value[]): void {
  if (x.shape.length !== 3) throw new Error(`expects x of shape [T,N,C]; ${showShape(x.shape)} came.`);
  if (x.shape[1] === 0) throw new Error("statistics over no rows are undefined; N must be at least 1.");
  const want = [x.shape[0]!, x.shape[2]!];
  for (const v of perChannel) {
    if (!sameShape(v.shape, want)) {
      throw new Error(`expects per-channel operands of shape [T,C] = ${showShape(want)}; ${showShape(v.shape)} came.`);
    }
  }
}

/** [T,C] → [T,1,C], so that it broadcasts over rows. */
const overRows = (b: Builder, v: Value): Value => b.reshape(v, [v.shape[0]!, 1, v.shape[1]!]);

const inverseDeviation = (b: Builder, variance: Value, eps: number): Value =>
  overRows(b, b.reciprocal(b.sqrt(b.add(variance, eps))));

const shader = { name: "batchNorm", code: batchNormWgsl };

/** Parts that the rows are cut into at most: enough threads for a large GPU, few numbers to join. */
const MOST_PARTS = 128;
const LEAST_ROWS = 16;

/** How the rows of x [T,N,C] are shared out; the letters are those of the shader. Depends on the shape alone. */
function shareRows(x: Value) {
  const [streams, rows, channels] = x.shape as [number, number, number];
  const columns = Math.min(64, 2 ** Math.ceil(Math.log2(Math.max(1, channels))));
  const slots = 64 / columns;
  const wanted = Math.ceil(rows / (LEAST_ROWS * slots));
  const rowsPerGroup = Math.ceil(rows / Math.max(1, Math.min(Math.floor(MOST_PARTS / slots), wanted)));
  const groups = Math.ceil(rows / rowsPerGroup);
  const overrides = { streams, rows, channels, groups, rowsPerGroup, columns, slots };
  const perPart = { groups: [groups, streams, Math.ceil(channels / columns)] as const, overrides };
  return { perPart, parts: groups * slots, overrides, scratch: 2 * groups * slots * streams * channels };
}

const trainKernel: KernelRule<NormAttrs> = (node) => {
  const [x, gamma, beta] = node.inputs as [Value, Value, Value];
  const [y, mean, variance] = node.outputs as [Value, Value, Value];
  const size = sizeOf(x.shape);
  const share = shareRows(x);
  const overrides = { ...share.overrides, epsilon: node.attrs.eps };
  const parts = { scratch: share.scratch };
  return [
    { shader, entry: "momentsOfParts", ...share.perPart, reads: [x], writes: [parts], flops: 4 * size },
    {
      shader,
      entry: "joinMoments",
      overrides,
      reads: [parts],
      writes: [mean, variance],
      groups: groupsFor(Math.ceil(sizeOf(mean.shape) / 64)),
      flops: 4 * share.scratch,
    },
    {
      shader,
      entry: "normalise",
      overrides,
      reads: [x, gamma, beta, mean, variance],
      writes: [y],
      groups: groupsFor(Math.ceil(size / 256)),
      flops: 6 * size,
    },
  ];
};

const gradKernel: KernelRule<NormAttrs> = (node, limits) => {
  const [x, gamma, mean, variance, dy] = node.inputs as [Value, Value, Value, Value, Value];
  const [dx, dGamma, dBeta] = node.outputs as [Value, Value, Value];
  const size = sizeOf(x.shape);
  const share = shareRows(x);
  const overrides = { ...share.overrides, epsilon: node.attrs.eps };
  const parts = { scratch: share.scratch };
  return [
    {
      shader,
      entry: "gradientsOfParts",
      ...share.perPart,
      overrides,
      reads: [x, dy, mean, variance],
      writes: [parts],
      flops: 4 * size,
    },
    sumPartials(parts, [dGamma, dBeta], share.parts, limits),
    {
      shader,
      entry: "gradient",
      overrides,
      reads: [x, dy, gamma, mean, variance, dGamma, dBeta],
      writes: [dx],
      groups: groupsFor(Math.ceil(size / 256)),
      flops: 10 * size,
    },
  ];
};

/**
 * Gradients of the training form. Inputs x, gamma, mean, variance, dy; outputs dx [T,N,C], dgamma [T,C], dbeta [T,C].
 *
 * With xhat = (x - mean) r and r = 1/sqrt(variance + eps):
 *   dbeta  = sum_n dy
 *   dgamma = sum_n dy xhat
 *   dx     = gamma r (dy - dbeta/N - xhat dgamma/N)
 */
export const batchNormGradDef = {
  name: "batchNormGrad",
  kind: "composite",
  infer: ([x, gamma, mean, variance, dy]) => {
    checkShapes(x!, [gamma!, mean!, variance!]);
    if (!sameShape(dy!.shape, x!.shape))
      throw new Error(`expects dy of shape ${showShape(x!.shape)}; ${showShape(dy!.shape)} came.`);
    return [x!.shape, gamma!.shape, gamma!.shape];
  },
  expand: (b, inputs, { eps }) => {
    const [x, gamma, mean, variance, dy] = inputs as [Value, Value, Value, Value, Value];
    const scale = 1 / x.shape[1]!;
    const r = inverseDeviation(b, variance, eps);
    const xhat = b.mul(b.sub(x, overRows(b, mean)), r);
    const dbeta = b.sum(dy, [1]);
    const dgamma = b.sum(b.mul(dy, xhat), [1]);
    const fromMean = overRows(b, b.mul(dbeta, scale));
    const fromVariance = b.mul(xhat, overRows(b, b.mul(dgamma, scale)));
    const dx = b.mul(b.mul(overRows(b, gamma), r), b.sub(b.sub(dy, fromMean), fromVariance));
    return [dx, dgamma, dbeta];
  },
  kernel: gradKernel,
  flops: (node) => 12 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<NormAttrs>;

/** Inputs x [T,N,C], gamma [T,C], beta [T,C]; outputs y [T,N,C], mean [T,C], biased variance [T,C]. */
export const batchNormTrainDef = {
  name: "batchNormTrain",
  kind: "composite",
  infer: ([x, gamma, beta]) => {
    checkShapes(x!, [gamma!, beta!]);
    return [x!.shape, gamma!.shape, gamma!.shape];
  },
  expand: (b, inputs, { eps }) => {
    const [x, gamma, beta] = inputs as [Value, Value, Value];
    const mean = b.mean(x, [1]);
    const centred = b.sub(x, overRows(b, mean));
    const variance = b.mean(b.mul(centred, centred), [1]);
    const scaled = b.mul(b.mul(centred, inverseDeviation(b, variance, eps)), overRows(b, gamma));
    return [b.add(scaled, overRows(b, beta)), mean, variance];
  },
  // Mean and variance leave for the running statistics only, so no gradient flows through them.
  vjp: (b, node: Node<NormAttrs>, [dy]) => {
    if (!dy) return [undefined, undefined, undefined];
    const [x, gamma] = node.inputs as [Value, Value, Value];
    const [, mean, variance] = node.outputs as [Value, Value, Value];
    return b.apply(batchNormGradDef, [x, gamma, mean, variance, dy], node.attrs);
  },
  kernel: trainKernel,
  flops: (node) => 8 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<NormAttrs>;

/**
 * Normalises by the statistics of the given rows. x: [T,N,C]; gamma, beta: [T,C].
 * `variance` is the biased one (divided by N); PyTorch's running variance wants it times N/(N-1).
 */
export function batchNormTrain(
  b: Builder,
  x: Value,
  gamma: Value,
  beta: Value,
  eps = 1e-5,
): { readonly y: Value; readonly mean: Value; readonly variance: Value } {
  const [y, mean, variance] = b.apply(batchNormTrainDef, [x, gamma, beta], { eps });
  return { y: y!, mean: mean!, variance: variance! };
}

/** Normalises by running statistics. x: [T,N,C]; gamma, beta, mean, variance: [T,C] → [T,N,C]. */
export function batchNormEval(
  b: Builder,
  x: Value,
  gamma: Value,
  beta: Value,
  mean: Value,
  variance: Value,
  eps = 1e-5,
): Value {
  checkShapes(x, [gamma, beta, mean, variance]);
  const scale = b.mul(overRows(b, gamma), inverseDeviation(b, variance, eps));
  return b.add(b.mul(b.sub(x, overRows(b, mean)), scale), overRows(b, beta));
}

const normCase = (
  name: string,
  [t, n, c]: readonly [number, number, number],
  result: "y" | "statistics",
): OpCases[number] => ({
  name,
  inputs: [{ shape: [t, n, c] }, { shape: [t, c], data: "positive" }, { shape: [t, c] }],
  build: (b, [x, gamma, beta]) => {
    const { y, mean, variance } = batchNormTrain(b, x!, gamma!, beta!);
    return result === "y" ? [y] : [mean, variance];
  },
  wrt: result === "y" ? [0, 1, 2] : [],
});

export const batchNormCases: OpCases = [
  normCase("two rows of one channel", [1, 2, 1], "y"),
  normCase("odd sizes, two streams", [2, 7, 5], "y"),
  normCase("more channels than a workgroup", [1, 9, 67], "y"),
  normCase("more rows than a chunk", [3, 70, 4], "y"),
  normCase("statistics of odd sizes", [2, 7, 5], "statistics"),
  normCase("statistics of more rows than a chunk", [1, 131, 3], "statistics"),
];
