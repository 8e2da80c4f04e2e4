import { describe, expect, it } from "vitest";
import { exportReference, importReference } from "../../src/core/checkpoint/names";
import { buildModel } from "../../src/core/model/model";
import { initialWeights } from "../../src/core/nn/weights";

describe.each(["ditask", "full", "decoderOnly"] as const)("the reference's names of a %s model", (id) => {
  const model = buildModel({ backbone: "micro", method: { id }, tasks: [{ id: "depth" }, { id: "human_parts" }] });
  const first = initialWeights(model.layout, 1);
  const tensors = exportReference(model, first);

  it("come back to the same numbers", () => {
    const second = initialWeights(model.layout, 2);
    const report = importReference(model, second, tensors);
    expect(report.missing).toEqual([]);
    expect(report.unknown).toEqual([]);
    for (const name of first.names) expect(second.get(name), name).toEqual(first.get(name));
  });

  it("give kernels their sides", () => {
    expect(tensors.get("backbone.patch_embed.proj.weight")?.shape).toEqual([8, 3, 4, 4]);
    expect(tensors.get("downsampler.depth.downsample_1.weight")?.shape).toEqual([6, 16, 1, 1]);
    expect(tensors.get("decoders.decoders.human_parts.last_layer.3.weight")?.shape).toEqual([7, 40, 1, 1]);
    expect(tensors.get("decoders.decoders.depth.last_layer.1.running_var")?.shape).toEqual([40]);
  });

  it("list what a file lacks and what it has too much", () => {
    const some = new Map([...tensors].filter(([name]) => !name.includes("last_layer.3")));
    some.set("head.fc.weight", { shape: [1], data: [0] });
    const report = importReference(model, initialWeights(model.layout, 2), some);
    expect(report.missing).toContain("head.depth.last.weight");
    expect(report.unknown).toEqual(["head.fc.weight"]);
  });

  it("refuse tensors of another size", () => {
    const wrong = new Map(tensors).set("backbone.patch_embed.norm.weight", { shape: [9], data: new Float32Array(9) });
    expect(() => importReference(model, initialWeights(model.layout, 2), wrong)).toThrow(/\[9\].*\[8\]/);
  });
});

it("DiTASK's names are those of the official repository", () => {
  const model = buildModel({ backbone: "micro", method: { id: "ditask" }, tasks: [{ id: "depth" }] });
  const names = [...exportReference(model, initialWeights(model.layout, 1)).keys()];
  const block = "backbone.layers.0.blocks.1";
  for (const name of [
    `${block}.attn.qkv.linear.weight`,
    `${block}.attn.qkv.lora_shared_A`,
    `${block}.attn.relative_position_bias_table`,
    `${block}.mlp.fc2.lora_tasks_A.depth`,
    "backbone.layers.0.downsample.reduction.weight",
  ])
    expect(names).toContain(name);
});
