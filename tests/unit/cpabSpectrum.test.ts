import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flow } from "../../src/core/math/cpab";
import {
  packWarpPlan,
  type WarpPlan,
  type WarpRow,
  warpSpectrum,
  warpSpectrumVjp,
} from "../../src/core/math/spectrumWarp";
import { readGolden } from "./cpabGolden";

// One seed, so that a failure in CI is a failure at home.
fc.configureGlobal({ seed: 20250101 });

/** Golden spectra are float64 and the plan holds float32: one rounding of sigma, relative to the largest. */
const SPECTRUM_TOLERANCE = 1.5e-7;

const CASES = ["square", "fc1", "fc2", "kv", "qkv", "shared_only", "square_xtasks"];

/** One plan over all thetas (shared and tasks) and parts (q, k, v) of a golden layer. */
function goldenPlan(name: string, reading: "value" | "index") {
  const tensors = readGolden(`ditask_${name}`);
  const parts = Object.keys(tensors).filter((key) => /^S\.\d$/.test(key));
  const thetas = Object.keys(tensors).filter((key) => key.startsWith("theta."));
  const sigma: number[] = [];
  const rows: WarpRow[] = [];
  const theta: number[] = [];
  const truth: number[] = [];
  for (const key of thetas) {
    const values = tensors[key]!.data;
    for (const part of parts) {
      const spectrum = tensors[part]!.data;
      const row = { thetaOffset: theta.length, cells: values.length + 1, pointOffset: sigma.length };
      rows.push({ ...row, pointCount: spectrum.length });
      sigma.push(...spectrum);
      const prefix = reading === "value" ? "value.S_warped" : "S_warped";
      truth.push(...tensors[`${prefix}.${key.slice("theta.".length)}.${part.slice(2)}`]!.data);
    }
    theta.push(...values);
  }
  const plan: WarpPlan = {
    rows,
    boundary: "zero",
    reading,
    sigma: Float32Array.from(sigma),
    thetaLength: theta.length,
  };
  return { plan, theta: Float64Array.from(theta), truth };
}

/** dL/dS_i = u_i^T dW v_i of a golden layer, with dW = sum over tokens of G x^T, for every theta and part in the order of the plan. */
function goldenUpstream(name: string) {
  const tensors = readGolden(`ditask_${name}`);
  const thetas = Object.keys(tensors).filter((key) => key.startsWith("theta."));
  const parts = Object.keys(tensors).filter((key) => /^S\.\d$/.test(key));
  const input = tensors.weight!.shape[1]!;
  const output = tensors.weight!.shape[0]!;
  const dSigma: number[] = [];
  for (const key of thetas) {
    const task = key.slice("theta.".length);
    const g = tensors[task === "shared" ? "G" : `G.${task}`]!.data;
    const x = (tensors[`x.${task}`] ?? tensors.x)!.data;
    const tokens = g.length / output;
    parts.forEach((part, p) => {
      const u = tensors[`U.${part.slice(2)}`]!;
      const v = tensors[`V.${part.slice(2)}`]!;
      const [height, rank] = u.shape as [number, number];
      for (let i = 0; i < rank; i++) {
        let sum = 0;
        for (let token = 0; token < tokens; token++) {
          let left = 0;
          let right = 0;
          for (let o = 0; o < height; o++) {
            left += g[token * output + p * height + o]! * u.data[o * rank + i]!;
          }
          for (let c = 0; c < input; c++) {
            right += x[token * input + c]! * v.data[c * rank + i]!;
          }
          sum += left * right;
        }
        dSigma.push(sum);
      }
    });
  }
  return { dSigma: Float64Array.from(dSigma), tensors, thetas };
}

