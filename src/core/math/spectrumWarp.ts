/**
 * The warp of all singular values of a model by CPAB flows, and its derivative, exact, for executors that compute it on the host.
 *
 * sigma, sigma': [P]; theta: [thetaLength]; t = flow time (0 pretrained, 1 adapted, -1 inverse).
 * DiTASK (value reading: paper §3; index reading: released code). Where we differ from both: theta = 0 gives sigma back bit by bit, and
 * the order of a row survives rounding.
 */
import { CpabFlow } from "./cpabFlow";
import { type WarpPlan, type WarpRow, type WarpSegment, warpSegments } from "./warpPlan";

export { packWarpPlan, type WarpPlan, type WarpReading, type WarpRow, warpThreads } from "./warpPlan";

interface Prepared {
  readonly segments: readonly WarpSegment[];
  readonly flow: CpabFlow;
}

const preparedPlans = new WeakMap<WarpPlan, Prepared>();

/** Checks a plan on its first use and remembers what was derived from it. Plans are not changed afterwards. */
function prepare(plan: WarpPlan): Prepared {
  let prepared = preparedPlans.get(plan);
  if (!prepared) {
    prepared = { segments: warpSegments(plan), flow: new CpabFlow(plan.boundary) };
    preparedPlans.set(plan, prepared);
  }
  return prepared;
}

/** Writes sigma' [P] for the flow of theta for time t. Allocates nothing after the first call with a plan. */
export function warpSpectrum(
  plan: WarpPlan,
  theta: Float32Array | Float64Array,
  t: number,
  out: Float32Array | Float64Array,
): void {
  const { segments, flow } = prepare(plan);
  checkLength("theta", theta.length, plan.thetaLength);
  checkLength("the output", out.length, plan.sigma.length);
  for (const segment of segments) {
    flow.prepare(theta, segment.thetaOffset, segment.cells, t);
    for (const row of segment.rows) {
      if (plan.reading === "value") {
        warpValues(flow, plan, row, out);
      } else {
        warpIndices(flow, plan, row, out);
      }
    }
  }
}

/** Writes dTheta [thetaLength] = dSigma^T d sigma' / d theta, where dSigma [P] is the gradient to sigma'. Rows are added in fixed order. */
export function warpSpectrumVjp(
  plan: WarpPlan,
  theta: Float32Array | Float64Array,
  t: number,
  dSigma: Float32Array | Float64Array,
  dTheta: Float32Array | Float64Array,
): void {
  const { segments, flow } = prepare(plan);
  checkLength("theta", theta.length, plan.thetaLength);
  checkLength("dSigma", dSigma.length, plan.sigma.length);
  checkLength("dTheta", dTheta.length, plan.thetaLength);
  dTheta.fill(0);
  for (const segment of segments) {
    flow.prepare(theta, segment.thetaOffset, segment.cells, t);
    for (const row of segment.rows) {
      if (plan.reading === "value") {
        accumulateValues(flow, plan, row, dSigma);
      } else {
        accumulateIndices(flow, plan, row, dSigma);
      }
    }
    flow.takeGradient(dTheta, segment.thetaOffset);
  }
}

/** sigma' = sigma_max phi(sigma / sigma_max); a row of zeros stays as it is. */
function warpValues(flow: CpabFlow, plan: WarpPlan, row: WarpRow, out: Float32Array | Float64Array): void {
  const largest = plan.sigma[row.pointOffset] ?? 0;
  let previous = Infinity;
  for (let i = row.pointOffset; i < row.pointOffset + row.pointCount; i++) {
    const sigma = plan.sigma[i]!;
    const moved = largest === 0 ? 0 : sigma + largest * flow.displacement(sigma / largest);
    // An increasing flow keeps the order; the running minimum keeps it against rounding too.
    previous = Math.min(previous, plan.boundary === "zero" ? clamp(moved, 0, largest) : moved);
    out[i] = previous;
  }
}

/** d sigma' / d theta = sigma_max d phi / d theta. */
function accumulateValues(flow: CpabFlow, plan: WarpPlan, row: WarpRow, dSigma: Float32Array | Float64Array): void {
  const largest = plan.sigma[row.pointOffset] ?? 0;
  for (let i = row.pointOffset; i < row.pointOffset + row.pointCount && largest > 0; i++) {
    if (dSigma[i] !== 0) {
      flow.accumulate(plan.sigma[i]! / largest, largest * dSigma[i]!);
    }
  }
}

/** sigma'_j = the curve sigma read at position phi(j / (n-1)) (n-1), linear between values; n = 1 stays as it is. */
function warpIndices(flow: CpabFlow, plan: WarpPlan, row: WarpRow, out: Float32Array | Float64Array): void {
  const last = row.pointCount - 1;
  const start = row.pointOffset;
  let previous = Infinity;
  for (let j = 0; j <= last; j++) {
    const position = last === 0 ? 0 : readPosition(flow, plan, j, last);
    const low = clamp(Math.floor(position), 0, last);
    const high = Math.min(low + 1, last);
    // Beyond the last value (free boundary) the last one stays, as the released code clamps it; before the first the curve's line goes on.
    const weight = low === last ? 0 : position - low;
    const value = (1 - weight) * plan.sigma[start + low]! + weight * plan.sigma[start + high]!;
    previous = Math.min(previous, value);
    out[start + j] = previous;
  }
}

/** d sigma'_j / d theta = (n-1) (sigma[low+1] - sigma[low]) d phi / d theta; 0 where the position is clamped to the last value. */
function accumulateIndices(flow: CpabFlow, plan: WarpPlan, row: WarpRow, dSigma: Float32Array | Float64Array): void {
  const last = row.pointCount - 1;
  const start = row.pointOffset;
  for (let j = 0; j <= last && last > 0; j++) {
    const low = clamp(Math.floor(readPosition(flow, plan, j, last)), 0, last);
    const rise = plan.sigma[start + Math.min(low + 1, last)]! - plan.sigma[start + low]!;
    const weight = last * rise * dSigma[start + j]!;
    if (weight !== 0) {
      flow.accumulateAgain(weight);
    }
  }
}

/** Position in the sorted curve that value j is read from: exactly j where the flow rests. */
function readPosition(flow: CpabFlow, plan: WarpPlan, j: number, last: number): number {
  const position = j + last * flow.displacement(j / last);
  return plan.boundary === "zero" ? clamp(position, 0, last) : position;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function checkLength(what: string, got: number, expected: number): void {
  if (got !== expected) {
    throw new Error(
      `The warp plan expects ${expected} numbers for ${what}; got ${got}. Was it built for another model?`,
    );
  }
}
