import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/core/checkpoint/safetensors";
import { Builder } from "../../src/core/graph/builder";
import { adamwDefaults, adamwFeeds, addAdamwStep } from "../../src/core/optim/adamw";
import { clipByGlobalNorm } from "../../src/core/optim/clip";
import { decaysInReference, groupRates, groupTable } from "../../src/core/optim/groups";
import { cosineSchedule, referenceSchedule } from "../../src/core/optim/schedule";
import { evaluate } from "../reference/evaluate";

const file = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../golden/${name}`, import.meta.url)));
const { tensors } = readSafetensors(file("optim_adamw.safetensors"));
const entry = JSON.parse(Buffer.from(file("index.json")).toString("utf8")).cases.find(
  (e: { name: string }) => e.name === "optim_adamw",
);
const { sizes, tolerances, values } = entry as {
  sizes: Record<string, number>;
  tolerances: { f64_abs: number; lr_rel: number };
  values: { groups: { weight_decay: number; names: string[] }[]; grad_norm_before_clipping: number[] };
};
const tensor = (key: string): Float64Array => Float64Array.from(tensors.get(key)!.data as Float64Array);

/** The trained tensors in a flat vector; those without a gradient are frozen. */
const trained = [...tensors.keys()].filter((k) => k.startsWith("grad.0.")).map((k) => k.slice("grad.0.".length));
const offsets = new Map<string, number>();
let size = 0;
for (const name of trained) {
  offsets.set(name, size);
  size += tensor(`param.0.${name}`).length;
}
const flat = (prefix: string): Float64Array => {
  const all = new Float64Array(size);
  for (const name of trained) all.set(tensor(`${prefix}.${name}`), offsets.get(name)!);
  return all;
};
const largest = (x: Float64Array): number => x.reduce((m, v) => Math.max(m, Math.abs(v)), 0);

const totalSteps = sizes["epochs"]! * sizes["iters_per_epoch"]!;
const reference = (shape: "cosine" | "linear", warmupPrefix: boolean) =>
  referenceSchedule({
    steps: totalSteps,
    warmupSteps: sizes["warmup_epochs"]! * sizes["iters_per_epoch"]!,
    warmupStart: sizes["warmup_lr"]! / sizes["base_lr"]!,
    finalFraction: sizes["min_lr"]! / sizes["base_lr"]!,
    shape,
    warmupPrefix,
  });

describe("reference schedules", () => {
  it.each([
    ["lr.cosine", reference("cosine", false)],
    ["lr.cosine_prefix", reference("cosine", true)],
    ["lr.linear", reference("linear", true)],
  ] as const)("%s equals the golden curve at every step", (key, schedule) => {
    const golden = tensor(key);
    const errors = golden.map((lr, step) => Math.abs(sizes["base_lr"]! * schedule(step) - lr) / lr);
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
  const slices = trained.map((name) => ({
    offset: offsets.get(name)!,
    size: tensor(`param.0.${name}`).length,
    rate: "all" as const,
    decayed: decaysInReference(name, tensors.get(`param.0.${name}`)!.shape),
  }));
  const table = groupTable(size, slices, sizes["weight_decay"]!);
  const settings = { ...adamwDefaults, table, clipNorm: sizes["clip_grad"]! };

  it("groups the parameters as the reference does", () => {
    for (const { weight_decay, names } of values.groups)
      for (const name of names.filter((n) => offsets.has(n)))
        expect(table.groups[table.groupOf[offsets.get(name)!]!]!.decay, name).toBe(weight_decay);
  });

  it("takes the reference's three clipped steps, in float64", () => {
    const b = new Builder();
    b.output("norm", addAdamwStep(b, settings).gradientNorm);
    const graph = b.build();
    const schedule = reference("cosine", false);
    let states: ReadonlyMap<string, Float64Array> = new Map([
      ["parameters", flat("param.0")],
      ["adamw.firstMoment", new Float64Array(size)],
      ["adamw.secondMoment", new Float64Array(size)],
    ]);
    for (const step of [0, 1, 2]) {
      // The product's feeds are float32; the golden comparison needs the same numbers in float64.
      const rate = sizes["base_lr"]! * schedule(step);
      const fed = adamwFeeds(settings, { all: sizes["base_lr"]! }, schedule(step), step);
      const exact = {
        learningRates: Float64Array.from(table.groups, () => rate),
        biasCorrections: Float64Array.of(1 - 0.9 ** (step + 1), 1 - 0.999 ** (step + 1)),
      };
      expect(Array.from(fed.learningRates)).toEqual(Array.from(Float32Array.from(exact.learningRates)));
      expect(Array.from(fed.biasCorrections)).toEqual(Array.from(Float32Array.from(exact.biasCorrections)));
      const result = evaluate(graph, exact, new Map([...states, ["gradient", flat(`grad.${step}`)]]));
      const goldenNorm = values.grad_norm_before_clipping[step]!;
      expect(Math.abs(result.outputs["norm"]![0]! - goldenNorm)).toBeLessThan(1e-12 * goldenNorm);
      const error = flat(`param.${step + 1}`).map((p, i) => p - result.states.get("parameters")![i]!);
      expect(largest(error)).toBeLessThan(tolerances.f64_abs);
      expect(largest(result.states.get("gradient")!)).toBe(0);
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
          ["parameters", flat("param.0")],
          ["gradient", flat("grad.0").map((g) => g * factor)],
          ["adamw.firstMoment", new Float64Array(size)],
          ["adamw.secondMoment", new Float64Array(size)],
        ]),
      ).states.get("adamw.firstMoment")!;
    };
    expect(largest(run(0.25, 4).map((m, i) => m - run(1, 1)[i]!))).toBeLessThan(1e-12);
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
