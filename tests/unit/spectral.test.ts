import { describe, expect, it } from "vitest";
import { ditask } from "../../src/core/methods/ditask";
import type { MethodDef } from "../../src/core/methods/method";
import { methods } from "../../src/core/methods/registry";
import { svdiff } from "../../src/core/methods/svdiff";
import { svft } from "../../src/core/methods/svft";
import { buildModel } from "../../src/core/model/model";
import type { SiteKind } from "../../src/core/nn/site";
import { gap, siteBench } from "./siteBench";

/** Singular vectors are float32: a few roundings of the largest entry. */
const FACTOR_TOLERANCE = 2e-6;

const cells = { sharedCells: 5, taskCells: { semseg: 4, sal: 6 } };
const cases = [
  { name: "DiTASK by value", def: ditask, settings: cells },
  { name: "DiTASK by index", def: ditask, settings: { ...cells, reading: "index" } },
  { name: "DiTASK with free ends", def: ditask, settings: { ...cells, boundary: "free" } },
  { name: "DiTASK by index with free ends", def: ditask, settings: { ...cells, reading: "index", boundary: "free" } },
  { name: "SVFT", def: svft, settings: {} },
  { name: "SVDiff", def: svdiff, settings: {} },
] as const;
const kinds: readonly SiteKind[] = ["qkv", "proj", "fc1", "fc2", "reduction"];
const both = (["factored", "merged"] as const).flatMap((evaluation) =>
  (["both", "shared", "task"] as const).map((streams) => ({ evaluation, streams })),
);

describe.each(cases)("$name", ({ def, settings }) => {
  const bench = (extra: object, kind: SiteKind, disturb: number) =>
    siteBench(def as MethodDef<object>, { ...settings, sites: kinds, ...extra }, kind, disturb);
  const reached = kinds.flatMap((kind) => both.map((way) => ({ kind, ...way })));
  const adapted = reached.filter(({ kind, streams }) => streams !== "task" || (kind !== "qkv" && kind !== "reduction"));

  it.each(adapted)("gives at $kind what its merged weights give, $evaluation, streams: $streams", (way) => {
    const { kind, ...extra } = way;
    const { run, mergedOutput, site, weights, adapter } = bench(extra, kind, 0.4);
    expect(gap(mergedOutput()!, run()["y"]!)).toBeLessThan(FACTOR_TOLERANCE);
    const stream = site.output.tasks[0] ?? "shared";
    expect(gap(weights.get("site.weight"), adapter.merged(weights, site, stream)!.weight)).toBeGreaterThan(1e-3);
  });

  it.each(adapted)("starts at $kind as the frozen weight, $evaluation, streams: $streams", ({ kind, ...extra }) => {
    const { run, mergedOutput, site, weights, adapter } = bench(extra, kind, 0);
    for (const stream of ["shared", ...site.output.tasks])
      expect(adapter.merged(weights, site, stream)!.weight).toEqual(weights.get("site.weight"));
    expect(gap(mergedOutput()!, run()["y"]!)).toBeLessThan(FACTOR_TOLERANCE);
  });

  it.each(adapted)("has at $kind the gradient that differences show, $evaluation, streams: $streams", (way) => {
    const { kind, ...extra } = way;
    const { run, weights, parameters } = bench(extra, kind, 0.3);
    const own = parameters.filter(({ trainable }) => trainable);
    expect(own.length).toBeGreaterThan(0);
    const gradient = run()["gradient"]!;
    const scale = Math.max(...gradient.map(Math.abs));
    for (const { offset, shape } of own)
      for (let i = offset; i < offset + shape.reduce((n, d) => n * d, 1); i++) {
        const loss = (step: number) =>
          run(Float64Array.from(weights.trainable, (v, j) => (j === i ? v + step : v)))["loss"]![0]!;
        expect(Math.abs((loss(1e-6) - loss(-1e-6)) / 2e-6 - gradient[i]!)).toBeLessThan(1e-5 * scale);
      }
  });
});

describe("the shift of singular values", () => {
  it("is free in SVFT and stops at 0 in SVDiff", () => {
    const [free, clipped] = [svft, svdiff].map((def) => siteBench(def, { streams: "shared" }, "proj", 0));
    for (const { weights } of [free!, clipped!]) weights.get("site.delta.shared").fill(-100);
    const norm = ({ adapter, weights, site }: typeof free & object) =>
      Math.hypot(...adapter.merged(weights, site, "shared")!.weight);
    expect(norm(clipped!)).toBeLessThan(1e-5);
    expect(norm(free!)).toBeGreaterThan(150);
  });
});

describe("a spectral method is refused where", () => {
  const build = (settings: object) => () =>
    buildModel({
      backbone: "micro",
      method: { id: "ditask", settings },
      tasks: [{ id: "semseg", classes: 3 }, { id: "sal" }],
    });

  it.each([
    [{ sharedCells: 1 }, /method\.settings\.sharedCells is 1; allowed: a whole number from 2 to 256/],
    [{ taskCells: { semseg: 4, sal: 1 } }, /method\.settings\.taskCells\.sal is 1; allowed: a whole number from 2/],
    [{ sharedCells: Number.NaN }, /method\.settings\.sharedCells is NaN; allowed/],
    [
      { taskCells: { semseg: 4 } },
      /method\.settings\.taskCells has no number for sal; give one number for all, or one for each of semseg, sal/,
    ],
    [
      { taskCells: { semseg: 4, sal: 4, depth: 8 } },
      /method\.settings\.taskCells names the task depth, which this run does not have/,
    ],
    [{ sites: ["qkv", "fc3"] }, /method\.settings\.sites is "fc3"; allowed: a list of qkv, proj, fc1, fc2, reduction/],
    [{ sites: [] }, /no layer of this backbone is adapted/],
    [{ sites: ["qkv"], streams: "task" }, /no layer of this backbone is adapted/],
    [{ boundary: "open" }, /method\.settings\.boundary is "open"; allowed: zero, free/],
  ])("settings are %j", (settings, message) => {
    expect(build(settings)).toThrow(message);
  });
});

describe("DiTASK's counts", () => {
  const counted = (settings: object) => {
    const model = buildModel({ backbone: "micro", method: { id: "ditask", settings }, tasks: [{ id: "depth" }] });
    return model.layout.parameters.filter((p) => p.group === "theta");
  };

  it("has N_P - 1 numbers a warp with fixed ends, N_P + 1 with free ones, and a uniform start as wide as 1/√d", () => {
    const fixed = counted({ sharedCells: 9, taskCells: 9 });
    const free = counted({ sharedCells: 9, taskCells: 9, boundary: "free", start: "reference" });
    expect(new Set(fixed.map(({ shape }) => shape[1]))).toEqual(new Set([8]));
    expect(new Set(free.map(({ shape }) => shape[1]))).toEqual(new Set([10]));
    expect(free.map(({ init }) => init)).toEqual(free.map(() => ({ kind: "uniform", bound: 1 / Math.sqrt(10) })));
  });

  it("warps patch merging with one theta where it is adapted, and freezes its weight", () => {
    const model = buildModel({
      backbone: "micro",
      method: { id: "ditask", settings: { sites: ["reduction"] } },
      tasks: [{ id: "depth" }],
    });
    const own = model.layout.parameters.filter(({ name }) => name.includes("downsample.reduction"));
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter(({ trainable }) => trainable).map(({ group }) => group)).toEqual(
      own.filter(({ group }) => group === "theta").map(() => "theta"),
    );
  });
});

it("spectral methods are in the registry", () => {
  expect(methods).toMatchObject({ ditask, svft, svdiff });
});
