/**
 * The HRNet-style decoder of the reference, one a task: a 1×1 convolution without bias narrows each stage's map ("downsampler"), all
 * maps are resized to the finest and joined, then 1×1 convolution, batch norm, ReLU, 1×1 convolution, and bilinear resizing to the
 * image. Letters: T tasks, S streams (1 or T), B batch, N = B·side² pixels of the finest map, D joined channels, K hidden channels.
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import { ones, type ParameterGroup, type ParameterSpec, type Slot, zeros } from "../nn/parameters";
import { batchNormEval, batchNormTrain } from "../ops/batchNorm";
import { resizeBilinear } from "../ops/resizeBilinear";
import { split } from "../ops/split";
import type { HeadContext, HeadDef } from "./head";

export interface HrnetSettings {
  /** Channels that each stage's map is narrowed to. */
  readonly widths: readonly number[];
  /** K / D. */
  readonly expansion: number;
  /** Share of a new batch in the running statistics. */
  readonly momentum: number;
}

const EPS = 1e-5;

interface Layers {
  readonly context: HeadContext;
  readonly hidden: number;
  readonly momentum: number;
  /** [T,width,C] a stage. */
  readonly narrow: readonly Slot[];
  /** [T,K,D] */
  readonly mix: Slot;
  readonly mixBias: Slot;
  readonly norm: ReturnType<typeof declareBatchNorm>;
  /** [channels,K] a task. */
  readonly last: readonly { readonly weight: Slot; readonly bias: Slot }[];
}

/** PyTorch's start of convolutions: uniform within 1/√(inputs of one output). */
const convInit = (inputs: number) => ({ kind: "uniform", bound: 1 / Math.sqrt(inputs) }) as const;

function declareLayers({ widths, expansion, momentum }: HrnetSettings, context: HeadContext): Layers {
  const { store, features, tasks } = context;
  if (widths.length !== features.length)
    throw new Error(
      `The head has ${widths.length} widths, the backbone ${features.length} maps; give one width a map.`,
    );
  const stack = (name: string, spec: (task: string) => ParameterSpec): Slot =>
    store.declareStack(
      name,
      tasks.map(({ id }) => spec(id)),
    );
  const narrow = features.map(({ channels }, i) =>
    stack(`downsampler.${i}`, (task) => ({
      name: `downsampler.${task}.${i}.weight`,
      shape: [widths[i]!, channels],
      group: "downsampler",
      init: convInit(channels),
    })),
  );
  const joined = widths.reduce((n, width) => n + width, 0);
  const hidden = Math.round(joined * expansion);
  const group: ParameterGroup = "head";
  const mix = stack("head.mix.weight", (task) => ({
    name: `head.${task}.mix.weight`,
    shape: [hidden, joined],
    group,
    init: convInit(joined),
  }));
  const mixBias = stack("head.mix.bias", (task) => ({
    name: `head.${task}.mix.bias`,
    shape: [hidden],
    group,
    init: convInit(joined),
  }));
  const norm = declareBatchNorm(context, hidden, stack);
  const last = tasks.map(({ id, channels }) => ({
    weight: store.declare({ name: `head.${id}.last.weight`, shape: [channels, hidden], group, init: convInit(hidden) }),
    bias: store.declare({ name: `head.${id}.last.bias`, shape: [channels], group, init: convInit(hidden) }),
  }));
  return { context, hidden, momentum, narrow, mix, mixBias, norm, last };
}

function declareBatchNorm(
  { store, tasks }: HeadContext,
  width: number,
  stack: (name: string, spec: (task: string) => ParameterSpec) => Slot,
) {
  const parameter = (part: string, init: typeof ones) =>
    stack(`head.norm.${part}`, (task) => ({ name: `head.${task}.norm.${part}`, shape: [width], group: "head", init }));
  const statistic = (part: string, init: typeof ones) =>
    store.declareStatistic({
      name: `head.norm.${part}`,
      shape: [tasks.length, width],
      init,
      parts: tasks.map(({ id }) => `head.${id}.norm.${part}`),
    });
  return {
    gamma: parameter("weight", ones),
    beta: parameter("bias", zeros),
    mean: statistic("running_mean", zeros),
    variance: statistic("running_var", ones),
  };
}