describe.each(CASES)("the spectra of the golden layer %s", (name) => {
  it.each(["value", "index"] as const)("are warped by %s", (reading) => {
    const { plan, theta, truth } = goldenPlan(name, reading);
    const out = new Float64Array(truth.length);
    warpSpectrum(plan, theta, 1, out);
    const largest = Math.max(...truth);
    out.forEach((value, i) => {
      expect(Math.abs(value - truth[i]!)).toBeLessThan(SPECTRUM_TOLERANCE * largest);
    });
  });

  it.each(["value", "index"] as const)("give the gradient of theta by %s", (reading) => {
    const { plan, theta } = goldenPlan(name, reading);
    const { dSigma, tensors, thetas } = goldenUpstream(name);
    const dTheta = new Float64Array(theta.length);
    warpSpectrumVjp(plan, theta, 1, dSigma, dTheta);
    const prefix = reading === "value" ? "value.grad" : "grad";
    let at = 0;
    for (const key of thetas) {
      const truth = tensors[`${prefix}.${key}`]!.data;
      const largest = Math.max(...truth.map(Math.abs));
      // The rounding of sigma to float32 moves slopes of the curve by about 1e-6 of them.
      truth.forEach((value, k) => {
        expect(Math.abs(dTheta[at + k]! - value)).toBeLessThan(1e-5 * largest);
      });
      at += truth.length;
    }
  });
});

const spectrum = fc
  .array(fc.float({ min: 0, max: 8, noNaN: true }), { minLength: 1, maxLength: 40 })
  .map((values) => Float32Array.from(values).sort().reverse());
const thetas = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 3, maxLength: 12 });
const readings = fc.constantFrom("value" as const, "index" as const);
const sides = fc.constantFrom("zero" as const, "free" as const);

function single(
  sigma: Float32Array,
  thetaLength: number,
  reading: WarpPlan["reading"],
  boundary: WarpPlan["boundary"] = "zero",
): WarpPlan {
  const cells = boundary === "zero" ? thetaLength + 1 : thetaLength - 1;
  const rows = [{ thetaOffset: 0, cells, pointOffset: 0, pointCount: sigma.length }];
  return { rows, boundary, reading, sigma, thetaLength };
}

