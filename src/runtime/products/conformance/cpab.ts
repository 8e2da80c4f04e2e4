/**
 * CPAB flows: core/math in float64 on every device, and what the device itself computes of them, which is the warp of spectra with the
 * points as singular values (sigma_max = 1, so that sigma' = phi(sigma)).
 * Letters: b thetas, n points, d parameters, N cells.
 */
import { Builder } from "../../../core/graph/builder";
import { type CpabBoundary, cellBasis, cpabDimension, flow, flowDerivatives } from "../../../core/math/cpab";
import type { WarpPlan, WarpRow } from "../../../core/math/spectrumWarp";
import { spectrumWarp, spectrumWarpGradDef } from "../../../core/ops/spectrumWarp";
import type { GoldenCase } from "./golden";
import type { CaseKind } from "./kind";
import { type Ledger, largest } from "./ledger";
import { type GraphRunner, runOnce } from "./runner";

interface Setting {
  readonly golden: GoldenCase;
  readonly cells: number;
  readonly boundary: CpabBoundary;
  /** b, n, d */
  readonly thetas: number;
  readonly points: number;
  readonly dimension: number;
}

/** Times of the flows that a file may hold, by tensor. */
const times = { phi: 1, phi_inv: -1, phi_half: 0.5 } as const;

function readSetting(golden: GoldenCase): Setting {
  const cells = golden.number("sizes.nc");
  const boundary = golden.find("sizes.zero_boundary") === false ? "free" : "zero";
  const [thetas = 0, dimension = 0] = golden.tensor("theta").shape;
  const expected = cpabDimension(cells, boundary);
  if (dimension !== expected)
    throw new Error(`theta has ${dimension} numbers a row; ${cells} cells with ${boundary} boundary need ${expected}.`);
  return { golden, cells, boundary, thetas, points: golden.data("x").length, dimension };
}

const rowOf = (data: Float64Array, row: number, width: number): Float64Array =>
  data.subarray(row * width, (row + 1) * width);

/** Our float64 flows, row by row. A truth that the file holds in float32 is compared with the tolerances of float32. */
function checkMath({ golden, cells, boundary, thetas, points, dimension }: Setting, ledger: Ledger): void {
  const x = golden.data("x");
  const tolerance = (tensor: string, exact: string, rounded: string): number =>
    golden.number(`tolerances.${golden.isDouble(tensor) ? `f64.${exact}` : `f32.${rounded}`}`);
  ledger.absolute("basis", "B", cellBasis(cells, boundary), golden.data("B"), tolerance("B", "phi", "phi"));
  for (let row = 0; row < thetas; row++) {
    const theta = rowOf(golden.data("theta"), row, dimension);
    const rowAt = (tensor: string, width: number): Float64Array => rowOf(golden.data(tensor), row, width);
    for (const [name, t] of Object.entries(times)) {
      if (name === "phi_half" && !golden.has(name)) continue;
      const allowed = tolerance(name, name === "phi_inv" ? "phi_inv" : "phi", "phi");
      ledger.absolute("float64 phi", `${name}[${row}]`, flow(theta, x, { boundary, t }), rowAt(name, points), allowed);
    }
    const { dTheta, dX } = flowDerivatives(theta, x, { boundary });
    const gradient = rowAt("dphi_dtheta", points * dimension);
    const scale = golden.isDouble("dphi_dtheta") ? 1 : largest(golden.data("dphi_dtheta"));
    const allowed = tolerance("dphi_dtheta", "dphi_dtheta", "dphi_dtheta_rel_to_max");
    ledger.scaled("float64 dphi/dtheta", `dphi_dtheta[${row}]`, dTheta, gradient, scale, allowed);
    const slopes = rowAt("dphi_dx", points);
    const allowedSlope = tolerance("dphi_dx", "dphi_dx_rel", "dphi_dx_rel");
    ledger.relative("float64 dphi/dx", `dphi_dx[${row}]`, dX, slopes, allowedSlope);
  }
}

/** The points that a spectrum can hold, largest first: indices into x. */
const insidePoints = (x: Float64Array): readonly number[] =>
  [...x.keys()].filter((i) => x[i]! >= 0 && x[i]! <= 1).sort((i, j) => x[j]! - x[i]!);

