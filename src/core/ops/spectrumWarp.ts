/**
 * All adapted singular values of a model warped by their CPAB flows at once (DiTASK §3): sigma' = warp(sigma; theta, time).
 *
 * Letters: K = parameters of all flows, P = singular values of all adapted matrices. The plan holds sigma and says which parameters
 * warp which values. Executors without WGSL run it on the host, in float64.
 */
import cpabFlowWgsl from "../../../shaders/cpabFlow.wgsl?raw";
import cpabWarpWgsl from "../../../shaders/cpabWarp.wgsl?raw";
import cpabWarpGradWgsl from "../../../shaders/cpabWarpGrad.wgsl?raw";
import accurateMathWgsl from "../../../shaders/lib/accurateMath.wgsl?raw";
import type { Builder } from "../graph/builder";
import type { KernelCall, Shader } from "../graph/kernel";
import { type Node, type OpDef, sameShape, showShape, type Value } from "../graph/node";
import { packWarpPlan, type WarpPlan, warpSpectrum, warpSpectrumVjp, warpThreads } from "../math/spectrumWarp";
import type { OpCases } from "./cases";

type WarpAttrs = { readonly plan: WarpPlan };

function checkWarp(theta: Value, time: Value, { plan }: WarpAttrs): void {
  if (!sameShape(theta.shape, [plan.thetaLength]) || time.shape.length !== 0) {
    throw new Error(
      `expects theta [${plan.thetaLength}] and time []; ${showShape(theta.shape)} and ${showShape(time.shape)} came.`,
    );
  }
}

const shared = `${accurateMathWgsl}\n${cpabFlowWgsl}`;
const warpShader: Shader = { name: "cpabWarp", code: `${shared}\n${cpabWarpWgsl}` };
const gradShader: Shader = { name: "cpabWarpGrad", code: `${shared}\n${cpabWarpGradWgsl}` };

const packed = new WeakMap<WarpPlan, Uint32Array>();

/** The plan's table; kept, so that it is uploaded once. Its words 0 and 1 count the workgroups of the two kernels. */
function tableOf(plan: WarpPlan): Uint32Array {
  const table = packed.get(plan) ?? packWarpPlan(plan);
  packed.set(plan, table);
  return table;
}

function warpCall(node: Node<WarpAttrs>, shader: Shader, groups: number): KernelCall {
  const { plan } = node.attrs;
  const [theta, time, ...others] = node.inputs as readonly [Value, Value, ...Value[]];
  return {
    shader,
    entry: "main",
    overrides: {
      freeBoundary: Number(plan.boundary === "free"),
      indexReading: Number(plan.reading === "index"),
      lanes: warpThreads(plan),
    },
    reads: [theta, { table: tableOf(plan) }, { table: plan.sigma }, time, ...others],
    writes: node.outputs,
    groups: [groups, 1, 1],
  };
}

/** Inputs theta [K], time [], dSigma [P] (gradient of sigma'); output dtheta [K] = (d sigma' / d theta)ᵀ dSigma. */
export const spectrumWarpGradDef = {
  name: "spectrumWarpGrad",
  kind: "host",
  infer: ([theta, time, dSigma], attrs) => {
    checkWarp(theta!, time!, attrs);
    const want = [attrs.plan.sigma.length];
    if (!sameShape(dSigma!.shape, want))
      throw new Error(`expects dSigma ${showShape(want)}; ${showShape(dSigma!.shape)} came.`);
    return [theta!.shape];
  },
  compute: ([theta, time, dSigma], { plan }) => {
    const dTheta = new Float32Array(plan.thetaLength);
    warpSpectrumVjp(plan, theta!, time![0]!, dSigma!, dTheta);
    return [dTheta];
  },
  computeFloat64: ([theta, time, dSigma], { plan }) => {
    const dTheta = new Float64Array(plan.thetaLength);
    warpSpectrumVjp(plan, theta!, time![0]!, dSigma!, dTheta);
    return [dTheta];
  },
  kernel: (node) => [warpCall(node, gradShader, tableOf(node.attrs.plan)[1]!)],
  flops: (node) => flowFlops(node.attrs.plan),
} as const satisfies OpDef<WarpAttrs>;

