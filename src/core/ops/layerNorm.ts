/**
 * Layer normalisation over the last axis (Ba et al. 2016), as torch.nn.LayerNorm: biased variance, epsilon inside the root.
 *
 * Letters: C = channels; R = rows, the product of all axes before the last.
 */
import layerNormWgsl from "../../../shaders/layerNorm.wgsl?raw";
import layerNormGradWgsl from "../../../shaders/layerNormGrad.wgsl?raw";
import type { Builder } from "../graph/builder";
import { type DeviceLimits, groupsFor, type KernelRule } from "../graph/kernel";
import { type Node, type OpDef, type Shape, sameShape, showShape, sizeOf, type Value } from "../graph/node";
import type { OpCases } from "./cases";
import { sumPartials } from "./sumPartials";

type LayerNormAttrs = { eps: number };
/**
 * Without `parameters` only dx is computed: for norms that are frozen. With `residual` a last input, [...,C], is added to dx: the
 * gradient that goes around the norm.
 */
type LayerNormGradAttrs = { parameters: boolean; residual?: boolean };

const statisticsShape = (x: Shape): Shape => [...x.slice(0, -1), 1];

function checkChannels(x: Shape, parameters: readonly Value[]): void {
  const channels = x.at(-1);
  if (!channels) throw new Error(`x needs a last axis of at least one channel; ${showShape(x)} came.`);
  for (const v of parameters) {
    if (!sameShape(v.shape, [channels]))
      throw new Error(`gamma and beta must be [${channels}], the last axis of x; ${showShape(v.shape)} came.`);
  }
}

/**
 * How a workgroup covers rows: `lanes` threads a row, `slots` rows at once. A software adapter gets one thread a row, and with it
 * no barriers. `floatsPerSlot` of workgroup memory bound the slots; null where not even one row fits.
 */
function layout(channels: number, floatsPerSlot: number, limits: DeviceLimits) {
  const lanes = limits.cpuAdapter ? 1 : Math.min(64, 2 ** Math.floor(Math.log2(Math.max(1, channels / 2))));
  // The sums over the lanes take two floats a thread.
  const room = Math.floor(limits.maxWorkgroupStorageBytes / 4 / (floatsPerSlot + 2 * lanes));
  const slots = Math.min(limits.cpuAdapter ? 16 : 128 / lanes, room);
  return slots < 1 ? null : { lanes, slots, threads: lanes * slots };
}

const layerNormKernel: KernelRule<LayerNormAttrs> = (node, limits) => {
  const [x] = node.inputs as [Value];
  const channels = x.shape.at(-1)!;
  const rows = sizeOf(x.shape) / channels;
  const threads = layout(channels, 0, limits)!;
  return [
    {
      shader: { name: "layerNorm", code: layerNormWgsl },
      entry: "main",
      overrides: { rows, channels, ...threads, eps: node.attrs.eps },
      reads: node.inputs,
      writes: node.outputs,
      groups: groupsFor(Math.ceil(rows / threads.slots)),
    },
  ];
};

/** Workgroups whose shares of dgamma and dbeta the second stage sums. */
const maxShares = 256;

const layerNormGradKernel: KernelRule<LayerNormGradAttrs> = (node, limits) => {
  const { parameters, residual = false } = node.attrs;
  const channels = node.inputs[1]!.shape.at(-1)!;
  const rows = sizeOf(node.inputs[1]!.shape) / channels;
  const threads = layout(channels, parameters ? 2 * channels : 0, limits);
  if (!threads) return null;
  const { slots } = threads;
  const rowsPerGroup = parameters ? slots * Math.ceil(rows / maxShares / slots) : slots;
  const groups = Math.ceil(rows / rowsPerGroup);
  const shares = { scratch: parameters ? groups * 2 * channels : 1 };
  const sumsSize = parameters ? slots * 2 * channels : 1;
  const [dx, dGamma, dBeta] = node.outputs as [Value, Value, Value];
  const main = {
    shader: { name: "layerNormGrad", code: layerNormGradWgsl },
    entry: "main",
    overrides: {
      rows,
      channels,
      rowsPerGroup,
      ...threads,
      parameters: Number(parameters),
      residual: Number(residual),
      sumsSize,
    },
    // Without a residual its binding holds x, which is not read through it.
    reads: residual ? node.inputs : [...node.inputs, node.inputs[1]!],
    writes: [dx, shares],
    groups: groupsFor(groups),
  };
  return parameters ? [main, sumPartials(shares, [dGamma, dBeta], groups, limits)] : [main];
};

