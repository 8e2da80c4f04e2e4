import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import { adamwFeeds, addAdamwStep } from "../../src/core/optim/adamw";
import { clipByGlobalNorm } from "../../src/core/optim/clip";
import { groupRates, groupTable } from "../../src/core/optim/groups";
import { cosineSchedule } from "../../src/core/optim/schedule";
import { evaluate } from "../reference/evaluate";
import { largest, readOptimGolden } from "./optimGolden";

const golden = readOptimGolden();
const { settings, size, tolerances } = golden;
const { table } = settings;

describe("reference schedules", () => {
  it.each([
    ["lr.cosine", golden.schedules("cosine", false)],
    ["lr.cosine_prefix", golden.schedules("cosine", true)],
    ["lr.linear", golden.schedules("linear", true)],
  ] as const)("%s equals the golden curve at every step", (key, schedule) => {
    const errors = golden.tensor(key).map((lr, step) => Math.abs(golden.peak.all * schedule(step) - lr) / lr);
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
  it("groups the parameters as the reference does", () => {
    for (const { weight_decay, names } of golden.groups)
      for (const name of names.filter((n) => golden.offsets.has(n)))
        expect(table.groups[table.groupOf[golden.offsets.get(name)!]!]!.decay, name).toBe(weight_decay);
  });

  it("takes the reference's three clipped steps, in float64", () => {
    const b = new Builder();
    b.output("norm", addAdamwStep(b, settings).gradientNorm);
    const graph = b.build();
    let states: ReadonlyMap<string, Float64Array> = new Map([
      ["parameters", golden.parameters(0)],
      ["firstMoment", new Float64Array(size)],
      ["secondMoment", new Float64Array(size)],
    ]);
    for (const step of [0, 1, 2]) {
      // The product's feeds are float32; the golden comparison needs the same numbers in float64.
      const rate = golden.peak.all * golden.schedule(step);
      const fed = adamwFeeds(settings, golden.peak, golden.schedule(step), step);
      const exact = {
        learningRates: Float64Array.from(table.groups, () => rate),
        biasCorrections: Float64Array.of(1 - 0.9 ** (step + 1), 1 - 0.999 ** (step + 1)),
      };
      expect(Array.from(fed.learningRates)).toEqual(Array.from(Float32Array.from(exact.learningRates)));
      expect(Array.from(fed.biasCorrections)).toEqual(Array.from(Float32Array.from(exact.biasCorrections)));
      const result = evaluate(graph, exact, new Map([...states, ["gradient", golden.gradient(step)]]));
      const goldenNorm = golden.norms[step]!;
      expect(Math.abs(result.outputs["norm"]![0]! - goldenNorm)).toBeLessThan(1e-12 * goldenNorm);
      const error = golden.parameters(step + 1).map((p, i) => p - result.states.get("parameters")![i]!);
      expect(largest(error)).toBeLessThan(tolerances.f64_abs);
      states = result.states;
    }
  });

  it("averages summed micro-batches before clipping", () => {
    const run = (gradientScale: number, factor: number): Float64Array => {
      const b = new Builder();
      addAdamwStep(b, { ...settings, gradientScale });
      return evaluate(
        b.build(),
        adamwFeeds(settings, { all: 1e-3 }, 1, 0),
        new Map([
          ["parameters", golden.parameters(0)],
          ["gradient", golden.gradient(0).map((g) => g * factor)],
          ["firstMoment", new Float64Array(size)],
          ["secondMoment", new Float64Array(size)],
        ]),
      ).states.get("firstMoment")!;
    };
    const plain = run(1, 1);
    expect(largest(run(0.25, 4).map((m, i) => m - plain[i]!))).toBeLessThan(1e-12);
  });
});

describe("clipByGlobalNorm", () => {
  const clip = (maxNorm: number, gradient: number[]): { norm: number; scale: number } => {
    const b = new Builder();
    const { norm, scale } = clipByGlobalNorm(b, b.input("g", [gradient.length]), maxNorm);
    b.output("norm", norm);
    b.output("scale", scale);
    const { outputs } = evaluate(b.build(), { g: gradient });
    return { norm: outputs["norm"]![0]!, scale: outputs["scale"]![0]! };
  };
  it("leaves short gradients alone and shortens long ones to the limit", () => {
    expect(clip(5, [3, 4 - 1e-3]).scale).toBe(1);
    expect(clip(5, [30, 40])).toEqual({ norm: 50, scale: 5 / (50 + 1e-6) });
  });
  it("does nothing to a zero gradient, and nothing at all when switched off", () => {
    expect(clip(5, [0, 0])).toEqual({ norm: 0, scale: 1 });
    expect(clip(0, [30, 40])).toEqual({ norm: 50, scale: 1 });
  });
});

describe("groupTable", () => {
  it("joins slices of equal rate and decay, and puts padding into group 0", () => {
    const table = groupTable(
      8,
      [
        { offset: 0, size: 2, rate: "theta", decayed: false },
        { offset: 3, size: 2, rate: "backbone", decayed: true },
        { offset: 5, size: 1, rate: "theta", decayed: false },
        { offset: 6, size: 2, rate: "backbone", decayed: false },
      ],
      0.05,
    );
    expect(Array.from(table.groupOf)).toEqual([0, 0, 0, 1, 1, 0, 2, 2]);
    expect(table.groups.map((g) => g.decay)).toEqual([0, 0.05, 0]);
    expect(Array.from(groupRates(table, { theta: 2, backbone: 4 }, 0.5))).toEqual([1, 2, 2]);
  });
  it("refuses a slice that leaves the vector, and an empty selection", () => {
    expect(() => groupTable(4, [{ offset: 2, size: 3, rate: "a", decayed: true }], 0)).toThrow(
      /leaves the 4 parameters/,
    );
    expect(() => groupTable(4, [], 0)).toThrow(/Nothing is trained/);
  });
});
