import { describe, expect, it } from "vitest";
import { backbones } from "../../src/core/backbones/registry";
import { sizeOf } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { evaluateGraph, inputs, outputs } from "../../src/core/model/graphs";
import { buildModel, type ModelSpec } from "../../src/core/model/model";
import { PARAMETERS } from "../../src/core/nn/forward";
import { initialWeights } from "../../src/core/nn/weights";
import { normals } from "../reference/data";
import { evaluate } from "../reference/evaluate";
import { relativeError } from "../reference/executors";
import { type VitShape, vitTokens } from "../reference/vit";

const tasks: ModelSpec["tasks"] = [{ id: "depth" }, { id: "sal" }];
const build = (spec: Partial<ModelSpec> = {}) =>
  buildModel({ backbone: "micro-vit", method: { id: "full" }, tasks, ...spec });

/** A model whose numbers are all far from their start, so that no term of the formulas hides behind another. */
function disturbed(spec: Partial<ModelSpec>) {
  const model = build(spec);
  const weights = initialWeights(model.layout, 3);
  for (const { name } of model.layout.parameters) {
    const draw = random(5, "vit", name);
    weights.set(
      name,
      weights.get(name).map((x) => x + 0.3 * draw.normal()),
    );
  }
  return { model, weights };
}

const shape: VitShape = { side: 4, patch: 8, width: 16, heads: 2, blocks: 4 };
const BATCH = 2;

function features({ model, weights }: ReturnType<typeof disturbed>, image: Float32Array) {
  const graph = evaluateGraph(model, weights, { batch: BATCH, features: true });
  const states = new Map([[PARAMETERS, weights.trainable], ...weights.statistics]);
  return evaluate(graph, { [inputs.image]: image }, states).outputs;
}

describe("a plain vision transformer", () => {
  const image = normals([BATCH, 32, 32, 3], "vit image");

  it("computes what the papers' formulas say, image by image", () => {
    const ready = disturbed({});
    const got = features(ready, image);
    for (let i = 0; i < BATCH; i++) {
      const tokens = vitTokens(ready.weights, shape, image.subarray(i * 3072, (i + 1) * 3072));
      for (const [stage, block] of [1, 3].entries()) {
        const map = Float64Array.from(tokens[block]!.slice(1).flatMap((row) => Array.from(row)));
        const own = got[outputs.sharedFeature(stage)]!.subarray(i * map.length, (i + 1) * map.length);
        expect(relativeError(own, map)).toBeLessThan(1e-9);
      }
    }
  });

  it.each(["shallow", "deep"] as const)("has %s prompts behind its class token", (depth) => {
    const ready = disturbed({ method: { id: "vpt", settings: { depth, tokens: 3 } } });
    const own = (block: number) =>
      ready.weights.has(`backbone.blocks.${block}.prompts`)
        ? [0, 1, 2].map((p) =>
            Float64Array.from(ready.weights.get(`backbone.blocks.${block}.prompts`).slice(p * 16, p * 16 + 16)),
          )
        : undefined;
    expect([0, 1, 2, 3].map((block) => own(block) !== undefined)).toEqual(
      depth === "deep" ? [true, true, true, true] : [true, false, false, false],
    );
    const tokens = vitTokens(ready.weights, shape, image.subarray(0, 3072), own);
    const got = features(ready, image);
    for (const [stage, block] of [1, 3].entries()) {
      const map = Float64Array.from(tokens[block]!.slice(4).flatMap((row) => Array.from(row)));
      expect(relativeError(got[outputs.sharedFeature(stage)]!.subarray(0, map.length), map)).toBeLessThan(1e-9);
    }
  });

  it("has registers behind its class token, without a place of their own", () => {
    const ready = disturbed({ backboneSettings: { registers: 3 } });
    const rows = [0, 1, 2].map((r) =>
      Float64Array.from(ready.weights.get("backbone.register_tokens").slice(r * 16, r * 16 + 16)),
    );
    const tokens = vitTokens(ready.weights, shape, image.subarray(0, 3072), (block) =>
      block === 0 ? rows : undefined,
    );
    const got = features(ready, image);
    for (const [stage, block] of [1, 3].entries()) {
      const map = Float64Array.from(tokens[block]!.slice(4).flatMap((row) => Array.from(row)));
      expect(relativeError(got[outputs.sharedFeature(stage)]!.subarray(0, map.length), map)).toBeLessThan(1e-9);
    }
  });

  it("lets task streams leave from the last block before each map, and no shared one that reaches nothing", () => {
    const { sites, features } = build({ method: { id: "ditask" } }).backbone;
    const parted = sites.filter((site) => site.output.tasks.length > 0);
    expect(parted.map(({ name }) => name)).toEqual(
      [1, 3].flatMap((block) => ["attn.proj", "mlp.fc1", "mlp.fc2"].map((site) => `backbone.blocks.${block}.${site}`)),
    );
    expect(parted.map(({ stage, block }) => [stage, block])).toEqual([
      ...Array(3).fill([0, 1]),
      ...Array(3).fill([1, 1]),
    ]);
    expect(features.map(({ streams, side }) => [streams.shared, side])).toEqual([
      [true, 4],
      [false, 4],
    ]);
  });

  // The totals that the models' authors and timm print, with the final norm and the classifier of 1,000 classes that are not here.
  it.each([
    ["deit-tiny", 192, 5_717_416],
    ["deit-small", 384, 22_050_664],
    ["deit-base", 768, 86_567_656],
  ] as const)("%s has the published size", (id, width, published) => {
    const own = build({ backbone: id }).layout.parameters.filter(({ name }) => name.startsWith("backbone."));
    const count = own.reduce((n, p) => n + sizeOf(p.shape), 0);
    const block = 12 * width ** 2 + 13 * width;
    expect(count).toBe(12 * block + (768 + 1) * width + width + 197 * width);
    expect(count + 2 * width + 1000 * (width + 1)).toBe(published);
  });

  it("names and groups its parameters as released ones are", () => {
    const { parameters } = build({ backbone: "deit-tiny" }).layout;
    const of = (name: string) => parameters.find((p) => p.name === `backbone.${name}`)!;
    const block = ["norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"];
    for (const name of [...block.map((part) => `blocks.11.${part}`), "patch_embed.proj"])
      expect([of(`${name}.weight`), of(`${name}.bias`)].every((p) => p !== undefined)).toBe(true);
    expect([of("cls_token"), of("pos_embed")].map(({ shape, group }) => [shape, group])).toEqual([
      [[1, 1, 192], "position_bias"],
      [[1, 197, 192], "position_bias"],
    ]);
    expect(of("blocks.0.norm1.weight").group).toBe("norm");
    expect(of("patch_embed.proj.weight").group).toBe("patch_embed");
  });

  it("refuses by name what does not fit", () => {
    expect(() => build({ imageSize: 36 })).toThrow(/input\.imageSize is 36.*Choose a multiple of 8/);
    expect(() => build({ backboneSettings: { heads: 3 } })).toThrow(/16 channels, which 3 heads do not divide/);
    expect(() => build({ backboneSettings: { window: 4 } })).toThrow(
      /Micro ViT .* has no setting "window"; it has: patch/,
    );
  });

  it("is in the catalogue in three sizes, and once for tests", () => {
    const found = Object.values(backbones).filter(({ family }) => family === "vit");
    expect(found.map(({ id }) => id)).toEqual(["micro-vit", "deit-tiny", "deit-small", "deit-base"]);
  });
});
