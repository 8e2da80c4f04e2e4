import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random } from "../../src/core/math/random";
import { svd } from "../../src/core/math/svd";
import { effectiveRank, spectrumUpdate, weightUpdate } from "../../src/core/math/weightUpdate";

const [rows, cols] = [12, 8];
const matrix = (seed: number): Float64Array => {
  const draw = random(seed, "matrix");
  return Float64Array.from({ length: rows * cols }, () => draw.normal());
};

function update(base: Float64Array, adapted: Float64Array) {
  const difference = adapted.map((x, i) => x - base[i]!);
  return weightUpdate(
    { base: svd(base, rows, cols), adapted: svd(adapted, rows, cols), updateValues: svd(difference, rows, cols).s },
    rows,
    cols,
  );
}

/** U diag(values) Vᵀ of a matrix's own singular vectors. */
function withValues(base: Float64Array, bend: (s: Float64Array) => ArrayLike<number>) {
  const { u, s, v } = svd(base, rows, cols);
  const values = bend(s);
  const adapted = base.map((_, at) => {
    const [i, j] = [Math.floor(at / cols), at % cols];
    return s.reduce((sum, _s, k) => sum + u[i * cols + k]! * values[k]! * v[j * cols + k]!, 0);
  });
  return { s, values, adapted };
}

describe("an update of a weight", () => {
  it("has the rank of what was added, and an effective rank no larger", () => {
    const base = matrix(1);
    const draw = random(2, "factors");
    for (const rank of [1, 2, 5]) {
      const a = Array.from({ length: rank * cols }, () => draw.normal());
      const b = Array.from({ length: rank * rows }, () => draw.normal());
      const adapted = base.map((x, at) => {
        const [i, j] = [Math.floor(at / cols), at % cols];
        return x + Array.from({ length: rank }, (_, r) => b[i * rank + r]! * a[r * cols + j]!).reduce((x, y) => x + y);
      });
      const found = update(base, adapted);
      expect(found.rank).toBe(rank);
      expect(found.effectiveRank).toBeLessThanOrEqual(rank * (1 + 1e-6));
      expect(found.leftAngle).toBeGreaterThan(1);
    }
  });

  it("turns no subspace where singular values alone are bent in their order, and says by how much norms change", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.double({ min: 0.3, max: 3, noNaN: true }), (seed, power) => {
        const base = matrix(seed);
        const { s, values, adapted } = withValues(base, (s) => s.map((x) => s[0]! * (x / s[0]!) ** power * 1.1));
        const measured = update(base, adapted);
        const exact = spectrumUpdate(s, values, rows);
        expect(exact.leftAngle).toBe(0);
        expect(measured.leftAngle).toBeLessThan(1e-5);
        expect(measured.rightAngle).toBeLessThan(1e-5);
        expect(measured.spectralNormChange).toBeCloseTo(0.1, 9);
        for (const key of ["effectiveRank", "frobeniusNormChange", "relativeUpdate", "leading", "rank"] as const)
          expect(measured[key]).toBeCloseTo(exact[key], 6);
      }),
      { numRuns: 30 },
    );
  });

  it("finds a right angle where a bend swaps leading values with others", () => {
    const base = matrix(3);
    const { s, values, adapted } = withValues(base, (s) => s.map((_, i) => s[s.length - 1 - i]!));
    expect(spectrumUpdate(s, values, rows).leftAngle).toBe(90);
    expect(update(base, adapted).leftAngle).toBeCloseTo(90, 4);
  });

  it("is nothing where nothing changed", () => {
    const base = matrix(4);
    expect(update(base, base)).toMatchObject({ rank: 0, effectiveRank: 0, relativeUpdate: 0, spectralNormChange: 0 });
  });

  it("measures a rotation's angle, small ones too", () => {
    const base = new Float64Array(rows * cols);
    base[0] = 10;
    base[cols + 1] = 1;
    for (const degrees of [1e-6, 0.01, 5, 60]) {
      const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
      const turned = base.map((_, at) => {
        const [i, j] = [Math.floor(at / cols), at % cols];
        if (i === 0) return c * base[j]! - s * base[cols + j]!;
        return i === 1 ? s * base[j]! + c * base[cols + j]! : 0;
      });
      const found = update(base, turned);
      expect(found.leading).toBe(1);
      expect(found.leftAngle / degrees).toBeCloseTo(1, 6);
      expect(found.rightAngle).toBeLessThan(1e-6);
    }
  });
});

describe("the effective rank", () => {
  it("counts equal values and ignores zeros", () => {
    expect(effectiveRank([2, 2, 2, 0])).toBeCloseTo(3, 12);
    expect(effectiveRank([5])).toBe(1);
  });
});
