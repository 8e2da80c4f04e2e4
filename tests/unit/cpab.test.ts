import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CpabFlow, cpabDimension, flow, flowDerivatives } from "../../src/core/math/cpab";
import { cpabCells } from "../../src/core/math/cpabVertex";
import { flowVjp, identityTheta, velocity, vertexBasis } from "../reference/cpab";

// One seed, so that a failure in CI is a failure at home.
fc.configureGlobal({ seed: 20250101 });

const boundaries = ["zero", "free"] as const;
const boundary = fc.constantFrom(...boundaries);
const moderate = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 3, maxLength: 40 });
const finite = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 });
const points = Float64Array.from({ length: 201 }, (_, i) => i / 200);

function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  }
  return largest;
}

describe("the CPAB flow", () => {
  it("is the identity, exactly, for theta = 0 and for t = 0", () => {
    for (const side of boundaries) {
      expect([...flow(identityTheta(7, side), points, { boundary: side })]).toEqual([...points]);
      expect([...flow(identityTheta(7, side).fill(0.7), points, { boundary: side, t: 0 })]).toEqual([...points]);
    }
  });

  it("is undone by the flow of -t, which is the flow of -theta", () => {
    fc.assert(
      fc.property(moderate, boundary, (theta, side) => {
        const there = flow(theta, points, { boundary: side });
        const back = flow(theta, there, { boundary: side, t: -1 });
        // The way back magnifies rounding by 1 / phi'(x).
        const { dX } = flowDerivatives(theta, points, { boundary: side });
        for (let i = 0; i < points.length; i++) {
          expect(Math.abs(back[i]! - points[i]!)).toBeLessThan(1e-13 * (1 + 1 / dX[i]!));
        }
        const negated = flow(
          theta.map((value) => -value),
          points,
          { boundary: side },
        );
        expect([...flow(theta, points, { boundary: side, t: -1 })]).toEqual([...negated]);
      }),
      { numRuns: 100 },
    );
  });

  it("adds its times: the flow for s after the flow for t is the flow for s + t", () => {
    fc.assert(
      fc.property(
        moderate,
        boundary,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (theta, side, s, t) => {
          const twice = flow(theta, flow(theta, points, { boundary: side, t }), { boundary: side, t: s });
          const once = flow(theta, points, { boundary: side, t: s + t });
          const growth = flowDerivatives(theta, flow(theta, points, { boundary: side, t }), { boundary: side, t: s });
          for (let i = 0; i < points.length; i++) {
            const scale = Math.abs(once[i]!) + growth.dX[i]!;
            expect(Math.abs(twice[i]! - once[i]!)).toBeLessThan(1e-13 * (1 + scale));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("keeps order, stays inside [0,1] and is a number for any finite theta when its ends rest", () => {
    fc.assert(
      fc.property(finite, fc.constantFrom(1, -1, 0.5, 1e6), (theta, t) => {
        const phi = flow(theta, points, { t });
        expect(phi[0]).toBe(0);
        expect(phi[phi.length - 1]).toBe(1);
        for (let i = 1; i < phi.length; i++) {
          expect(phi[i]!).toBeLessThanOrEqual(1);
          expect(phi[i]! - phi[i - 1]!).toBeGreaterThanOrEqual(-1e-15);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("is a number for any finite theta when its ends are free", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 20 }),
        (theta) => {
          for (const value of flow(theta, points, { boundary: "free" })) {
            expect(value).not.toBeNaN();
          }
        },
      ),
    );
  });

  it("agrees with a fine Runge-Kutta integration of the velocity", () => {
    const theta = [0.9, -1.4, 2.2, 0.3, -0.8];
    for (const side of boundaries) {
      const steps = 4000;
      let y = points.slice();
      const shifted = (k: Float64Array, h: number) => y.map((value, i) => value + h * k[i]!);
      for (let step = 0; step < steps; step++) {
        const h = 1 / steps;
        const k1 = velocity(theta, y, side);
        const k2 = velocity(theta, shifted(k1, h / 2), side);
        const k3 = velocity(theta, shifted(k2, h / 2), side);
        const k4 = velocity(theta, shifted(k3, h), side);
        y = y.map((value, i) => value + (h / 6) * (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!));
      }
      expect(maxDifference(flow(theta, points, { boundary: side }), y)).toBeLessThan(1e-8);
    }
  });
});

describe("the derivative of the CPAB flow", () => {
  it("agrees with central differences in theta and x", () => {
    fc.assert(
      fc.property(moderate, boundary, fc.constantFrom(1, -1, 0.3, 2), (theta, side, t) => {
        const inside = Float64Array.from({ length: 23 }, (_, i) => (i + 0.37) / 23.1);
        const options = { boundary: side, t };
        const { dTheta, dX } = flowDerivatives(theta, inside, options);
        const h = 1e-6;
        const scale = 1 + Math.max(...dX) + Math.max(...dTheta.map(Math.abs));
        const moved = (k: number, by: number) =>
          flow(
            theta.map((value, i) => (i === k ? value + by : value)),
            inside,
            options,
          );
        for (let k = 0; k < theta.length; k++) {
          const up = moved(k, h);
          const down = moved(k, -h);
          for (let i = 0; i < inside.length; i++) {
            const difference = (up[i]! - down[i]!) / (2 * h);
            expect(Math.abs(dTheta[i * theta.length + k]! - difference)).toBeLessThan(2e-5 * scale * scale);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it("is v(phi(x)) / v(x) in x", () => {
    const theta = [0.5, -0.3, 0.2, -0.1];
    const inside = points.filter((x) => x > 0 && x < 1);
    const { phi, dX } = flowDerivatives(theta, inside);
    const before = velocity(theta, inside);
    const after = velocity(theta, phi);
    inside.forEach((_, i) => {
      expect(dX[i]! * before[i]!).toBeCloseTo(after[i]!, 14);
    });
  });

  it("matches the published example of the method notes", () => {
    const { phi, dTheta } = flowDerivatives([0.5, -0.3, 0.2, -0.1], [0.4]);
    expect(phi[0]).toBeCloseTo(0.367536, 6);
    expect(maxDifference(dTheta, [0.014596, 0.142535, 0.095023, 0.071268])).toBeLessThan(1e-6);
  });

  it("sums over points without the matrix", () => {
    fc.assert(
      fc.property(moderate, boundary, (theta, side) => {
        const g = Float64Array.from(points, (_, i) => Math.sin(3 * i));
        const { dTheta } = flowDerivatives(theta, points, { boundary: side });
        const expected = Float64Array.from(theta, (_, k) =>
          g.reduce((sum, weight, i) => sum + weight * dTheta[i * theta.length + k]!, 0),
        );
        const scale = 1 + Math.max(...dTheta.map(Math.abs));
        expect(maxDifference(flowVjp(theta, points, g, { boundary: side }), expected)).toBeLessThan(1e-12 * scale);
      }),
      { numRuns: 50 },
    );
  });
});

describe("the CPAB basis", () => {
  it("has the ramps of the method notes for five cells", () => {
    const basis = vertexBasis(5);
    const column = (k: number) => [0, 1, 2, 3, 4, 5].map((j) => basis[j * 4 + k]!);
    expect(maxDifference(column(1), [0, 0.1, 0.2, 0, 0, 0])).toBeLessThan(1e-15);
    expect(maxDifference(column(3), [0, 0.05, 0.1, 0.15, 0.2, 0])).toBeLessThan(1e-15);
  });

  it("refuses fewer than two cells and says why", () => {
    expect(() => cpabDimension(1, "zero")).toThrow(/at least 2/);
    expect(() => cpabCells(2, "free")).toThrow(/at least 2/);
  });
});

describe("the prepared flow", () => {
  it("can be used again for other thetas without leaking a gradient", () => {
    const prepared = new CpabFlow("zero");
    prepared.prepare([1, 2, 3], 0, 4, 1);
    prepared.accumulate(0.3, 1);
    prepared.prepare([0.5, -0.3, 0.2, -0.1], 0, 5, 1);
    prepared.accumulate(0.4, 1);
    const gradient = new Float64Array(4);
    prepared.takeGradient(gradient, 0);
    expect(maxDifference(gradient, [0.014596, 0.142535, 0.095023, 0.071268])).toBeLessThan(1e-6);
  });
});