/** Inputs theta [K], time []; output sigma' [P]. Time is a setting of the run, so no gradient flows to it. */
export const spectrumWarpDef = {
  name: "spectrumWarp",
  kind: "host",
  infer: ([theta, time], attrs) => {
    checkWarp(theta!, time!, attrs);
    return [[attrs.plan.sigma.length]];
  },
  compute: ([theta, time], { plan }) => {
    const sigma = new Float32Array(plan.sigma.length);
    warpSpectrum(plan, theta!, time![0]!, sigma);
    return [sigma];
  },
  computeFloat64: ([theta, time], { plan }) => {
    const sigma = new Float64Array(plan.sigma.length);
    warpSpectrum(plan, theta!, time![0]!, sigma);
    return [sigma];
  },
  vjp: (b, node, [dSigma]) => {
    const [theta, time] = node.inputs as [Value, Value];
    return [dSigma && b.one(spectrumWarpGradDef, [theta, time, dSigma], node.attrs), undefined];
  },
  kernel: (node) => [warpCall(node, warpShader, tableOf(node.attrs.plan)[0]!)],
  flops: (node) => flowFlops(node.attrs.plan),
} as const satisfies OpDef<WarpAttrs>;

/** About what one flow costs: finding the velocities of a row's cells, then some thirty operations for each cell a point crosses. */
const flowFlops = ({ sigma, rows }: WarpPlan): number =>
  rows.reduce((n, { cells }) => n + cells * cells, 0) + 60 * sigma.length;

/** theta: [K], time: [] (0 the pretrained spectrum, 1 the adapted one) → sigma' [P]. */
export const spectrumWarp = (b: Builder, theta: Value, time: Value, plan: WarpPlan): Value =>
  b.one(spectrumWarpDef, [theta, time], { plan });

/** Two matrices that share a flow with 3 parameters, and one with a flow of its own. */
const smallPlan = (reading: WarpPlan["reading"]): WarpPlan => ({
  rows: [
    { thetaOffset: 0, cells: 4, pointOffset: 0, pointCount: 5 },
    { thetaOffset: 0, cells: 4, pointOffset: 5, pointCount: 3 },
    { thetaOffset: 3, cells: 2, pointOffset: 8, pointCount: 2 },
  ],
  boundary: "zero",
  reading,
  sigma: Float32Array.of(5, 4.1, 2.9, 1.2, 0.4, 3, 1.7, 0.2, 2.5, 0.6),
  thetaLength: 4,
});

/** The same with free ends: two parameters more a flow. */
const freePlan = (reading: WarpPlan["reading"]): WarpPlan => {
  const plan = smallPlan(reading);
  const rows = plan.rows.map((row) => (row.thetaOffset === 0 ? row : { ...row, thetaOffset: 5 }));
  return { ...plan, rows, boundary: "free", thetaLength: 8 };
};

const someTheta = [0.53, -0.31, 0.24, 0.42, -0.17, 0.36, -0.52, 0.11];

const warpCase = (name: string, plan: WarpPlan, time: number): OpCases[number] => ({
  name,
  inputs: [
    { shape: [plan.thetaLength], data: { values: someTheta.slice(0, plan.thetaLength) } },
    { shape: [], data: { values: [time] } },
  ],
  build: (b, [theta, t]) => [spectrumWarp(b, theta!, t!, plan)],
  wrt: [0],
});

export const spectrumWarpCases: OpCases = [
  warpCase("values", smallPlan("value"), 1),
  warpCase("values half way", smallPlan("value"), 0.5),
  warpCase("indices", smallPlan("index"), 1),
  warpCase("values with free ends", freePlan("value"), 1),
  warpCase("indices with free ends", freePlan("index"), 1),
];
