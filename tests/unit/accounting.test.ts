import { describe, expect, it } from "vitest";
import { trainableLine } from "../../src/contracts/parameterCounts";
import type { BackboneId } from "../../src/core/backbones/registry";
import { sizeOf } from "../../src/core/graph/node";
import { accounting, groupEntries } from "../../src/core/model/accounting";
import { buildModel, type ModelSpec } from "../../src/core/model/model";

const pascal: ModelSpec["tasks"] = [
  { id: "semseg", classes: 21 },
  { id: "normals" },
  { id: "sal" },
  { id: "human_parts", classes: 7 },
];

const count = (backbone: BackboneId, adapter: ModelSpec["method"]) =>
  accounting(buildModel({ backbone, method: adapter, tasks: pascal }).layout);

const reference = (sharedCells: number, taskCells: number): ModelSpec["method"] => ({
  id: "ditask",
  settings: { sharedCells, taskCells, reference: true },
});

// The table of the public reference, digit for digit (four PASCAL tasks). Its warps are the shared ones, the tasks' in the last block of
// each stage, and the tasks' of q, k and v, which reach no output: `reference` declares them, else they are left out.
describe.each([
  {
    id: "swin-t",
    cells: [64, 4],
    backbone: 27_517_818,
    embed: 4_896,
    merging: 1_548_288,
    norms: 23_040,
    bias: 23_322,
    freed: 1_599_546,
    shared: 3_024,
    used: 144,
    unused: 144,
    encoder: 1_602_858,
    decoders: 1_946_624,
    all: 3_549_482,
  },
  {
    id: "swin-s",
    cells: [128, 64],
    backbone: 48_835_722,
    embed: 4_896,
    merging: 1_548_288,
    norms: 41_472,
    bias: 47_658,
    freed: 1_642_314,
    shared: 12_192,
    used: 3_024,
    unused: 6_048,
    encoder: 1_663_578,
    decoders: 1_946_624,
    all: 3_610_202,
  },
  {
    id: "swin-b",
    cells: [128, 64],
    backbone: 86_741_176,
    embed: 6_528,
    merging: 2_752_512,
    norms: 55_296,
    bias: 63_544,
    freed: 2_877_880,
    shared: 12_192,
    used: 3_024,
    unused: 6_048,
    encoder: 2_899_144,
    decoders: 2_190_848,
    all: 5_089_992,
  },
  {
    id: "swin-l",
    cells: [128, 64],
    backbone: 194_992_404,
    embed: 9_792,
    merging: 6_193_152,
    norms: 82_944,
    bias: 95_316,
    freed: 6_381_204,
    shared: 12_192,
    used: 3_024,
    unused: 6_048,
    encoder: 6_402_468,
    decoders: 2_679_296,
    all: 9_081_764,
  },
] as const)("$id with four tasks", (published) => {
  const { id, cells, decoders } = published;
  const full = count(id, { id: "full" });
  const model = buildModel({ backbone: id, method: reference(cells[0], cells[1]), tasks: pascal });
  const ditask = accounting(model.layout);
  const trainedOf = (group: string) => ditask.groups.find((entry) => entry.group === group)?.trained;
  const thetas = (keep: (name: string) => boolean) =>
    model.layout.parameters
      .filter(({ group, name }) => group === "theta" && keep(name))
      .reduce((n, { shape }) => n + sizeOf(shape), 0);

  it("has the published backbone and decoders", () => {
    expect(full.trainedBackbone).toBe(published.backbone);
    expect(full.trainedDecoders).toBe(decoders);
    expect(full.trained).toBe(full.total);
  });

  it("unfreezes the published parameters beside the warps", () => {
    expect(["patch_embed", "patch_merging", "norm", "position_bias"].map(trainedOf)).toEqual([
      published.embed,
      published.merging,
      published.norms,
      published.bias,
    ]);
    expect(published.embed + published.merging + published.norms + published.bias).toBe(published.freed);
    expect(ditask.trainedBackbone - ditask.trainedTheta).toBe(published.freed);
  });

  it("has the published warps: shared, the tasks', and the tasks' that reach nothing", () => {
    const unused = new Set(model.method.dead?.filter((name) => name.includes(".qkv.")));
    expect(thetas((name) => name.endsWith(".shared"))).toBe(published.shared);
    expect(thetas((name) => !name.endsWith(".shared") && !unused.has(name))).toBe(published.used);
    expect(thetas((name) => unused.has(name))).toBe(published.unused);
  });

  it("trains the published totals by DiTASK", () => {
    expect(ditask.trainedBackbone).toBe(published.encoder);
    expect(ditask.trainedDecoders).toBe(decoders);
    expect(ditask.trained).toBe(published.all);
  });

  it("trains decoders alone where the backbone is frozen", () => {
    const frozen = count(id, { id: "decoderOnly" });
    expect(frozen.trainedBackbone).toBe(0);
    expect(frozen.trained).toBe(decoders);
    expect(frozen.total).toBe(full.total);
  });
});