/** (dy [...,C], x [...,C], gamma [C], mean [...,1], rstd [...,1], residual [...,C]?) → dx [...,C], dgamma [C], dbeta [C]. */
export const layerNormGradDef = {
  name: "layerNormGrad",
  kind: "composite",
  infer: (inputs, { parameters, residual }) => {
    const [dy, x, gamma, mean, rstd, added] = inputs as [Value, Value, Value, Value, Value, Value?];
    if (residual === true && !(added && sameShape(added.shape, x.shape)))
      throw new Error(
        `the residual must be ${showShape(x.shape)} as x is; ${added ? showShape(added.shape) : "none"} came.`,
      );
    checkChannels(x.shape, [gamma]);
    if (!sameShape(dy.shape, x.shape))
      throw new Error(`dy must be ${showShape(x.shape)} as x is; ${showShape(dy.shape)} came.`);
    for (const v of [mean, rstd]) {
      if (!sameShape(v.shape, statisticsShape(x.shape)))
        throw new Error(`mean and rstd must be ${showShape(statisticsShape(x.shape))}; ${showShape(v.shape)} came.`);
    }
    return parameters ? [x.shape, gamma.shape, gamma.shape] : [x.shape];
  },
  // x̂ = (x - mean) rstd, g = dy gamma:  dx = rstd (g - mean(g) - x̂ mean(g x̂)),  dgamma = Σ_rows dy x̂,  dbeta = Σ_rows dy
  expand: (b, inputs, { parameters, residual }) => {
    const [dy, x, gamma, mean, rstd, added] = inputs as [Value, Value, Value, Value, Value, Value?];
    const last = x.shape.length - 1;
    const xHat = b.mul(b.sub(x, mean), rstd);
    const g = b.mul(dy, gamma);
    const alongXHat = b.mul(xHat, b.mean(b.mul(g, xHat), [last], true));
    const through = b.mul(rstd, b.sub(b.sub(g, b.mean(g, [last], true)), alongXHat));
    const dx = residual && added ? b.add(through, added) : through;
    if (!parameters) return [dx];
    const rows = Array.from({ length: last }, (_, i) => i);
    return [dx, b.sum(b.mul(dy, xHat), rows), b.sum(dy, rows)];
  },
  kernel: layerNormGradKernel,
  flops: (node) => (node.attrs.parameters ? 13 : 10) * sizeOf(node.inputs[1]!.shape),
} as const satisfies OpDef<LayerNormGradAttrs>;

/** (x [...,C], gamma [C], beta [C]) → y [...,C], and for the derivative mean [...,1] and rstd [...,1] = 1/sqrt(variance + eps). */
export const layerNormDef = {
  name: "layerNorm",
  kind: "composite",
  infer: (inputs, { eps }) => {
    const [x, gamma, beta] = inputs as [Value, Value, Value];
    checkChannels(x.shape, [gamma, beta]);
    if (!(eps > 0)) throw new Error(`eps must be positive; ${eps} came.`);
    return [x.shape, statisticsShape(x.shape), statisticsShape(x.shape)];
  },
  // No gradient flows through mean and rstd: they are outputs for layerNormGrad alone.
  vjp: (b, node, [dy]) => {
    if (!dy) return [undefined, undefined, undefined];
    const [x, gamma] = node.inputs as [Value, Value];
    const [, mean, rstd] = node.outputs as [Value, Value, Value];
    return b.apply(layerNormGradDef, [dy, x, gamma, mean, rstd], { parameters: true });
  },
  expand: (b, inputs, { eps }) => {
    const [x, gamma, beta] = inputs as [Value, Value, Value];
    const last = x.shape.length - 1;
    const mean = b.mean(x, [last], true);
    const centred = b.sub(x, mean);
    const variance = b.mean(b.mul(centred, centred), [last], true);
    const rstd = b.reciprocal(b.sqrt(b.add(variance, eps)));
    return [b.add(b.mul(b.mul(centred, rstd), gamma), beta), mean, rstd];
  },
  kernel: layerNormKernel,
  onnx: (emit, node: Node<LayerNormAttrs>, inputs) =>
    emit.node("LayerNormalization", inputs, { axis: { int: -1 }, epsilon: node.attrs.eps }, 3),
  flops: (node) => 8 * sizeOf(node.inputs[0]!.shape),
} as const satisfies OpDef<LayerNormAttrs>;

/** x: [...,C], gamma, beta: [C] → [...,C]; eps as PyTorch's default. */
export function layerNorm(b: Builder, x: Value, gamma: Value, beta: Value, eps = 1e-5): Value {
  return b.apply(layerNormDef, [x, gamma, beta], { eps })[0]!;
}

const shapes = {
  typical: [2, 5, 32],
  odd: [3, 7],
  "one row": [1, 12],
  "one channel": [4, 1],
  "one axis": [6],
  wide: [2, 301],
};

export const layerNormCases: OpCases = Object.entries(shapes).map(([name, shape]) => ({
  name,
  inputs: [{ shape }, { shape: shape.slice(-1) }, { shape: shape.slice(-1) }],
  build: (b, [x, gamma, beta]) => [layerNorm(b, x!, gamma!, beta!)],
  wrt: [0, 1, 2],
}));
