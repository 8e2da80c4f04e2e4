/**
 * Layers that decoders share: each holds the parameters of all tasks as one stack and computes all tasks as one batch.
 * Letters: T tasks, S streams (1 or T), B batch, N pixels of all images, C channels of the input, K of the output.
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import type { Layer } from "../nn/layers";
import { ones, type ParameterGroup, type ParameterSpec, type Slot, type Statistic, zeros } from "../nn/parameters";
import { batchNormEval, batchNormTrain } from "../ops/batchNorm";
import { resizeBilinear } from "../ops/resizeBilinear";
import { split } from "../ops/split";
import type { DecoderContext } from "./decoder";

const EPS = 1e-5;

/** PyTorch's start of convolutions: uniform within 1/√(inputs of one output). */
const convInit = (inputs: number) => ({ kind: "uniform", bound: 1 / Math.sqrt(inputs) }) as const;

const declareStack = ({ store, tasks }: DecoderContext, name: string, spec: (task: string) => ParameterSpec): Slot =>
  store.declareStack(
    name,
    tasks.map(({ id }) => spec(id)),
  );

/** Side of the finest map: where decoders bring all maps together. */
export const finestSide = ({ features }: DecoderContext): number => Math.max(...features.map(({ side }) => side));

/** y_t = x_t W_tᵀ (+ b_t), a convolution whose kernel's pixels lie side by side in C. x: [N,C] (the same for all tasks) or [T,N,C] → [T,N,K]. */
export function declareConv(
  context: DecoderContext,
  name: string,
  inSize: number,
  outSize: number,
  { bias }: { readonly bias: boolean },
): Layer {
  const tasks = context.tasks.length;
  const part = (suffix: string, shape: readonly number[]): Slot =>
    declareStack(context, `head.${name}.${suffix}`, (task) => ({
      name: `head.${task}.${name}.${suffix}`,
      shape,
      group: "head",
      init: convInit(inSize),
    }));
  const weight = part("weight", [outSize, inSize]);
  const offset = bias ? part("bias", [outSize]) : undefined;
  return (f, x) => {
    const product = f.b.matmul(x, f.value(weight), false, true);
    return offset ? f.b.add(product, f.b.reshape(f.value(offset), [tasks, 1, outSize])) : product;
  };
}

/**
 * Batch norm with statistics of each task's own. x: [T,N,K] → [T,N,K]. While training, the graph also moves the pending running statistics
 * by `momentum` (their variance is the unbiased one, as PyTorch has it).
 */
export function declareBatchNorm(context: DecoderContext, name: string, width: number, momentum: number): Layer {
  const { store, tasks } = context;
  const parameter = (part: string, init: typeof ones): Slot =>
    declareStack(context, `head.${name}.${part}`, (task) => ({
      name: `head.${task}.${name}.${part}`,
      shape: [width],
      group: "head",
      init,
    }));
  const statistic = (part: string, init: typeof ones) =>
    store.declareStatistic({
      name: `head.${name}.${part}`,
      shape: [tasks.length, width],
      init,
      parts: tasks.map(({ id }) => `head.${id}.${name}.${part}`),
    });
  const [gamma, beta] = [parameter("weight", ones), parameter("bias", zeros)];
  const [mean, variance] = [statistic("running_mean", zeros), statistic("running_var", ones)];
  return (f, x) => {
    const { b } = f;
    const [scale, shift] = [f.value(gamma), f.value(beta)];
    if (!f.options.training) return batchNormEval(b, x, scale, shift, f.statistic(mean), f.statistic(variance), EPS);
    const batch = batchNormTrain(b, x, scale, shift, EPS);
    const n = x.shape[1]!;
    const move = (statistic: Statistic, fresh: Value, factor: number): void =>
      f.moveStatistic(statistic, (old) => b.add(b.mul(old, 1 - momentum), b.mul(fresh, momentum * factor)));
    move(mean, batch.mean, 1);
    move(variance, batch.variance, n / Math.max(n - 1, 1));
    return batch.y;
  };
}