/** features: [S,B,h,w,C] each → [T,N,D]. */
function join(f: Forward, { context, narrow }: Layers, features: readonly Value[]): Value {
  const { b } = f;
  const tasks = context.tasks.length;
  const finest = Math.max(...context.features.map((map) => map.side));
  const maps = features.map((feature, i) => {
    const [streams, batch, side, , channels] = feature.shape as [number, number, number, number, number];
    const pixels = batch * side * side;
    const rows = b.reshape(feature, streams === 1 ? [pixels, channels] : [streams, pixels, channels]);
    const weight = f.value(narrow[i]!);
    const width = weight.shape[1]!;
    const product = b.matmul(rows, tasks === 1 ? b.reshape(weight, [width, channels]) : weight, false, true);
    return resizeBilinear(b, b.reshape(product, [tasks * batch, side, side, width]), finest, finest);
  });
  const joined = b.concat(maps, 3);
  return b.reshape(joined, [tasks, -1, joined.shape[3]!]);
}

/** x: [T,N,K]. While training, the graph also moves the running statistics (their variance is the unbiased one, as PyTorch has it). */
function normalise(f: Forward, { norm, momentum }: Layers, x: Value): Value {
  const { b } = f;
  const [gamma, beta] = [f.value(norm.gamma), f.value(norm.beta)];
  const [mean, variance] = [f.statistic(norm.mean), f.statistic(norm.variance)];
  if (!f.options.training) return batchNormEval(b, x, gamma, beta, mean, variance, EPS);
  const batch = batchNormTrain(b, x, gamma, beta, EPS);
  const n = x.shape[1]!;
  const moved = (old: Value, fresh: Value, factor: number): Value =>
    b.add(b.mul(old, 1 - momentum), b.mul(fresh, momentum * factor));
  b.update(mean, moved(mean, batch.mean, 1));
  b.update(variance, moved(variance, batch.variance, n / Math.max(n - 1, 1)));
  return batch.y;
}

function forward(f: Forward, layers: Layers, features: readonly Value[]): readonly Value[] {
  const { b } = f;
  const { context, hidden, mix, mixBias, last } = layers;
  const tasks = context.tasks.length;
  const joined = b.scope("join", () => join(f, layers, features));
  const mixed = b.add(b.matmul(joined, f.value(mix), false, true), b.reshape(f.value(mixBias), [tasks, 1, hidden]));
  const active = b.relu(b.scope("norm", () => normalise(f, layers, mixed)));
  const pixels = active.shape[1]!;
  const finest = Math.max(...context.features.map((map) => map.side));
  const perTask = split(
    b,
    active,
    0,
    context.tasks.map(() => 1),
  );
  return context.tasks.map(({ id, channels }, t) =>
    b.scope(id, () => {
      const own = b.reshape(perTask[t]!, [pixels, hidden]);
      const logits = b.add(b.matmul(own, f.value(last[t]!.weight), false, true), f.value(last[t]!.bias));
      const map = b.reshape(logits, [pixels / finest ** 2, finest, finest, channels]);
      return resizeBilinear(b, map, context.imageSize, context.imageSize);
    }),
  );
}

export const hrnet: HeadDef<HrnetSettings> = {
  id: "hrnet",
  label: "HRNet-style decoder",
  defaults: { widths: [18, 36, 72, 144], expansion: 4, momentum: 0.1 },
  build: (settings, context) => {
    const layers = declareLayers(settings, context);
    return { forward: (f, features) => f.b.scope("head", () => forward(f, layers, features)) };
  },
};
