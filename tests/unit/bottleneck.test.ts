import { describe, expect, it } from "vitest";
import { bottleneck } from "../../src/core/methods/bottleneck";
import { compacter } from "../../src/core/methods/compacter";
import { type MethodDef, unfreezeGroups } from "../../src/core/methods/method";
import type { MethodChoice } from "../../src/core/methods/registry";
import { accounting } from "../../src/core/model/accounting";
import { buildModel } from "../../src/core/model/model";
import type { SiteKind } from "../../src/core/nn/site";
import { erf } from "../reference/erf";
import { gap, siteBench } from "./siteBench";

const streamsChoices = ["both", "shared", "task"] as const;
const methods = [
  { name: "Adapter", def: bottleneck, settings: { reduction: 2 } },
  { name: "Compacter", def: compacter, settings: { reduction: 2, products: 2 } },
  { name: "Compacter with an A a map", def: compacter, settings: { reduction: 2, products: 2, rule: "own" } },
] as const;

describe.each(methods)("$name", ({ def, settings }) => {
  const bench = (extra: object, kind: SiteKind, disturb: number) =>
    siteBench(def as MethodDef<object>, { ...settings, ...extra }, kind, disturb);
  const ways = (["proj", "fc2"] as const).flatMap((kind) => streamsChoices.map((streams) => ({ kind, streams })));

  it.each(ways)("has at $kind the gradient that differences show, streams: $streams", ({ kind, streams }) => {
    const { run, weights, parameters } = bench({ streams }, kind, 0.7);
    const own = parameters.filter(({ trainable }) => trainable);
    expect(own.length).toBeGreaterThan(0);
    const gradient = run()["gradient"]!;
    const scale = Math.max(...gradient.map(Math.abs));
    for (const { name, offset, shape } of own) {
      const size = shape.reduce((n, d) => n * d, 1);
      expect(
        gradient.subarray(offset, offset + size).some((g) => Math.abs(g) > 1e-9 * scale),
        name,
      ).toBe(true);
      for (let i = offset; i < offset + size; i++) {
        const loss = (step: number) =>
          run(Float64Array.from(weights.trainable, (v, j) => (j === i ? v + step : v)))["loss"]![0]!;
        expect(Math.abs((loss(1e-5) - loss(-1e-5)) / 2e-5 - gradient[i]!)).toBeLessThan(1e-6 * scale);
      }
    }
  });

  it.each(ways)("starts at $kind as the frozen layer, and leaves it, streams: $streams", ({ kind, streams }) => {
    const start = bench({ streams }, kind, 0);
    const moved = bench({ streams }, kind, 0.7);
    const plain = plainOutput(start);
    expect(gap(plain, start.run()["y"]!)).toBeLessThan(1e-12);
    const changed = Array.from(
      moved.run()["y"]!.subarray(plain.length - 8),
      (y, i) => y - plain[plain.length - 8 + i]!,
    );
    expect(Math.max(...changed.map(Math.abs))).toBeGreaterThan(1e-2);
    expect(moved.adapter.merged(moved.weights, moved.site, "shared")).toBeUndefined();
  });

  it("keeps the shared stream plain where only tasks have adapters", () => {
    const own = bench({ streams: "task" }, "fc2", 0.7);
    const plain = plainOutput(own);
    const first = plain.length / 3;
    const y = own.run()["y"]!;
    expect(gap(plain.subarray(0, first), y.subarray(0, first))).toBeLessThan(1e-12);
    expect(gap(plain.subarray(first), y.subarray(first))).toBeGreaterThan(1e-2);
  });

  it("merges where no adapter stands", () => {
    const { adapter, weights, site } = siteBench(
      def as MethodDef<object>,
      { ...settings, sites: ["fc2"], streams: "shared" },
      "fc2",
      0.5,
    );
    const other = { ...site, kind: "fc1" as const };
    expect(adapter.merged(weights, other, "shared")!.weight).toEqual(weights.get("site.weight"));
  });
});

/** x Wᵀ + b for every stream of the output. */
function plainOutput({ site, weights, x }: Pick<ReturnType<typeof siteBench>, "site" | "weights" | "x">): Float64Array {
  const streams = (site.output.shared ? 1 : 0) + site.output.tasks.length;
  const [w, bias] = [weights.get("site.weight"), weights.get("site.bias")];
  const inputs = (site.input.shared ? 1 : 0) + site.input.tasks.length;
  const rows = x.length / inputs / site.inSize;
  return Float64Array.from({ length: streams * rows * site.outSize }, (_, i) => {
    const o = i % site.outSize;
    const row = Math.floor(i / site.outSize) % (inputs === 1 ? rows : streams * rows);
    let sum = bias[o]!;
    for (let c = 0; c < site.inSize; c++) sum += x[row * site.inSize + c]! * w[o * site.inSize + c]!;
    return sum;
  });
}

