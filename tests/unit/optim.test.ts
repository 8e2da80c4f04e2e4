import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import { addAdamwStep } from "../../src/core/optim/adamw";
import { clipByGlobalNorm } from "../../src/core/optim/clip";
import { cosineSchedule } from "../../src/core/optim/schedule";
import { evaluate } from "../reference/evaluate";
import { largest, readOptimGolden } from "./optimGolden";

const golden = readOptimGolden();
const { settings, size, tolerances } = golden;

describe("reference schedules", () => {
  it.each([
    ["lr.cosine", golden.schedules("cosine", false)],
    ["lr.cosine_prefix", golden.schedules("cosine", true)],
    ["lr.linear", golden.schedules("linear", true)],
  ] as const)("%s equals the golden curve at every step", (key, schedule) => {
    const errors = golden.tensor(key).map((lr, step) => Math.abs(golden.peak * schedule(step) - lr) / lr);
    expect(largest(errors)).toBeLessThan(tolerances.lr_rel);
  });
});

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

describe("AdamW", () => {
  const graphOf = () => {
    const b = new Builder();
    b.output("norm", addAdamwStep(b, settings).gradientNorm);
    return b.build();
  };
  const start = (gradient: Float64Array): Map<string, Float64Array> =>
    new Map([
      ["parameters", golden.parameters(0)],
      ["gradient", gradient],
      ["firstMoment", new Float64Array(size)],
      ["secondMoment", new Float64Array(size)],
    ]);

  it("groups the golden parameters as the reference does", () => {
    for (const { weight_decay, names } of golden.groups)
      for (const name of names.filter((n) => golden.offsets.has(n)))
        expect(settings.decay[settings.groupOf[golden.offsets.get(name)!]!], name).toBe(weight_decay);
  });

  it("takes the reference's three clipped steps, in float64", () => {
    const graph = graphOf();
    let states: ReadonlyMap<string, Float64Array> = start(golden.gradient(0));
    for (const step of [0, 1, 2]) {
      const result = evaluate(graph, golden.feeds(step), new Map([...states, ["gradient", golden.gradient(step)]]));
      const goldenNorm = golden.norms[step]!;
      expect(Math.abs(result.outputs["norm"]![0]! - goldenNorm)).toBeLessThan(1e-12 * goldenNorm);
      const error = golden.parameters(step + 1).map((p, i) => p - result.states.get("parameters")![i]!);
      expect(largest(error)).toBeLessThan(tolerances.f64_abs);
      states = result.states;
    }
  });

  it("averages summed micro-batches before clipping", () => {
    const run = (gradientScale: number): Float64Array => {
      const gradient = golden.gradient(0).map((g) => g / gradientScale);
      const feeds = { ...golden.feeds(0), gradientScale: [gradientScale] };
      return evaluate(graphOf(), feeds, start(gradient)).states.get("firstMoment")!;
    };
    const plain = run(1);
    expect(largest(run(0.25).map((m, i) => m - plain[i]!))).toBeLessThan(1e-12);
  });
});

describe("clipByGlobalNorm", () => {
  const clip = (maxNorm: number, gradient: number[]): { norm: number; scale: number } => {
    const b = new Builder();
    const { norm, scale } = clipByGlobalNorm(b, b.input("g", [gradient.length]), b.full(1), b.full(maxNorm));
    b.output("norm", norm);
    b.output("scale", scale);
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
