import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/core/graph/node";
import { accounting } from "../../src/core/model/accounting";
import { buildModel, type ModelSpec } from "../../src/core/model/model";

const pascal: ModelSpec["tasks"] = [
  { id: "semseg", classes: 21 },
  { id: "normals" },
  { id: "sal" },
  { id: "human_parts", classes: 7 },
];

const layoutOf = (adapter: ModelSpec["method"]) =>
  buildModel({ backbone: "swin-t", method: adapter, tasks: pascal }).layout;
const count = (adapter: ModelSpec["method"]) => accounting(layoutOf(adapter));
const blockSites = ["qkv", "proj", "fc1", "fc2"] as const;

// Swin-T with four tasks. Σ C over its 12 blocks is 4,416: a block's four layers have in + out = 16 C numbers a rank, so 70,656 r in all.
// The last block of each stage (Σ C = 1,440) has 12 C a task and rank: 4 tasks of rank 4 make 276,480.
describe("MTLoRA on Swin-T", () => {
  const mtlora = (rankShared: number, plus: boolean, reference = true) =>
    count({
      id: "mtlora",
      settings: { rankShared, rankTask: 4, reference, sites: plus ? [...blockSites, "reduction"] : blockSites },
    });

  it.each([
    [16, 4_953_146],
    [32, 6_083_642],
    [64, 8_344_634],
  ])("trains the published total at rank %i", (rank, total) => {
    const { trained, trainedBackbone, trainedDecoders } = mtlora(rank, false);
    expect(trained).toBe(total);
    expect(trainedDecoders).toBe(1_946_624);
    expect(trainedBackbone - 1_599_546).toBe(70_656 * rank + 276_480);
  });

  // Published as 3.47, 4.66 and 7.05 M. Patch merging (1,548,288) freezes and gets 4,032 r numbers: Σ 6 C over C = 96, 192, 384.
  it.each([
    [16, 3_469_370],
    [32, 4_664_378],
    [64, 7_054_394],
  ])("plus patch merging trains the published total at rank %i", (rank, total) => {
    const plus = mtlora(rank, true);
    expect(plus.trained).toBe(total);
    expect(plus.trained).toBe(mtlora(rank, false).trained - 1_548_288 + 4_032 * rank);
    expect(plus.groups.find(({ group }) => group === "patch_merging")?.trained).toBe(0);
  });

  it("leaves out the last layer's shared update, which reaches no output, unless asked to keep it", () => {
    expect(mtlora(16, false).trained - mtlora(16, false, false).trained).toBe(16 * 5 * 768);
  });
});

describe("methods that add little or nothing, on Swin-T", () => {
  // A block has 11 C biases (norms 2 C, qkv 3 C, proj C, fc1 4 C, fc2 C): 48,576; patch embedding and its norm 192; merges' norms 2,688.
  it("BitFit trains 51,456 biases", () => {
    const { trainedBackbone, trained } = count({ id: "bitfit" });
    expect(trainedBackbone).toBe(11 * 4_416 + 2 * 96 + 4 * (96 + 192 + 384));
    expect([trainedBackbone, trained]).toEqual([51_456, 1_998_080]);
  });

  it("norms only trains all layer norms, that of the patch embedding among them", () =>
    expect(count({ id: "normsOnly" }).trainedBackbone).toBe(23_040 + 2 * 96));

  it("LoRA trains (in + out) r numbers a layer", () => {
    const { trainedBackbone, groups } = count({ id: "lora", settings: { rank: 8, sites: ["qkv", "reduction"] } });
    expect(trainedBackbone).toBe(8 * (4 * 4_416 + 4_032));
    expect(groups.find(({ group }) => group === "method")?.trained).toBe(trainedBackbone);
  });

  it.each([
    ["lora", ["lora_A", "lora_B"]],
    ["mtlora", ["lora_shared_A", "lora_shared_B", "lora_tasks_A", "lora_tasks_B"]],
    ["bitfit", ["bias"]],
    ["normsOnly", ["weight", "bias"]],
  ] as const)("%s trains in its layers what its paper names", (id, kinds) => {
    const own = layoutOf({ id }).parameters.filter(
      ({ name, trainable, group }) => trainable && /^backbone/.test(name) && (id !== "mtlora" || group === "method"),
    );
    expect(
      new Set(
        own.map(({ name }) =>
          name
            .replace(/\.(semseg|normals|sal|human_parts)$/, "")
            .split(".")
            .at(-1),
        ),
      ),
    ).toEqual(new Set(kinds));
    expect(own.reduce((n, { shape }) => n + sizeOf(shape), 0)).toBeGreaterThan(0);
  });
});
