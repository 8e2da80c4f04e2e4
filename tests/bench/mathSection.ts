/** CPAB for all warps of Swin-T, on the host and as WGSL, and the decompositions of its matrices. */

import { Builder } from "../../src/core/graph/builder";
import type { Graph } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { type WarpPlan, warpSpectrum, warpSpectrumVjp } from "../../src/core/math/spectrumWarp";
import { svd } from "../../src/core/math/svd";
import type { SpectrumSite } from "../../src/core/methods/method";
import { trainGraph } from "../../src/core/model/graphs";
import { buildModel, type Model } from "../../src/core/model/model";
import { spectrumWarp, spectrumWarpGradDef } from "../../src/core/ops/spectrumWarp";
import { openExecutor } from "./executors";
import { median } from "./median";
import { benchWeights, settingOf } from "./step/model";

export interface CpabFigures {
  readonly curves: number;
  readonly points: number;
  readonly thetas: number;
  /** Milliseconds, medians: all warps once. */
  readonly host: { readonly forward: number; readonly vjp: number };
  /** Forward and derivative together, upload and readback included; null without WebGPU. */
  readonly webgpu: { readonly both: number } | null;
  /** Largest difference of the two in sigma', relative to the largest singular value. */
  readonly difference: number | null;
}

function timed(rounds: number, work: () => void): number {
  work();
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return median(times);
}

const swinT = (): Model => buildModel(settingOf("swin-t").spec);

function warpPlanOf(model: Model): WarpPlan {
  const graph = trainGraph(model, benchWeights(model), { batch: 1 });
  const node = graph.nodes.find(({ op }) => op.name === "spectrumWarp")!;
  return (node.attrs as { plan: WarpPlan }).plan;
}

function warpGraph(plan: WarpPlan): Graph {
  const b = new Builder();
  const theta = b.input("theta", [plan.thetaLength]);
  const time = b.input("time", []);
  b.output("sigma", spectrumWarp(b, theta, time, plan));
  b.output("dTheta", b.one(spectrumWarpGradDef, [theta, time, b.input("dSigma", [plan.sigma.length])], { plan }));
  return b.build();
}

const normals = (length: number, name: string, deviation: number): Float32Array => {
  const draw = random(0, "bench", name);
  return Float32Array.from({ length }, () => deviation * draw.normal());
};

export async function cpabFigures(hasGpu: boolean, rounds: number): Promise<CpabFigures> {
  const plan = warpPlanOf(swinT());
  const theta = normals(plan.thetaLength, "theta", 0.3);
  const dSigma = normals(plan.sigma.length, "dSigma", 1);
  const sigma = new Float32Array(plan.sigma.length);
  const dTheta = new Float32Array(plan.thetaLength);
  const host = {
    forward: timed(rounds, () => warpSpectrum(plan, theta, 1, sigma)),
    vjp: timed(rounds, () => warpSpectrumVjp(plan, theta, 1, dSigma, dTheta)),
  };
  const sizes = { curves: plan.rows.length, points: plan.sigma.length, thetas: plan.thetaLength };
  if (!hasGpu) return { ...sizes, host, webgpu: null, difference: null };
  const executor = await openExecutor("webgpu", 1);
  const compiled = await executor.compile(warpGraph(plan), "warps");
  const feeds = { theta, dSigma, time: Float32Array.of(1) };
  const found = (await compiled.run(feeds))["sigma"]!;
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await compiled.run(feeds);
    times.push(performance.now() - start);
  }
  await executor.dispose();
  const largest = Math.max(...plan.sigma);
  const difference = found.reduce((most, value, i) => Math.max(most, Math.abs(value - sigma[i]!)), 0) / largest;
  return { ...sizes, host, webgpu: { both: median(times) }, difference };
}

export interface SvdFigures {
  readonly shapes: readonly {
    readonly rows: number;
    readonly cols: number;
    /** Matrices of this shape in Swin-T. */
    readonly count: number;
    /** Milliseconds of one, on one core; null where it was not timed. */
    readonly ms: number | null;
  }[];
  readonly matrices: number;
  /** Seconds of all matrices of the timed shapes on one core: one time each, multiplied by their count. */
  readonly seconds: number;
}

/** One matrix of normal numbers for each shape; sides up to `largestSide`. */
export function svdFigures(largestSide: number): SvdFigures {
  const counts = new Map<string, { site: SpectrumSite; count: number }>();
  for (const site of swinT().method.spectrumSites) {
    const key = `${site.rows}x${site.cols}`;
    const known = counts.get(key) ?? { site, count: 0 };
    counts.set(key, known);
    known.count += site.parts;
  }
  const shapes = [...counts.values()].map(({ site: { rows, cols }, count }) => {
    if (Math.max(rows, cols) > largestSide) return { rows, cols, count, ms: null };
    const weight = normals(rows * cols, `matrix ${rows}x${cols}`, 0.02);
    const start = performance.now();
    svd(weight, rows, cols);
    return { rows, cols, count, ms: performance.now() - start };
  });
  return {
    shapes,
    matrices: shapes.reduce((n, { count }) => n + count, 0),
    seconds: shapes.reduce((sum, { count, ms }) => sum + (count * (ms ?? 0)) / 1000, 0),
  };
}