describe("the warp of a spectrum", () => {
  it("gives the spectrum back, bit by bit, for theta = 0", () => {
    fc.assert(
      fc.property(spectrum, readings, sides, (sigma, reading, side) => {
        const out = new Float32Array(sigma.length);
        warpSpectrum(single(sigma, 5, reading, side), new Float32Array(5), 1, out);
        expect(out).toEqual(sigma);
      }),
    );
  });

  it("stays descending and inside its bounds for any finite theta", () => {
    const any = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(spectrum, any, readings, (sigma, theta, reading) => {
        const out = new Float32Array(sigma.length);
        warpSpectrum(single(sigma, theta.length, reading), Float32Array.from(theta), 1, out);
        out.forEach((value, i) => {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(sigma[0]!);
          expect(value).toBeLessThanOrEqual(out[Math.max(0, i - 1)]!);
        });
      }),
    );
  });

  it("stays descending and finite for any finite theta where the ends are free, and so does its gradient", () => {
    const any = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(spectrum, any, readings, (sigma, theta, reading) => {
        const plan = single(sigma, theta.length, reading, "free");
        const out = new Float32Array(sigma.length);
        warpSpectrum(plan, Float32Array.from(theta), 1, out);
        out.forEach((value, i) => {
          expect(Number.isFinite(value)).toBe(true);
          expect(value).toBeLessThanOrEqual(out[Math.max(0, i - 1)]!);
        });
        const dTheta = new Float64Array(theta.length);
        warpSpectrumVjp(plan, Float32Array.from(theta), 1, new Float32Array(sigma.length).fill(1), dTheta);
        expect([...dTheta].every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("goes on along the line of the end cells beyond [0,1]: constant fields shift, linear ones stretch", () => {
    // Two cells, free ends: theta = (u_0, ramp, end) with vertex velocities (t_0, t_1 / 2, t_1 + t_2) / 2.
    const sigma = Float32Array.of(4, 2, 1, 0);
    const shifted = new Float64Array(4);
    warpSpectrum(single(sigma, 3, "value", "free"), Float64Array.of(0.4, 0.8, -0.4), 1, shifted);
    // The velocity is 0.2 everywhere: sigma' = sigma + 0.2 sigma_max.
    expect([...shifted].map((x) => Number(x.toFixed(6)))).toEqual([4.8, 2.8, 1.8, 0.8]);
    warpSpectrum(single(sigma, 3, "value", "free"), Float64Array.of(-0.4, -0.8, 0.4), 1, shifted);
    expect([...shifted].map((x) => Number(x.toFixed(6)))).toEqual([3.2, 1.2, 0.2, -0.8]);
    const stretched = new Float64Array(4);
    warpSpectrum(single(sigma, 3, "value", "free"), Float64Array.of(0, 0.6, 0), 1, stretched);
    // The velocity is 0.3 x: sigma' = e^0.3 sigma.
    stretched.forEach((x, i) => {
      expect(x).toBeCloseTo(Math.exp(0.3) * sigma[i]!, 6);
    });
  });

  it("reads the first segment's line before the curve and its last value beyond it, where the ends are free", () => {
    const sigma = Float32Array.of(5, 4, 2, 1);
    const out = new Float64Array(4);
    // A shift by 1/3, one value, towards the end of the curve, then towards its start.
    const shift = (v: number) => Float64Array.of(2 * v, 4 * v, -2 * v);
    warpSpectrum(single(sigma, 3, "index", "free"), shift(1 / 3), 1, out);
    expect([...out].map((x) => Number(x.toFixed(6)))).toEqual([4, 2, 1, 1]);
    warpSpectrum(single(sigma, 3, "index", "free"), shift(-1 / 3), 1, out);
    expect([...out].map((x) => Number(x.toFixed(6)))).toEqual([6, 5, 4, 2]);
  });

  it("leaves a row of zeros, a single value and an empty row alone", () => {
    for (const sigma of [new Float32Array(4), Float32Array.of(3), new Float32Array(0)]) {
      for (const reading of ["value", "index"] as const) {
        const out = new Float32Array(sigma.length).fill(9);
        warpSpectrum(single(sigma, 3, reading), Float32Array.of(1, -1, 2), 1, out);
        expect(out).toEqual(sigma);
        const dTheta = new Float32Array(3).fill(9);
        warpSpectrumVjp(
          single(sigma, 3, reading),
          Float32Array.of(1, -1, 2),
          1,
          new Float32Array(sigma.length),
          dTheta,
        );
        expect([...dTheta]).toEqual([0, 0, 0]);
      }
    }
  });

  it("reproduces the index-warp example of the method notes", () => {
    const sigma = Float32Array.of(5, 4, 3, 2, 1, 0.5);
    const out = new Float32Array(6);
    warpSpectrum(single(sigma, 4, "index"), Float64Array.of(0.5, -0.3, 0.2, -0.1), 1, out);
    [5, 3.706577, 3.162319, 1.888065, 1.089548, 0.5].forEach((value, i) => {
      expect(out[i]).toBeCloseTo(value, 6);
    });
  });

  it("has the derivative that central differences show, in both readings and boundaries", () => {
    fc.assert(
      fc.property(thetas, readings, sides, fc.constantFrom(1, -1, 0.5), (theta, reading, side, t) => {
        const sigma = Float32Array.from({ length: 31 }, (_, i) => 4 / (1 + 0.3 * i) + 0.01);
        const plan = single(sigma, theta.length, reading, side);
        const dSigma = Float64Array.from(sigma, (_, i) => Math.cos(5 * i));
        const dTheta = new Float64Array(theta.length);
        warpSpectrumVjp(plan, Float64Array.from(theta), t, dSigma, dTheta);
        const loss = (at: Float64Array) => {
          const out = new Float64Array(sigma.length);
          warpSpectrum(plan, at, t, out);
          return out.reduce((sum, value, i) => sum + value * dSigma[i]!, 0);
        };
        const x = sigma.map((value, i) => (reading === "value" ? value / sigma[0]! : i / 30));
        const phi = flow(theta, x, { boundary: side, t });
        const nearKink = [...phi].some((value) => Math.abs(value * 30 - Math.round(value * 30)) < 1e-4);
        fc.pre(reading === "value" || !nearKink || theta.every((value) => value === 0));
        fc.pre(theta.some((value) => value !== 0));
        const h = 1e-6;
        theta.forEach((value, k) => {
          const up = loss(Float64Array.from(theta, (old, i) => (i === k ? value + h : old)));
          const down = loss(Float64Array.from(theta, (old, i) => (i === k ? value - h : old)));
          const scale = 1 + Math.max(...dTheta.map(Math.abs));
          expect(Math.abs((up - down) / (2 * h) - dTheta[k]!)).toBeLessThan(1e-4 * scale);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("adds the gradients of rows that share a theta", () => {
    const sigma = Float32Array.of(4, 3, 1, 9, 5, 2, 1);
    const row = { thetaOffset: 0, cells: 4 };
    const rows = [
      { ...row, pointOffset: 0, pointCount: 3 },
      { ...row, pointOffset: 3, pointCount: 4 },
    ];
    const both: WarpPlan = { rows, boundary: "zero", reading: "value", sigma, thetaLength: 3 };
    const theta = Float32Array.of(0.4, -1, 0.3);
    const dSigma = Float32Array.of(1, 2, 3, 4, 5, 6, 7);
    const sum = new Float64Array(3);
    warpSpectrumVjp(both, theta, 1, dSigma, sum);
    const first = new Float64Array(3);
    warpSpectrumVjp(single(sigma.slice(0, 3), 3, "value"), theta, 1, dSigma.slice(0, 3), first);
    const second = new Float64Array(3);
    warpSpectrumVjp(single(sigma.slice(3), 3, "value"), theta, 1, dSigma.slice(3), second);
    sum.forEach((value, k) => {
      expect(value).toBeCloseTo(first[k]! + second[k]!, 12);
    });
  });
});

describe("a warp plan", () => {
  const good = single(Float32Array.of(3, 2, 1), 3, "value");
  const run = (plan: WarpPlan) => () => warpSpectrum(plan, new Float32Array(plan.thetaLength), 1, new Float32Array(3));

  it("is refused with the reason where it is wrong", () => {
    const row = good.rows[0]!;
    expect(run({ ...good, sigma: Float32Array.of(1, 2, 3) })).toThrow(/descending/);
    expect(run({ ...good, sigma: Float32Array.of(3, Number.NaN, 1) })).toThrow(/finite/);
    expect(run({ ...good, rows: [{ ...row, cells: 257 }] })).toThrow(/2 to 256 cells/);
    expect(run({ ...good, rows: [{ ...row, pointOffset: -1 }] })).toThrow(/pointOffset must be a whole number/);
    expect(run({ ...good, rows: [{ ...row, pointCount: 2 }] })).toThrow(/cover 2 singular values; there are 3/);
    expect(run({ ...good, rows: [row, row] })).toThrow(/two rows/);
    expect(run({ ...good, thetaLength: 5 })).toThrow(/cover 3 theta entries; there are 5/);
    expect(run({ ...good, rows: [{ ...row, thetaOffset: 1 }], thetaLength: 4 })).toThrow(
      /theta entries 0 to 0 belong to no row/,
    );
    expect(() => warpSpectrum(good, new Float32Array(7), 1, new Float32Array(3))).toThrow(/3 numbers for theta; got 7/);
  });

  it("is packed with the rows of a theta side by side", () => {
    const rows = [
      { thetaOffset: 3, cells: 3, pointOffset: 0, pointCount: 2 },
      { thetaOffset: 0, cells: 4, pointOffset: 2, pointCount: 1 },
      { thetaOffset: 3, cells: 3, pointOffset: 3, pointCount: 1 },
    ];
    const plan: WarpPlan = {
      rows,
      boundary: "zero",
      reading: "value",
      sigma: Float32Array.of(2, 1, 5, 4),
      thetaLength: 5,
    };
    expect([...packWarpPlan(plan)]).toEqual(
      [
        [3, 2, 0, 4],
        [2, 1, 0, 4],
        [0, 2, 3, 3],
        [3, 1, 3, 3],
        [0, 1, 0, 4],
        [1, 2, 3, 3],
      ].flat(),
    );
  });
});
