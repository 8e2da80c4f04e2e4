/**
 * CPAB flows: core/math in float64 on every device, and what the device itself computes of them, which is the warp of spectra with the
 * points as singular values (sigma_max = 1, so that sigma' = phi(sigma)).
 * Letters: b thetas, n points, d parameters, N cells.
 */
import { Builder } from "../../core/graph/builder";
import { type CpabBoundary, cellBasis, cpabDimension, flow, flowDerivatives } from "../../core/math/cpab";
import type { WarpPlan, WarpRow } from "../../core/math/spectrumWarp";
import { spectrumWarp, spectrumWarpGradDef } from "../../core/ops/spectrumWarp";
import type { GoldenCase } from "./golden";
import type { CaseKind } from "./kind";
import type { Ledger } from "./ledger";
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

/** Our float64 flows, row by row. */
function checkMath({ golden, cells, boundary, thetas, points, dimension }: Setting, ledger: Ledger): void {
  const x = golden.data("x");
  const phiTolerance = golden.number("tolerances.f64.phi");
  ledger.absolute("basis", "B", cellBasis(cells, boundary), golden.data("B"), phiTolerance);
  for (let row = 0; row < thetas; row++) {
    const theta = rowOf(golden.data("theta"), row, dimension);
    for (const [name, t] of Object.entries(times)) {
      if (name === "phi_half" && !golden.has(name)) continue;
      const tolerance = name === "phi_inv" ? golden.number("tolerances.f64.phi_inv") : phiTolerance;
      const truth = rowOf(golden.data(name), row, points);
      ledger.absolute("float64 phi", `${name}[${row}]`, flow(theta, x, { boundary, t }), truth, tolerance);
    }
    const { dTheta, dX } = flowDerivatives(theta, x, { boundary });
    const truth = rowOf(golden.data("dphi_dtheta"), row, points * dimension);
    const tolerance = golden.number("tolerances.f64.dphi_dtheta");
    ledger.absolute("float64 dphi/dtheta", `dphi_dtheta[${row}]`, dTheta, truth, tolerance);
    const slopes = rowOf(golden.data("dphi_dx"), row, points);
    ledger.relative("float64 dphi/dx", `dphi_dx[${row}]`, dX, slopes, golden.number("tolerances.f64.dphi_dx_rel"));
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
