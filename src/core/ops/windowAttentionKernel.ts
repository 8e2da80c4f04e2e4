/** The WGSL kernels of window attention and its derivative; letters as in windowAttention.ts. */
import windowAttentionWgsl from "../../../shaders/windowAttention.wgsl?raw";
import windowAttentionGradWgsl from "../../../shaders/windowAttentionGrad.wgsl?raw";
import gradIo1 from "../../../shaders/windowAttentionGradIo1.wgsl?raw";
import gradIo4 from "../../../shaders/windowAttentionGradIo4.wgsl?raw";
import io1 from "../../../shaders/windowAttentionIo1.wgsl?raw";
import io4 from "../../../shaders/windowAttentionIo4.wgsl?raw";
import places from "../../../shaders/windowAttentionPlaces.wgsl?raw";
import { type DeviceLimits, groupsFor, type KernelCall, type KernelRule } from "../graph/kernel";
import type { Shape, Value } from "../graph/node";
import { sumPartials } from "./sumPartials";
import { type WindowAttrs, type WindowGradAttrs, windowSizes } from "./windowSizes";

/** Keys in workgroup memory at a time, as windowAttentionPlaces.wgsl has it. */
const chunk = 8;
/** Threads that a workgroup of several units is filled up to. */
const wantedThreads = 128;
/** Units of the derivative that fill a device: more windows than that are added up one after the other. */
const wantedUnits = 512;

/** On a software adapter, barriers of larger windows cost more than storing the scores: 64 tokens are the largest window there. */
const softwareTokens = 64;

/** Units of M² threads in a workgroup, with the overrides that follow; null where the expansion serves the device better. */
function layout(qkv: Shape, attrs: WindowAttrs, limits: DeviceLimits) {
  const { tokens, headSize, batch, height, width } = windowSizes(qkv, attrs);
  if (limits.cpuAdapter && tokens > softwareTokens) return null;
  const quarters = Math.ceil(headSize / 4);
  // Keys and values, offsets, and per token a place, a region and two statistics.
  const unitBytes = 2 * chunk * quarters * 16 + tokens * (chunk + 1) * 4 + tokens * 16;
  if (tokens > limits.maxWorkgroupInvocations || unitBytes > limits.maxWorkgroupStorageBytes) return null;
  const byThreads = Math.max(1, Math.floor(wantedThreads / tokens));
  const units = Math.min(byThreads, Math.floor(limits.maxWorkgroupStorageBytes / unitBytes));
  const { heads, window, shift } = attrs;
  const overrides = { batch, height, width, heads, headSize, window, shift, tokens, units };
  const sizes = { chunkSize: units * chunk * quarters, offsetsSize: units * tokens * (chunk + 1) };
  return {
    units,
    quarters,
    vectors: headSize % 4 === 0,
    overrides: { ...overrides, ...sizes, threads: units * tokens, scale: 1 / Math.sqrt(headSize) },
  };
}

const shaderOf = (name: string, quarters: number, vectors: boolean, io: string, code: string) => ({
  name: `${name}.${quarters}.${vectors ? 4 : 1}`,
  code: [`const quarters = ${quarters}u;`, places, io, code].join("\n"),
});

/** One kernel. */
export const windowAttentionKernel: KernelRule<WindowAttrs> = (node, limits) => {
  const shape = node.inputs[0]!.shape;
  const plan = layout(shape, node.attrs, limits);
  if (!plan) return null;
  const { batch, windowsPerImage } = windowSizes(shape, node.attrs);
  return [
    {
      shader: shaderOf("windowAttention", plan.quarters, plan.vectors, plan.vectors ? io4 : io1, windowAttentionWgsl),
      entry: "main",
      overrides: plan.overrides,
      reads: node.inputs,
      writes: node.outputs,
      groups: groupsFor(Math.ceil((batch * windowsPerImage * node.attrs.heads) / plan.units)),
    },
  ];
};

/** One kernel, and a second that sums the shares of dbias where it is asked for. */
export const windowAttentionGradKernel: KernelRule<WindowGradAttrs> = (node, limits) => {
  const shape = node.inputs[0]!.shape;
  const { heads, dBias } = node.attrs;
  const plan = layout(shape, node.attrs, limits);
  if (!plan) return null;
  const { batch, windowsPerImage, tokens, channels, height, width } = windowSizes(shape, node.attrs);
  const windows = batch * windowsPerImage;
  const windowsPerUnit = dBias ? Math.ceil(windows / Math.min(windows, Math.ceil(wantedUnits / heads))) : 1;
  const teams = Math.ceil(windows / windowsPerUnit);
  const shares = { scratch: dBias ? teams * heads * tokens * tokens : 1 };
  const [dQkv, dBiasOut] = node.outputs as [Value, Value];
  const io = plan.vectors ? gradIo4 : gradIo1;
  const main: KernelCall = {
    shader: shaderOf("windowAttentionGrad", plan.quarters, plan.vectors, io, windowAttentionGradWgsl),
    entry: "main",
    overrides: { ...plan.overrides, windowsPerUnit, unitCount: teams * heads, dBias: Number(dBias) },
    reads: node.inputs,
    writes: [dQkv, shares],
    groups: groupsFor(Math.ceil((teams * heads) / plan.units)),
    // Scores and dy vᵀ are computed twice, once by rows and once by columns.
    flops: batch * height * width * tokens * (14 * channels + 12 * heads),
  };
  return dBias ? [main, sumPartials(shares, [dBiasOut], teams, limits)] : [main];
};
