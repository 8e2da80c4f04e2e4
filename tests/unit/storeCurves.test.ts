import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linearAxis, logAxis } from "../../src/core/math/axis";
import { Column } from "../../src/store/runs/column";
import { decimate } from "../../src/store/runs/decimate";
import { smooth } from "../../src/store/runs/smooth";

const numbers = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 900 });

describe("decimate", () => {
  it("keeps all points where they are few", () => {
    expect(decimate([[3, 1, 2]], 3, 400)).toEqual([0, 1, 2]);
  });

  it("keeps the smallest and largest value of every curve, both ends, and the limit", () => {
    fc.assert(
      fc.property(numbers, numbers, (left, right) => {
        const length = Math.min(left.length, right.length);
        const kept = decimate([left, right], length, 100);
        expect(kept.length).toBeLessThanOrEqual(Math.max(100, 0));
        expect(kept[0]).toBe(0);
        expect(kept.at(-1)).toBe(length - 1);
        for (const curve of [left, right]) {
          const drawn = kept.map((i) => curve[i]!);
          expect(Math.min(...drawn)).toBe(Math.min(...curve.slice(0, length)));
          expect(Math.max(...drawn)).toBe(Math.max(...curve.slice(0, length)));
        }
        expect([...kept].sort((a, b) => a - b)).toEqual(kept);
      }),
    );
  });

  it("never loses a spike, wherever it is, and chooses the same points again", () => {
    const flat = new Float64Array(20_000).fill(1);
    for (const place of [0, 1, 4999, 13_337, 19_999]) {
      const curve = flat.slice();
      curve[place] = 50;
      expect(decimate([curve], curve.length, 400)).toContain(place);
      expect(decimate([curve], curve.length, 400)).toEqual(decimate([curve], curve.length, 400));
    }
  });

  it("passes over values that are not finite", () => {
    const curve = Float64Array.from({ length: 5000 }, (_, i) => (i % 3 === 0 ? Number.NaN : i));
    const kept = decimate([curve], curve.length, 100);
    expect(kept.slice(1, -1).every((i) => Number.isFinite(curve[i]))).toBe(true);
    expect(decimate([new Float64Array(5000).fill(Number.NaN)], 5000, 100)).toEqual([0, 4999]);
  });
});

describe("smooth", () => {
  it("leaves a constant as it is, from the first value on", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (x, beta) => {
          for (const value of smooth(new Array(300).fill(x), beta)) expect(value).toBeCloseTo(x, 9);
        },
      ),
    );
  });

  it("gives the raw values for beta 0 and stays within them for any other", () => {
    expect([...smooth([3, 1, 2], 0)]).toEqual([3, 1, 2]);
    fc.assert(
      fc.property(numbers, fc.double({ min: 0, max: 0.99, noNaN: true }), (values, beta) => {
        const low = Math.min(...values);
        const high = Math.max(...values);
        const slack = 1e-9 * Math.max(Math.abs(low), Math.abs(high), 1);
        for (const value of smooth(values, beta)) {
          expect(value).toBeGreaterThanOrEqual(low - slack);
          expect(value).toBeLessThanOrEqual(high + slack);
        }
      }),
    );
  });

  it("weighs by age without the pull to zero: (x1 beta + x2) / (beta + 1)", () => {
    expect(smooth([4, 1], 0.5)[1]).toBeCloseTo((4 * 0.5 + 1) / 1.5, 12);
  });

  it("leaves a gap at NaN and goes on behind it", () => {
    const smoothed = smooth([2, Number.NaN, 2, Infinity, 2], 0.9);
    expect([...smoothed]).toEqual([2, Number.NaN, 2, Number.NaN, 2]);
  });
});

describe("Column", () => {
  it("grows, and forgets its end", () => {
    const column = new Column();
    for (let i = 0; i < 1000; i++) column.push(i);
    expect(column.length).toBe(1000);
    expect(column.at(999)).toBe(999);
    column.truncate(10);
    expect([...column.values()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(column.at(10)).toBeNaN();
  });
});

describe("axes", () => {
  it("hold the whole range and few ticks", () => {
    const finite = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        for (const { domain, ticks } of [linearAxis([low, high]), logAxis([low, high])]) {
          expect(domain[0]).toBeLessThanOrEqual(low * (1 + 1e-9));
          expect(domain[1]).toBeGreaterThanOrEqual(high * (1 - 1e-9));
          expect(domain[1]).toBeGreaterThan(domain[0]);
          expect(ticks.length).toBeGreaterThanOrEqual(2);
          expect(ticks.length).toBeLessThanOrEqual(16);
        }
      }),
    );
  });
});