describe("Swin-T by groups", () => {
  const groups = Object.fromEntries(count("swin-t", reference(64, 4)).groups.map((g) => [g.group, g]));

  it.each([
    ["patch_embed", 4_896],
    ["patch_merging", 1_548_288],
    ["norm", 23_040],
    ["position_bias", 23_322],
  ])("trains %s: %i", (group, trained) => expect(groups[group]?.trained).toBe(trained));

  // 12 C² weights and 9 C biases a block: Σ C² = 2 (96² + 192² + 3 · 384² + 768²), Σ C = 4,416.
  it("keeps all linear weights and biases frozen", () => {
    expect(groups["linear"]).toMatchObject({ trained: 0, total: 25_878_528 });
    expect(groups["bias"]).toMatchObject({ trained: 0, total: 9 * 4_416 });
    expect(25_878_528 + 9 * 4_416).toBe(27_517_818 - 1_599_546);
  });

  it("drops the thetas that reach no output unless asked to keep them", () => {
    const ours = count("swin-t", { id: "ditask", settings: { sharedCells: 64, taskCells: 4 } });
    expect(ours.trainedTheta).toBe(3_024 - 3 * 63 + 144);
  });

  it("unfreezes and freezes groups by request", () => {
    const model = buildModel({
      backbone: "micro",
      method: { id: "ditask" },
      tasks: pascal,
      train: { norm: false },
    });
    const trained = new Map(accounting(model.layout).groups.map((g) => [g.group, g.trained > 0]));
    expect(trained.get("norm")).toBe(false);
    expect(trained.get("patch_merging")).toBe(true);
    const freed = { backbone: "micro", method: { id: "decoderOnly" }, tasks: pascal, train: { norm: true } } as const;
    expect(accounting(buildModel(freed).layout).groups.find((g) => g.group === "norm")?.trained).toBeGreaterThan(0);
  });

  it("keeps weights frozen that live on as their decomposition", () => {
    const spec: ModelSpec = { backbone: "micro", method: { id: "ditask" }, tasks: pascal, train: { linear: true } };
    const linear = buildModel(spec).layout.parameters.filter(({ group }) => group === "linear");
    expect(linear.filter(({ name, trainable }) => name.endsWith(".weight") && trainable)).toEqual([]);
  });
});

describe("the line of PEFT", () => {
  it("counts the released configuration of Swin-T as its authors do", () => {
    const { layout } = buildModel({ backbone: "swin-t", method: reference(64, 4), tasks: pascal });
    expect(trainableLine(groupEntries(layout))).toBe(
      "trainable params: 3,549,482 || all params: 29,467,754 || trainable%: 12.0453",
    );
  });
  it("knows a model without numbers", () =>
    expect(trainableLine([])).toBe("trainable params: 0 || all params: 0 || trainable%: 0.0000"));
});