describe("the formulas", () => {
  const gelu = (x: number) => (x * (1 + erf(x * Math.SQRT1_2))) / 2;
  const product = (w: ArrayLike<number>, v: readonly number[], bias: ArrayLike<number>) =>
    Array.from(bias, (start, o) => v.reduce((sum, x, i) => sum + w[o * v.length + i]! * x, start));

  /** The adapter's answer to one row of the plain output. */
  const expected = (
    row: readonly number[],
    down: ArrayLike<number>,
    up: ArrayLike<number>,
    prefix: string,
    get: (n: string) => Float32Array,
  ) => {
    const hidden = product(down, row, get(`${prefix}.down.bias`)).map(gelu);
    return product(up, hidden, get(`${prefix}.up.bias`)).map((z, i) => row[i]! + z);
  };

  it("of an adapter: y + up(GELU(down(y)))", () => {
    const bench = siteBench(bottleneck, { reduction: 2 }, "proj", 0.7);
    const get = (name: string) => bench.weights.get(name);
    const row = [...plainOutput(bench).subarray(0, 4)];
    const prefix = "site.adapter.shared";
    const truth = expected(row, get(`${prefix}.down.weight`), get(`${prefix}.up.weight`), prefix, get);
    expect(gap(truth, bench.run()["y"]!.subarray(0, 4))).toBeLessThan(1e-6);
  });

  it.each(["shared", "own"] as const)("of Compacter: sums of Kronecker products, A %s", (rule) => {
    const bench = siteBench(compacter, { reduction: 2, products: 2, rule }, "proj", 0.7);
    const get = (name: string) => bench.weights.get(name);
    const prefix = "site.compacter.shared";
    const matrix = (map: string, rows: number, cols: number) => {
      const n = 2;
      const [p, q] = [rows / n, cols / n];
      const A = get(rule === "shared" ? "compacter.A" : `${prefix}.${map}.A`);
      const [s, t] = [get(`${prefix}.${map}.s`), get(`${prefix}.${map}.t`)];
      return Float64Array.from({ length: rows * cols }, (_, at) => {
        const [row, col] = [Math.floor(at / cols), at % cols];
        const [a, x] = [Math.floor(row / p), row % p];
        const [b, y] = [Math.floor(col / q), col % q];
        let sum = 0;
        for (let i = 0; i < n; i++) sum += A[(i * n + a) * n + b]! * s[i * p + x]! * t[i * q + y]!;
        return sum;
      });
    };
    const row = [...plainOutput(bench).subarray(0, 4)];
    const truth = expected(row, matrix("down", 2, 4), matrix("up", 4, 2), prefix, get);
    expect(gap(truth, bench.run()["y"]!.subarray(0, 4))).toBeLessThan(1e-6);
  });
});

describe("counts on Swin-T with four tasks", () => {
  const counts = (adapter: MethodChoice, free: Parameters<typeof unfreezeGroups>[0]) => {
    const model = buildModel({
      backbone: "swin-t",
      method: adapter,
      train: unfreezeGroups(free),
      tasks: [{ id: "semseg" }, { id: "human_parts" }, { id: "sal" }, { id: "normals" }],
    });
    const { groups, trainedBackbone } = accounting(model.layout);
    const own = groups.find(({ group }) => group === "method")!.trained;
    return { own, rest: trainedBackbone - own };
  };

  /**
   * The published rows (see bottleneck.ts): one set a task, so four of these, and decoders that the row of full tuning and the other rows
   * leave between 2.5459 and 2.5472 M.
   */
  const printed = (encoder: number) => [2.5459e6, 2.5472e6].map((decoders) => ((encoder + decoders) / 1e6).toFixed(2));

  it("an adapter with reduction 4 has 2,167,584 numbers; four of them and the norms give the published 11.24 M", () => {
    const { own, rest } = counts({ id: "bottleneck", settings: { reduction: 4 } }, bottleneck.unfreeze!);
    expect([own, rest]).toEqual([2_167_584, 23_040]);
    expect(printed(4 * own + rest)).toEqual(["11.24", "11.24"]);
  });

  it.each([
    { sites: ["proj", "fc2"] as const, own: 57_696, row: "2.78" },
    { sites: ["fc2"] as const, own: 28_848, row: "2.66" },
  ])(
    "Compacter at $sites with n = 8 and an A a map has $own numbers; four of them give $row M",
    ({ sites, ...truth }) => {
      const settings = { products: 8, reduction: 4, rule: "own", sites } as const;
      const { own } = counts({ id: "compacter", settings }, compacter.unfreeze!);
      expect(own).toBe(truth.own);
      expect(printed(4 * own)).toEqual([truth.row, truth.row]);
    },
  );

  it("Compacter with shared A has n³ + 3.75 numbers a channel of every adapter", () => {
    const { own } = counts({ id: "compacter" }, compacter.unfreeze!);
    expect(own).toBe(64 + 2 * 3.75 * 4416);
  });
});

describe("a bottleneck method is refused where", () => {
  const build = (adapter: MethodChoice) => () =>
    buildModel({ backbone: "micro", method: adapter, tasks: [{ id: "sal" }] });

  it("its settings do not fit the backbone", () => {
    expect(build({ id: "compacter", settings: { products: 3 } })).toThrow(
      /method\.settings\.products is 3, which does not divide the 8 channels of stage 1, block 1, proj/,
    );
    expect(build({ id: "bottleneck", settings: { sites: [] } })).toThrow(
      /method\.settings\.sites is \[\]; allowed: proj, fc2, or both/,
    );
    expect(build({ id: "bottleneck", settings: { reduction: 0 } })).toThrow(
      /method\.settings\.reduction is 0; allowed/,
    );
    expect(build({ id: "bottleneck", settings: { sites: ["qkv"] } })).toThrow(
      /sites is "qkv"; allowed: a list of proj, fc2/,
    );
  });
});
