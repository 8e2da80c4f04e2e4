import { describe, expect, it } from "vitest";
import type { BackboneId } from "../../src/core/backbones/registry";
import { accounting } from "../../src/core/model/accounting";
import { buildModel, type ModelSpec } from "../../src/core/model/model";

const pascal: ModelSpec["tasks"] = [
  { id: "semseg", classes: 21 },
  { id: "normals" },
  { id: "sal" },
  { id: "human_parts", classes: 7 },
];

const count = (backbone: BackboneId, adapter: ModelSpec["adapter"]) =>
  accounting(buildModel({ backbone, adapter, tasks: pascal }).layout);

const reference = (sharedCells: number, taskCells: number): ModelSpec["adapter"] => ({
  id: "ditask",
  settings: { sharedCells, taskCells, reference: true },
});

// Published numbers of the reference (four PASCAL tasks). Its theta count includes task thetas of qkv, which reach no output and
// which we do not have: 144 of 288 for Swin-T, 6,048 of 9,072 for the others.
describe.each([
  ["swin-t", 64, 4, 27_517_818, 1_599_546, 3_024, 144, 1_946_624],
  ["swin-s", 128, 64, 48_835_722, 1_642_314, 12_192, 3_024, 1_946_624],
  ["swin-b", 128, 64, 86_741_176, 2_877_880, 12_192, 3_024, 2_190_848],
  ["swin-l", 128, 64, 194_992_404, 6_381_204, 12_192, 3_024, 2_679_296],
] as const)("%s with four tasks", (id, sharedCells, taskCells, backbone, extra, shared, task, decoders) => {
  const full = count(id, { id: "full" });
  const ditask = count(id, reference(sharedCells, taskCells));

  it("has the published backbone and decoders", () => {
    expect(full.trainedBackbone).toBe(backbone);
    expect(full.trainedDecoders).toBe(decoders);
    expect(full.trained).toBe(full.total);
  });

  it("trains the published numbers by DiTASK", () => {
    expect(ditask.trainedTheta).toBe(shared + task);
    expect(ditask.trainedBackbone - ditask.trainedTheta).toBe(extra);
    expect(ditask.trainedDecoders).toBe(decoders);
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

  it("frees and freezes groups by request", () => {
    const model = buildModel({
      backbone: "micro",
      adapter: { id: "ditask" },
      tasks: pascal,
      train: { norm: false },
    });
    const trained = new Map(accounting(model.layout).groups.map((g) => [g.group, g.trained > 0]));
    expect(trained.get("norm")).toBe(false);
    expect(trained.get("patch_merging")).toBe(true);
    const freed = { backbone: "micro", adapter: { id: "decoderOnly" }, tasks: pascal, train: { norm: true } } as const;
    expect(accounting(buildModel(freed).layout).groups.find((g) => g.group === "norm")?.trained).toBeGreaterThan(0);
  });

  it("keeps weights frozen that live on as their decomposition", () => {
    const spec: ModelSpec = { backbone: "micro", adapter: { id: "ditask" }, tasks: pascal, train: { linear: true } };
    const linear = buildModel(spec).layout.parameters.filter(({ group }) => group === "linear");
    expect(linear.filter(({ name, trainable }) => name.endsWith(".weight") && trainable)).toEqual([]);
  });
});