interface Spectra {
  readonly plan: WarpPlan;
  /** [K] */
  readonly theta: Float64Array;
}

/** A spectrum each for the given points and thetas: 1 and then the points, so that the value reading gives phi of each. */
function spectraOf(
  { golden, cells, boundary, dimension }: Setting,
  spectra: readonly { readonly row: number; readonly points: readonly number[] }[],
): Spectra {
  const x = golden.data("x");
  const sigma: number[] = [];
  const rows = spectra.map(({ points }, i): WarpRow => {
    const pointOffset = sigma.length;
    sigma.push(1, ...points.map((p) => x[p]!));
    return { thetaOffset: i * dimension, cells, pointOffset, pointCount: points.length + 1 };
  });
  const theta = new Float64Array(spectra.length * dimension);
  for (const [i, { row }] of spectra.entries()) theta.set(rowOf(golden.data("theta"), row, dimension), i * dimension);
  const plan = {
    rows,
    boundary,
    reading: "value",
    sigma: Float32Array.from(sigma),
    thetaLength: theta.length,
  } as const;
  return { plan, theta };
}

/** phi of all points, on the device. Free ends go far beyond 1, where float32 has fewer digits behind the point. */
async function checkFlow(setting: Setting, runner: GraphRunner, ledger: Ledger): Promise<void> {
  const { golden, thetas, points } = setting;
  const order = insidePoints(golden.data("x"));
  const { plan, theta } = spectraOf(
    setting,
    Array.from({ length: thetas }, (_, row) => ({ row, points: order })),
  );
  const b = new Builder();
  b.output("phi", spectrumWarp(b, b.input("theta", [plan.thetaLength]), b.input("time", []), plan));
  const compiled = await runner.compile(b.build(), `${golden.name} flow`);
  try {
    for (const [name, t] of Object.entries(times)) {
      if (name === "phi_half" && !golden.has(name)) continue;
      const { phi } = await compiled.run({ theta, time: [t] });
      for (const [row, { pointOffset, pointCount }] of plan.rows.entries()) {
        const values = Array.prototype.slice.call(phi, pointOffset + 1, pointOffset + pointCount) as number[];
        const truth = order.map((p) => golden.data(name)[row * points + p]!);
        ledger.rounded("phi", `${name}[${row}]`, values, truth, golden.number("tolerances.f32.phi"));
      }
    }
  } finally {
    compiled.dispose();
  }
}

/** d phi / d theta of each point, on the device: a spectrum for each point and theta, whose gradient is asked for by that point alone. */
async function checkGradient(setting: Setting, runner: GraphRunner, ledger: Ledger): Promise<void> {
  const { golden, thetas, points, dimension } = setting;
  const order = insidePoints(golden.data("x"));
  const pairs = Array.from({ length: thetas }, (_, row) => order.map((p) => ({ row, points: [p] }))).flat();
  const { plan, theta } = spectraOf(setting, pairs);
  const b = new Builder();
  const inputs = [b.input("theta", [plan.thetaLength]), b.input("time", []), b.input("dPhi", [plan.sigma.length])];
  b.output("dTheta", b.one(spectrumWarpGradDef, inputs, { plan }));
  const dPhi = Float64Array.from(plan.sigma, (_, i) => i % 2);
  const { dTheta } = await runOnce(runner, b.build(), `${golden.name} gradient`, { theta, time: [1], dPhi });
  const whole = golden.data("dphi_dtheta");
  const truth = pairs.flatMap(({ row, points: [p] }) => {
    const start = (row * points + p!) * dimension;
    return [...whole.subarray(start, start + dimension)];
  });
  const tolerance = golden.number("tolerances.f32.dphi_dtheta_rel_to_max");
  ledger.toLargest("dphi/dtheta", "dphi_dtheta", dTheta!, truth, tolerance);
}

export const cpabKind: CaseKind = {
  prefix: "cpab",
  check: async (golden, runner, ledger) => {
    const setting = readSetting(golden);
    checkMath(setting, ledger);
    await checkFlow(setting, runner, ledger);
    await checkGradient(setting, runner, ledger);
  },
};
