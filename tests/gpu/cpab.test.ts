import { describe, expect, it } from "vitest";
import { flow, flowDerivatives } from "../../src/core/math/cpab";
import {
  type WarpPlan,
  type WarpReading,
  type WarpRow,
  warpSpectrum,
  warpSpectrumVjp,
} from "../../src/core/math/spectrumWarp";
import { CPAB_CASES, readGolden } from "../unit/cpabGolden";
import { warpGradientOnGpu, warpOnGpu } from "./cpabKernels";

/** phi of a float32 kernel against float64, per unit of max(1, |phi|), and the median of it. */
const PHI_TOLERANCE = 3e-7;
const PHI_MEDIAN = 5e-8;
/** Derivative of one point, relative to its largest entry. */
const DERIVATIVE_TOLERANCE = 1e-5;

type Boundary = WarpPlan["boundary"];

/** Uniform numbers in (0,1) from a counter (mulberry32). */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return (((z ^ (z >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

function normals(uniform: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A warp and the points it is asked at; 1 is the largest point, so that the value reading gives phi itself. */
interface Case {
  readonly theta: Float32Array;
  readonly x: Float32Array;
}

/** One row a case, each with its own theta. */
function planOf(cases: readonly Case[], cells: number, boundary: Boundary, reading: WarpReading = "value") {
  const dimension = cases[0]!.theta.length;
  const theta = new Float32Array(cases.length * dimension);
  const rows: WarpRow[] = [];
  const sigma: number[] = [];
  cases.forEach((one, r) => {
    theta.set(one.theta, r * dimension);
    rows.push({ thetaOffset: r * dimension, cells, pointOffset: sigma.length, pointCount: one.x.length });
    for (const x of one.x) {
      sigma.push(x);
    }
  });
  const plan: WarpPlan = { rows, boundary, reading, sigma: Float32Array.from(sigma), thetaLength: theta.length };
  return { plan, theta };
}

/** Ends, cell borders and random points, descending. */
function somePoints(count: number, cells: number, uniform: () => number): Float32Array {
  const x = Float32Array.from({ length: count }, (_, i) => (i < 10 ? Math.ceil(uniform() * cells) / cells : uniform()));
  x[0] = 1;
  x[1] = 0;
  return x.sort().reverse();
}

function randomCases(count: number, cells: number, boundary: Boundary, seed: number): Case[] {
  const uniform = uniforms(seed);
  const normal = normals(uniform);
  const dimension = boundary === "zero" ? cells - 1 : cells + 1;
  return Array.from({ length: count }, (_, r) => {
    const scale = r % 2 === 0 ? 1 : uniform();
    return {
      theta: Float32Array.from({ length: dimension }, () => scale * normal()),
      x: somePoints(40, cells, uniform),
    };
  });
}

function errorsOfPhi(cases: readonly Case[], boundary: Boundary, warped: Float32Array, t = 1): number[] {
  let at = 0;
  return cases.flatMap(({ theta, x }) =>
    Array.from(
      flow(theta, x, { boundary, t }),
      (truth) => Math.abs(warped[at++]! - truth) / Math.max(1, Math.abs(truth)),
    ),
  );
}

/** Largest error of d phi / d theta, relative to the largest entry of each point's own derivative. One segment a point. */
async function errorOfDerivative(cases: readonly Case[], cells: number, boundary: Boundary): Promise<number> {
  const single = cases.flatMap(({ theta, x }, r) => {
    const point = x[1 + ((7 * r) % (x.length - 2))]!;
    return point > 0 && point < 1 ? [{ theta, x: Float32Array.of(1, point) }] : [];
  });
  const { plan, theta } = planOf(single, cells, boundary);
  const pick = Float32Array.from(plan.sigma, (_, i) => i % 2);
  const gradient = await warpGradientOnGpu(plan, theta, pick);
  let worst = 0;
  single.forEach((one, r) => {
    const { dTheta } = flowDerivatives(one.theta, [one.x[1]!], { boundary });
    const largest = Math.max(...dTheta.map(Math.abs));
    dTheta.forEach((truth, k) => {
      const error = Math.abs(gradient[r * one.theta.length + k]! - truth) / largest;
      worst = Math.max(worst, error);
    });
  });
  return worst;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

function bitsSayNumber(values: Float32Array): boolean {
  return new Uint32Array(values.buffer, values.byteOffset, values.length).every(
    (bits) => (bits & 0x7fffffff) < 0x7f800000,
  );
}

describe.each([
  ...[4, 16, 64, 128].map((cells) => ({ cells, boundary: "zero" as const })),
  ...[4, 64].map((cells) => ({ cells, boundary: "free" as const })),
])("the CPAB kernels on 250 random warps with $cells cells and $boundary boundary", ({ cells, boundary }) => {
  const cases = randomCases(250, cells, boundary, cells);

  it("flow precisely", async () => {
    const { plan, theta } = planOf(cases, cells, boundary);
    const errors = errorsOfPhi(cases, boundary, await warpOnGpu(plan, theta));
    expect(Math.max(...errors)).toBeLessThan(PHI_TOLERANCE);
    expect(median(errors)).toBeLessThan(PHI_MEDIAN);
  });

  it("differentiate precisely", async () => {
    expect(await errorOfDerivative(cases, cells, boundary)).toBeLessThan(DERIVATIVE_TOLERANCE);
  });
});

describe("the CPAB kernels on the golden flows", () => {
  it.each(CPAB_CASES)("flow and differentiate as $name", async ({ name, cells, boundary }) => {
    const golden = readGolden(name);
    const [rows, dimension] = golden.theta!.shape as [number, number];
    const x = golden.x!.data;
    const order = [...x.keys()].sort((a, b) => x[b]! - x[a]!);
    const cases = Array.from({ length: rows }, (_, r) => ({
      theta: Float32Array.from(golden.theta!.data.subarray(r * dimension, (r + 1) * dimension)),
      x: Float32Array.from(order, (i) => x[i]!),
    }));
    const { plan, theta } = planOf(cases, cells, boundary);
    for (const [key, t] of [
      ["phi", 1],
      ["phi_inv", -1],
      ["phi_half", 0.5],
    ] as const) {
      const warped = await warpOnGpu(plan, theta, t);
      warped.forEach((value, at) => {
        const truth = golden[key]!.data[Math.floor(at / x.length) * x.length + order[at % x.length]!]!;
        expect(Math.abs(value - truth)).toBeLessThan(PHI_TOLERANCE * Math.max(1, Math.abs(truth)));
      });
    }
    const many = cases.flatMap((one) => Array.from({ length: 9 }, (_, k) => ({ ...one, x: one.x.subarray(k) })));
    const spread = many.map((one) => ({ theta: one.theta, x: Float32Array.of(1, ...one.x.slice(1)) }));
    expect(await errorOfDerivative(spread, cells, boundary)).toBeLessThan(DERIVATIVE_TOLERANCE);
  });
});

describe("the CPAB kernels for any finite theta", () => {
  const cells = 16;
  const uniform = uniforms(5);
  const normal = normals(uniform);
  const thetas = [
    ...[1e2, 1e6, 1e12, 1e20, 1e30, 3e37].flatMap((scale) =>
      Array.from({ length: 6 }, () => Array.from({ length: cells - 1 }, () => scale * normal())),
    ),
    ...Array.from({ length: 12 }, () =>
      Array.from({ length: cells - 1 }, () => normal() * 10 ** (76 * uniform() - 38)),
    ),
    Array.from({ length: cells - 1 }, () => 3.4e38),
    Array.from({ length: cells - 1 }, () => -3.4e38),
    Array.from({ length: cells - 1 }, (_, k) => (k % 2 === 0 ? 3.4e38 : 1e-45)),
    Array.from({ length: cells - 1 }, () => 1e-45),
  ];
  const cases = thetas.map((theta) => ({ theta: Float32Array.from(theta), x: somePoints(64, cells, uniform) }));
  const { plan, theta } = planOf(cases, cells, "zero");

  it.each([1, -1, 0.5, 1e30])("stay in [0,1] and in order, and are numbers, at time %d", async (t) => {
    const warped = await warpOnGpu(plan, theta, t);
    expect(bitsSayNumber(warped)).toBe(true);
    for (const row of plan.rows) {
      const phi = warped.subarray(row.pointOffset, row.pointOffset + row.pointCount);
      expect(phi[0]).toBe(1);
      expect(phi.at(-1)).toBe(0);
      phi.forEach((value, i) => {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(phi[Math.max(0, i - 1)]!);
      });
    }
    const gradient = await warpGradientOnGpu(
      plan,
      theta,
      Float32Array.from(plan.sigma, (_, i) => Math.cos(i)),
      t,
    );
    expect(bitsSayNumber(gradient)).toBe(true);
  });

  it.each(["value", "index"] as const)(
    "stay in order and are numbers where the ends are free, by %s",
    async (reading) => {
      const free = cases.map(({ theta, x }) => ({ theta: Float32Array.of(theta[3]!, ...theta, theta[5]!), x }));
      const ragged = planOf(free, cells, "free", reading);
      const warped = await warpOnGpu(ragged.plan, ragged.theta);
      expect(bitsSayNumber(warped)).toBe(true);
      for (const row of ragged.plan.rows)
        for (let i = row.pointOffset + 1; i < row.pointOffset + row.pointCount; i++)
          expect(warped[i]).toBeLessThanOrEqual(warped[i - 1]!);
      const gradient = await warpGradientOnGpu(
        ragged.plan,
        ragged.theta,
        Float32Array.from(ragged.plan.sigma, (_, i) => Math.cos(i)),
      );
      expect(bitsSayNumber(gradient)).toBe(true);
    },
  );

  it("still flow as the float64 truth where that is settled", async () => {
    const warped = await warpOnGpu(plan, theta);
    const errors = errorsOfPhi(cases, "zero", warped);
    expect(median(errors)).toBeLessThan(PHI_MEDIAN);
  });
});

describe("the spectrum kernels", () => {
  const uniform = uniforms(11);
  const normal = normals(uniform);
  /** Rows of unlike length, three of which share a theta, one of zeros, one of a single value, one longer than a workgroup. */
  const lengths = [33, 33, 33, 1, 5, 700, 64, 128];
  const owners = [0, 0, 0, 1, 2, 3, 4, 5];
  const cellsOf = [8, 4, 5, 64, 16, 32];

  function raggedPlan(reading: WarpReading, boundary: Boundary): { plan: WarpPlan; theta: Float32Array } {
    const dimension = (cells: number) => (boundary === "zero" ? cells - 1 : cells + 1);
    const offsets = cellsOf.map((_, g) => cellsOf.slice(0, g).reduce((sum, cells) => sum + dimension(cells), 0));
    const thetaLength = cellsOf.reduce((sum, cells) => sum + dimension(cells), 0);
    const sigma: number[] = [];
    const rows = lengths.map((pointCount, r) => {
      const pointOffset = sigma.length;
      const values = Array.from({ length: pointCount }, () => (r === 6 ? 0 : 5 * uniform() ** 2));
      sigma.push(...values.sort((a, b) => b - a));
      const owner = owners[r]!;
      return { thetaOffset: offsets[owner]!, cells: cellsOf[owner]!, pointOffset, pointCount };
    });
    const plan = { rows, boundary, reading, sigma: Float32Array.from(sigma), thetaLength };
    return { plan, theta: Float32Array.from({ length: thetaLength }, normal) };
  }

  it.each([
    ["value", "zero"],
    ["index", "zero"],
    ["value", "free"],
    ["index", "free"],
  ] as const)("agree with the host on a ragged batch, by %s with %s boundary", async (reading, boundary) => {
    const { plan, theta } = raggedPlan(reading, boundary);
    for (const t of [1, -0.7]) {
      const truth = new Float32Array(plan.sigma.length);
      warpSpectrum(plan, theta, t, truth);
      const warped = await warpOnGpu(plan, theta, t);
      warped.forEach((value, i) => {
        expect(Math.abs(value - truth[i]!)).toBeLessThan(1e-6 * Math.max(5, Math.abs(truth[i]!)));
      });
      const dSigma = Float32Array.from(plan.sigma, normal);
      const expected = new Float64Array(plan.thetaLength);
      warpSpectrumVjp(plan, theta, t, dSigma, expected);
      const gradient = await warpGradientOnGpu(plan, theta, dSigma, t);
      for (const row of plan.rows) {
        const dimension = boundary === "zero" ? row.cells - 1 : row.cells + 1;
        const range = [row.thetaOffset, row.thetaOffset + dimension] as const;
        const largest = Math.max(...expected.slice(...range).map(Math.abs));
        for (let k = range[0]; k < range[1]; k++) {
          expect(Math.abs(gradient[k]! - expected[k]!)).toBeLessThanOrEqual(DERIVATIVE_TOLERANCE * largest);
        }
      }
    }
  });

  it.each(["value", "index"] as const)("give the spectrum back bit by bit for theta = 0, by %s", async (reading) => {
    const { plan, theta } = raggedPlan(reading, "zero");
    expect(await warpOnGpu(plan, theta.fill(0))).toEqual(plan.sigma);
  });

  it("give the same bits twice", async () => {
    const { plan, theta } = raggedPlan("value", "zero");
    const dSigma = Float32Array.from(plan.sigma, normal);
    expect(await warpGradientOnGpu(plan, theta, dSigma)).toEqual(await warpGradientOnGpu(plan, theta, dSigma));
  });

  it("warp the spectra of a golden layer with three tasks and q, k, v parts", async () => {
    const golden = readGolden("ditask_qkv");
    for (const reading of ["value", "index"] as const) {
      const theta: number[] = [];
      const sigma: number[] = [];
      const rows: WarpRow[] = [];
      const truth: number[] = [];
      for (const stream of ["shared", "semseg", "normals", "sal"]) {
        const values = golden[`theta.${stream}`]!.data;
        for (const part of [0, 1, 2]) {
          const row = { thetaOffset: theta.length, cells: values.length + 1, pointOffset: sigma.length };
          rows.push({ ...row, pointCount: golden[`S.${part}`]!.data.length });
          sigma.push(...golden[`S.${part}`]!.data);
          truth.push(...golden[`${reading === "value" ? "value." : ""}S_warped.${stream}.${part}`]!.data);
        }
        theta.push(...values);
      }
      const plan = {
        rows,
        boundary: "zero" as const,
        reading,
        sigma: Float32Array.from(sigma),
        thetaLength: theta.length,
      };
      const warped = await warpOnGpu(plan, Float32Array.from(theta));
      const largest = Math.max(...truth);
      warped.forEach((value, i) => {
        expect(Math.abs(value - truth[i]!)).toBeLessThan(1e-6 * largest);
      });
    }
  });
});
