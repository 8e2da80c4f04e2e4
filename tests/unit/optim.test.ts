import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import { judgeStep } from "../../src/core/ops/judgeStep";
import { sumOfSquares } from "../../src/core/ops/sumOfSquares";
import { addAdamwStep, optimiserFeeds, type StepNumbers } from "../../src/core/optim/adamw";
import { cosineSchedule, referenceSchedule } from "../../src/core/optim/schedule";
import { evaluate } from "../reference/evaluate";

describe("cosineSchedule", () => {
  const schedule = cosineSchedule({ steps: 100, warmupSteps: 10, finalFraction: 0.1 });
  it("rises in equal steps to the full rate and falls to the final fraction", () => {
    expect(schedule(0)).toBe(0.1);
    expect(schedule(9)).toBe(1);
    expect(schedule(10)).toBe(1);
    expect(schedule(55)).toBeCloseTo(0.55, 12);
    expect(schedule(100)).toBeCloseTo(0.1, 12);
    expect(schedule(1000)).toBeCloseTo(0.1, 12);
  });
  it("never rises after the warm-up", () => {
    for (let s = 10; s < 100; s++) expect(schedule(s + 1)).toBeLessThanOrEqual(schedule(s));
  });
  it("has no warm-up where none is asked for, and refuses one longer than the run", () => {
    expect(cosineSchedule({ steps: 1, warmupSteps: 0, finalFraction: 0 })(0)).toBe(1);
    expect(() => cosineSchedule({ steps: 5, warmupSteps: 6, finalFraction: 0 })).toThrow(/warm-up within the run/);
  });
});

describe("referenceSchedule", () => {
  it("falls to its own fraction by a cosine, and to 0.01 by a line, as the released code does", () => {
    const options = { steps: 20, warmupSteps: 4, finalFraction: 0.3, warmupStart: 0.5, warmupPrefix: true };
    const [cosine, linear] = (["cosine", "linear"] as const).map((shape) => referenceSchedule({ ...options, shape }));
    // Step s runs at the rate of s - 1.
    expect([cosine!(3), linear!(3)]).toEqual([0.75, 0.75]);
    expect([cosine!(5), linear!(5)]).toEqual([1, 1]);
    expect([cosine!(13), linear!(13)].map((rate) => Number(rate.toFixed(9)))).toEqual([0.65, 0.505]);
    expect([cosine!(21), linear!(21)].map((rate) => Number(rate.toFixed(9)))).toEqual([0.3, 0.01]);
  });
});

describe("AdamW", () => {
  it("averages summed micro-batches before clipping", () => {
    const size = 4;
    const b = new Builder();
    b.output("norm", addAdamwStep(b, { groupOf: new Int32Array(size), groups: 1 }).gradientNorm);
    const graph = b.build();
    const run = (gradientScale: number): Float64Array => {
      const gradient = Float64Array.of(3, -8, 0.5, 6).map((g) => g / gradientScale);
      const feeds = {
        groupRates: [1e-3, 0.05],
        biasCorrections: [0.1, 0.001],
        gradientScale: [gradientScale],
        clipNorm: [5],
        holds: [0],
      };
      const states = new Map([
        ["parameters", Float64Array.of(1, 2, 3, 4)],
        ["gradient", gradient],
        ["firstMoment", new Float64Array(size)],
        ["secondMoment", new Float64Array(size)],
        ["stepLoss", new Float64Array(1)],
      ]);
      return evaluate(graph, feeds, states).states.get("firstMoment")!;
    };
    const plain = run(1);
    expect(Math.hypot(...plain)).toBeCloseTo(0.1 * 5, 6);
    for (const [i, moment] of run(0.25).entries()) expect(moment).toBeCloseTo(plain[i]!, 12);
  });
});

describe("what a run may change between two steps", () => {
  it("is fed: rates, decay and clipping change what one graph computes", () => {
    const b = new Builder();
    addAdamwStep(b, { groupOf: Int32Array.of(0, 1), groups: 2 });
    const graph = b.build();
    const step = (changed: Partial<StepNumbers>): number[] => {
      const numbers = { step: 1, learningRates: [0.1, 0.1], weightDecays: [0, 0], clipNorm: 0, ...changed };
      const states = new Map([
        ["parameters", [2, 2]],
        ["gradient", [3, 4]],
        ["firstMoment", [0, 0]],
        ["secondMoment", [0, 0]],
        ["stepLoss", [1]],
      ]);
      return Array.from(evaluate(graph, optimiserFeeds(numbers), states).states.get("parameters")!);
    };
    const [plain, decayed] = [step({}), step({ weightDecays: [0, 0.5] })];
    expect(decayed[0]).toBe(plain[0]);
    expect(decayed[1]).toBeCloseTo(plain[1]! - 0.1 * 0.5 * 2, 7);
    expect(step({ learningRates: [0.1, 0] })[1]).toBe(2);
    // A first step of AdamW does not depend on the gradient's length, but for epsilon.
    expect(step({ clipNorm: 1e-7 })[1]).toBeGreaterThan(plain[1]! + 0.005);
    expect(step({ clipNorm: 5 })).toEqual(plain);
  });
});

describe("clipping by the global norm", () => {
  const clip = (maxNorm: number, gradient: number[]): { norm: number; scale: number } => {
    const b = new Builder();
    const squares = sumOfSquares(b, b.input("g", [gradient.length]));
    const [holds, loss] = [b.full(0), b.full(0.5)];
    const { norm, verdict } = judgeStep(b, {
      squares,
      gradientScale: b.full(1),
      maxNorm: b.full(maxNorm),
      holds,
      loss,
    });
    b.output("norm", norm);
    b.output("scale", b.slice(verdict, [1], [1]));
    const { outputs } = evaluate(b.build(), { g: gradient });
    return { norm: outputs["norm"]![0]!, scale: outputs["scale"]![0]! };
  };
  it("leaves short gradients alone and shortens long ones to the limit", () => {
    expect(clip(5, [3, 4 - 1e-3]).scale).toBe(1);
    expect(clip(5, [30, 40])).toEqual({ norm: 50, scale: 5 / (50 + 1e-6) });
  });
  it("does nothing to a zero gradient, and nothing at all with a huge limit", () => {
    expect(clip(5, [0, 0])).toEqual({ norm: 0, scale: 1 });
    expect(clip(1e30, [30, 40])).toEqual({ norm: 50, scale: 1 });
  });
});
