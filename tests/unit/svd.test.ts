import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random } from "../../src/core/math/random";
import { svd } from "../../src/core/math/svd";

/** Singular values are held against LAPACK's to this share of the largest. */
const VALUE_TOLERANCE = 1e-13;
/** |U^T U - I|, |V^T V - I| and |U S V^T - A| / s_0, largest entry. */
const VECTOR_TOLERANCE = 1e-13;

/** [m,n]: small multiples of 1/32, the same in any language. */
const pattern = (m: number, n: number): Float64Array =>
  fill(m, n, (i, j) => (((i * i * 37 + j * j * 101 + i * j * 13 + 7 * i) % 97) - 48) / 32);
const fill = (m: number, n: number, value: (i: number, j: number) => number): Float64Array =>
  Float64Array.from({ length: m * n }, (_, at) => value(Math.floor(at / n), at % n));
const product = (a: Float64Array, b: Float64Array, inner: number): Float64Array => {
  const n = b.length / inner;
  return fill(a.length / inner, n, (i, j) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += a[i * inner + k]! * b[k * n + j]!;
    return sum;
  });
};

/** Largest violations of what makes a decomposition one. */
function defects(a: Float32Array | Float64Array, m: number, n: number): Record<"u" | "v" | "product", number> {
  const { u, s, v } = svd(a, m, n);
  const p = Math.min(m, n);
  const worst = { u: 0, v: 0, product: 0 };
  for (let i = 0; i < p; i++) {
    for (let j = 0; j <= i; j++) {
      const one = i === j ? 1 : 0;
      let uu = 0;
      let vv = 0;
      for (let k = 0; k < m; k++) uu += u[k * p + i]! * u[k * p + j]!;
      for (let k = 0; k < n; k++) vv += v[k * p + i]! * v[k * p + j]!;
      worst.u = worstOf(worst.u, uu - one);
      worst.v = worstOf(worst.v, vv - one);
    }
  }
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = -a[i * n + j]!;
      for (let k = 0; k < p; k++) sum += u[i * p + k]! * s[k]! * v[j * p + k]!;
      worst.product = worstOf(worst.product, sum / (s[0]! || 1));
    }
  }
  return worst;
}
/** NaN counts as infinitely bad. */
const worstOf = (sofar: number, value: number): number =>
  Number.isNaN(value) ? Number.POSITIVE_INFINITY : Math.max(sofar, Math.abs(value));

function expectSound(a: Float32Array | Float64Array, m: number, n: number): void {
  const { s } = svd(a, m, n);
  for (let i = 0; i < s.length; i++) expect(s[i]).toBeGreaterThanOrEqual(s[i + 1] ?? 0);
  const { u, v, product: rebuilt } = defects(a, m, n);
  expect(u).toBeLessThan(VECTOR_TOLERANCE);
  expect(v).toBeLessThan(VECTOR_TOLERANCE);
  expect(rebuilt).toBeLessThan(VECTOR_TOLERANCE);
}

describe("svd against LAPACK (numpy.linalg.svd 1.24)", () => {
  const graded = fill(8, 8, (i, j) => pattern(8, 8)[8 * i + j]! * 2 ** (-5 * i));
  it.each([
    [
      "a wide matrix",
      pattern(6, 11),
      6,
      11,
      [
        3.887979147513132, 3.319699921952978, 3.068799962152436, 2.2818206967930807, 2.200715293069873,
        1.1146764387107064,
      ],
    ],
    [
      "a tall matrix",
      pattern(11, 6),
      11,
      6,
      [
        4.55881611943314, 3.589547823099463, 3.054020078443525, 2.5119641320808994, 2.3402260891025652,
        1.5826604938725992,
      ],
    ],
    [
      "a square matrix",
      pattern(9, 9),
      9,
      9,
      [
        4.225727940009226, 3.5684687824393255, 3.215034931579667, 3.173987953152628, 2.3959152727797854,
        1.9343721317623876, 1.194187789782218, 1.0096355187702755, 0.34890133453459204,
      ],
    ],
    [
      "values over eleven orders of magnitude",
      graded,
      8,
      8,
      [
        3.0945487590337235, 0.06326187212651105, 0.0023623168353624686, 4.403383754967255e-5, 1.5601514250348797e-6,
        4.294862821998121e-8, 2.437162917307049e-9, 2.8739021524783643e-11,
      ],
    ],
    [
      "a product of rank 3",
      product(pattern(10, 3), pattern(3, 12), 3),
      10,
      12,
      [13.555430824572404, 9.39750800715755, 6.192497073672218, 0, 0, 0, 0, 0, 0, 0],
    ],
  ] as const)("agrees on %s", (_, a, m, n, expected) => {
    const { s } = svd(a, m, n);
    expect(s.length).toBe(expected.length);
    for (const [i, value] of expected.entries()) expect(Math.abs(s[i]! - value) / s[0]!).toBeLessThan(VALUE_TOLERANCE);
    expectSound(a, m, n);
  });
});

