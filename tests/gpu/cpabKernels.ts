import { readFileSync } from "node:fs";
import { packWarpPlan, type WarpPlan, warpThreads } from "../../src/core/math/spectrumWarp";
import { runKernel } from "./device";

const read = (name: string) => readFileSync(new URL(`../../shaders/${name}`, import.meta.url), "utf8");
const shared = read("lib/accurateMath.wgsl") + read("cpabFlow.wgsl");
const forward = shared + read("cpabWarp.wgsl");
const gradient = shared + read("cpabWarpGrad.wgsl");

function constants(plan: WarpPlan): Record<string, number> {
  return {
    freeBoundary: Number(plan.boundary === "free"),
    indexReading: Number(plan.reading === "index"),
    lanes: warpThreads(plan),
  };
}

/** sigma' [P] of all rows by one dispatch. */
export async function warpOnGpu(plan: WarpPlan, theta: Float32Array, t = 1): Promise<Float32Array> {
  const table = packWarpPlan(plan);
  const [bytes] = await runKernel({
    code: forward,
    constants: constants(plan),
    bindings: [theta, table, plan.sigma, Float32Array.of(t), plan.sigma.byteLength],
    workgroups: [table[0]!],
  });
  return new Float32Array(bytes!);
}

/** dTheta [thetaLength] of all segments by one dispatch. */
export async function warpGradientOnGpu(
  plan: WarpPlan,
  theta: Float32Array,
  dSigma: Float32Array,
  t = 1,
): Promise<Float32Array> {
  const table = packWarpPlan(plan);
  const [bytes] = await runKernel({
    code: gradient,
    constants: constants(plan),
    bindings: [theta, table, plan.sigma, Float32Array.of(t), dSigma, 4 * plan.thetaLength],
    workgroups: [table[1]!],
  });
  return new Float32Array(bytes!);
}