/** Convolution without bias, batch norm, ReLU. */
export function declareConvNormRelu(
  context: DecoderContext,
  name: string,
  inSize: number,
  outSize: number,
  momentum: number,
): Layer {
  const conv = declareConv(context, `${name}.conv`, inSize, outSize, { bias: false });
  const norm = declareBatchNorm(context, `${name}.norm`, outSize, momentum);
  return (f, x) => f.b.relu(norm(f, conv(f, x)));
}

/** feature: [S,B,side,side,C] → rows [N,C] where S = 1, or [T,N,C]. */
const rowsOf = (f: Forward, feature: Value): Value => {
  const [streams, batch, side, , channels] = feature.shape as [number, number, number, number, number];
  const pixels = batch * side * side;
  return f.b.reshape(feature, streams === 1 ? [pixels, channels] : [streams, pixels, channels]);
};

/** y: [T,N,K] of a map of some side → [T·B,finest,finest,K]. */
function toFinest(f: Forward, context: DecoderContext, y: Value, side: number): Value {
  const finest = finestSide(context);
  return resizeBilinear(f.b, f.b.reshape(y, [-1, side, side, y.shape.at(-1)!]), finest, finest);
}

/** Each map through its own layer, then all on the finest map side by side: [S,B,side,side,C] each → [T,N,ΣK]. */
export const joinMaps =
  (context: DecoderContext, layers: readonly Layer[]) =>
  (f: Forward, features: readonly Value[]): Value => {
    const maps = features.map((feature, i) =>
      toFinest(f, context, layers[i]!(f, rowsOf(f, feature)), context.features[i]!.side),
    );
    const joined = f.b.concat(maps, 3);
    return f.b.reshape(joined, [context.tasks.length, -1, joined.shape[3]!]);
  };

/** The reference's downsampler: a 1×1 convolution without bias a map and task, from the map's channels to `widths`. */
export function declareDownsamplers(context: DecoderContext, widths: readonly number[]): readonly Layer[] {
  const { features, tasks } = context;
  if (widths.length !== features.length)
    throw new Error(
      `The head has ${widths.length} widths, the backbone ${features.length} maps; give one width a map.`,
    );
  const group: ParameterGroup = "downsampler";
  return features.map(({ channels }, i) => {
    const width = widths[i]!;
    const slot = declareStack(context, `downsampler.${i}`, (task) => ({
      name: `downsampler.${task}.${i}.weight`,
      shape: [width, channels],
      group,
      init: convInit(channels),
    }));
    return (f, x) => {
      const weight = f.value(slot);
      return f.b.matmul(x, tasks.length === 1 ? f.b.reshape(weight, [width, channels]) : weight, false, true);
    };
  });
}

/** The last 1×1 convolution, to each task's own channels, and bilinear resizing to the image: [T,N,K] → [B,imageSize,imageSize,channels] a task. */
export function declarePrediction(context: DecoderContext, hidden: number) {
  const { store, tasks, imageSize } = context;
  const finest = finestSide(context);
  const init = convInit(hidden);
  const last = tasks.map(({ id, channels }) => ({
    weight: store.declare({ name: `head.${id}.last.weight`, shape: [channels, hidden], group: "head", init }),
    bias: store.declare({ name: `head.${id}.last.bias`, shape: [channels], group: "head", init }),
  }));
  return (f: Forward, x: Value): readonly Value[] => {
    const { b } = f;
    const pixels = x.shape[1]!;
    const ones = tasks.map(() => 1);
    const perTask = split(b, x, 0, ones);
    return tasks.map(({ id, channels }, t) =>
      b.scope(id, () => {
        const own = b.reshape(perTask[t]!, [pixels, hidden]);
        const logits = b.add(b.matmul(own, f.value(last[t]!.weight), false, true), f.value(last[t]!.bias));
        const map = b.reshape(logits, [pixels / finest ** 2, finest, finest, channels]);
        return resizeBilinear(b, map, imageSize, imageSize);
      }),
    );
  };
}