describe("svd", () => {
  it.each([
    ["zero", fill(5, 8, () => 0), 5, 8],
    ["one number", Float64Array.of(-3), 1, 1],
    ["one row", fill(1, 7, (_, j) => j - 3), 1, 7],
    ["one column", fill(7, 1, (i) => i), 7, 1],
    ["the identity", fill(6, 6, (i, j) => (i === j ? 1 : 0)), 6, 6],
    ["signs of a Hadamard matrix, all values equal", fill(8, 8, (i, j) => hadamardSign(i & j)), 8, 8],
    ["equal rows", fill(6, 9, (_, j) => j + 1), 6, 9],
    ["zero rows and columns", fill(9, 9, (i, j) => (i % 3 && j % 2 ? i + 2 * j : 0)), 9, 9],
    ["a nilpotent shift", fill(7, 7, (i, j) => (j === i + 1 ? 1 : 0)), 7, 7],
    ["an upper triangle with a zero diagonal", fill(7, 7, (i, j) => (j > i ? 1 : 0)), 7, 7],
    ["tiny numbers", pattern(5, 5).map((x) => x * 1e-300), 5, 5],
    ["huge numbers", pattern(5, 9).map((x) => x * 1e300), 5, 9],
  ])("handles %s", (_, a, m, n) => {
    expectSound(a, m, n);
  });

  it("gives zeros for the zero matrix and equal values for a scaled orthogonal one", () => {
    expect([...svd(new Float32Array(12), 3, 4).s]).toEqual([0, 0, 0]);
    for (const value of svd(
      fill(8, 8, (i, j) => hadamardSign(i & j)),
      8,
      8,
    ).s)
      expect(value).toBeCloseTo(Math.sqrt(8), 13);
    expect(svd(new Float32Array(0), 0, 4).s.length).toBe(0);
  });

  it("holds on random sizes, ranks and repetitions", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 14 }),
        fc.integer({ min: 1, max: 14 }),
        fc.integer({ min: 0, max: 14 }),
        fc.integer(),
        (m, n, rank, seed) => {
          const stream = random(seed, "svd");
          const left = fill(m, rank, () => stream.int(5) - 2);
          const right = fill(rank, n, () => stream.int(5) - 2);
          expectSound(rank ? product(left, right, rank) : new Float64Array(m * n), m, n);
        },
      ),
      { numRuns: 150, seed: 1 },
    );
  });

  it("decomposes a float32 weight of a block, and reports rising progress up to 1", () => {
    const stream = random(4, "weight");
    const weight = new Float32Array(48 * 192).map(() => 0.02 * stream.normal());
    expectSound(weight, 48, 192);
    const seen: number[] = [];
    svd(weight, 48, 192, { onProgress: (fraction) => seen.push(fraction) });
    expect(seen.length).toBeGreaterThan(10);
    for (let i = 1; i < seen.length; i++) expect(seen[i]).toBeGreaterThanOrEqual(seen[i - 1]!);
    expect(seen.at(-1)).toBe(1);
  });

  it("makes the largest entry of every column of U positive, so that equal weights give equal factors", () => {
    const a = pattern(7, 12);
    const { u } = svd(a, 7, 12);
    for (let k = 0; k < 7; k++) {
      const column = Array.from({ length: 7 }, (_, i) => u[i * 7 + k]!);
      expect(Math.max(...column)).toBe(Math.max(...column.map(Math.abs)));
    }
    const negated = svd(
      a.map((x) => -x),
      7,
      12,
    );
    for (let i = 0; i < u.length; i++) expect(negated.u[i]).toBeCloseTo(u[i]!, 12);
  });

  it("leaves its input alone, and refuses what has no singular values", () => {
    const a = Float32Array.of(1, 2, 3, 4, 5, 6);
    svd(a, 2, 3);
    expect([...a]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(() => svd(a, 2, 2)).toThrow("A 2×2 matrix needs 4 numbers, but 6 came.");
    a[4] = Number.NaN;
    expect(() => svd(a, 2, 3)).toThrow(/has NaN in row 1, column 1/);
    a[4] = Number.POSITIVE_INFINITY;
    expect(() => svd(a, 2, 3)).toThrow(/has Infinity/);
  });
});

/** -1 to the number of set bits: the entries of Sylvester's Hadamard matrix. */
function hadamardSign(bits: number): number {
  let sign = 1;
  for (let rest = bits; rest; rest &= rest - 1) sign = -sign;
  return sign;
}
