import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { exportWeights } from "../../src/core/checkpoint/exportWeights";
import { namings } from "../../src/core/checkpoint/families/registry";
import { planImport, planNames, pretrained } from "../../src/core/checkpoint/importPlan";
import { importWeights } from "../../src/core/checkpoint/importWeights";
import { fitPositions } from "../../src/core/checkpoint/positions";
import { backboneOf, recognise } from "../../src/core/checkpoint/recognise";
import type { ModelSpec } from "../../src/core/model/model";
import { decomposeSites } from "../../src/core/model/spectra";
import { initialWeights, Weights } from "../../src/core/nn/weights";
import { originalNaming } from "../../src/runtime/run/prepare/naming";
import { fixture, type Held, held, plainModel } from "./checkpoints";

async function imported(file: ReadonlyMap<string, Held>, changes: Partial<ModelSpec> = {}) {
  const recognised = recognise(file);
  const model = plainModel(backboneOf(recognised, "file"), changes);
  const weights = initialWeights(model.layout, 7);
  const report = await importWeights(weights, recognised, file);
  const names = planNames(model.layout.parameters, recognised.naming, recognised.prefix, file);
  return { model, weights, report, names, recognised };
}

const numbers = ({ model, weights }: Awaited<ReturnType<typeof imported>>) =>
  Object.fromEntries(pretrained(model.layout.parameters).map(({ name }) => [name, weights.get(name)]));

const swins = [
  "swin",
  "swin-timm",
  "swin-timm-features",
  "swin-hf",
  "swin-hf-projections",
  "swin-torchvision",
  "swin-ditask",
  "swin-mtlora",
];
const scaled = ["deit3", "dinov2", "dinov2-hf", "dinov2-hf-projections"];
const extended = ["vit-distilled", "deit-hf-distilled", "vit-registers"];
const vits = ["vit", "vit-no-class-position", "vit-hf", "vit-hf-projections", ...extended, ...scaled];
const exact = [...swins, "vit", "vit-hf", "vit-hf-projections", "vit-no-class-position"];

describe("weights under the names of other programs", () => {
  it("every naming has a fixture", () => {
    const found = [...swins, ...vits].map((name) => recognise(fixture(name)).naming);
    expect(new Set(found)).toEqual(new Set(namings.map(({ table }) => table.id)));
  });

  it("come in as the file has them", async () => {
    const file = fixture("swin");
    const { weights } = await imported(file);
    for (const [key, { data }] of file) {
      const own = `backbone.${key}`;
      if (weights.has(own) && key !== "patch_embed.proj.weight") expect(weights.get(own), key).toEqual(data);
    }
    const [there, here] = [file.get("patch_embed.proj.weight")!.data, weights.get("backbone.patch_embed.proj.weight")];
    for (let c = 0; c < 8; c++)
      for (let colour = 0; colour < 3; colour++)
        for (let pixel = 0; pixel < 16; pixel++)
          expect(here[c * 48 + pixel * 3 + colour]).toBe(there[c * 48 + colour * 16 + pixel]);
  });

  it.each(swins)("%s comes to the same numbers as the original names", async (name) => {
    const [own, original] = [await imported(fixture(name)), await imported(fixture("swin"))];
    expect(numbers(own)).toEqual(numbers(original));
    expect(own.report).toMatchObject({ missing: [], unexpected: [], mismatched: [] });
    expect(own.report.matched).toBe(Object.keys(numbers(original)).length);
  });

  it.each(vits)("%s comes to the same numbers as the original names", async (name) => {
    const [own, original] = [await imported(fixture(name)), await imported(fixture("vit"))];
    const reference = numbers(original);
    for (const [key, values] of Object.entries(numbers(own))) {
      if (key === "backbone.register_tokens" || (scaled.includes(name) && /attn\.proj|mlp\.fc2/.test(key))) continue;
      if (["deit3", "vit-no-class-position"].includes(name) && key === "backbone.pos_embed") {
        expect(values.subarray(16)).toEqual(reference[key]!.subarray(16));
        expect(values.subarray(0, 16)).toEqual(new Float32Array(16));
      } else expect(values, key).toEqual(reference[key]);
    }
    expect(own.report).toMatchObject({ missing: [], unexpected: [], mismatched: [] });
  });

  const lastScale = {
    deit3: "blocks.1.gamma_2",
    dinov2: "blocks.1.ls2.gamma",
    "dinov2-hf": "encoder.layer.1.layer_scale2.lambda1",
    "dinov2-hf-projections": "encoder.layer.1.layer_scale2.lambda1",
  };
  it.each(Object.entries(lastScale))("%s has its layer scales folded into the rows before them", async (name, key) => {
    const file = fixture(name);
    const own = await imported(file);
    const scale = file.get(key)!.data;
    for (const [part, width] of [
      ["weight", 64],
      ["bias", 1],
    ] as const) {
      const there = file.get(`${name.includes("hf") ? "encoder.layer" : "blocks"}.1.mlp.fc2.${part}`)!.data;
      const expected = there.map((value, i) => Math.fround(value * scale[Math.floor(i / width)]!));
      expect(own.weights.get(`backbone.blocks.1.mlp.fc2.${part}`)).toEqual(expected);
    }
    expect(own.weights.has("backbone.register_tokens")).toBe(name !== "deit3");
  });

  it.each([
    ["vit-distilled", "dist_token", "pos_embed", 1],
    ["deit-hf-distilled", "deit.embeddings.distillation_token", "deit.embeddings.position_embeddings", 1],
    ["vit-registers", "reg_token", "pos_embed", 4],
  ] as const)("%s has %s as registers, each with its position added", async (name, token, positions, count) => {
    const file = fixture(name);
    const own = await imported(file);
    const places = file.get(positions)!.data.subarray(16);
    const expected = file.get(token)!.data.map((value, i) => Math.fround(value + places[i]!));
    expect(own.weights.shape("backbone.register_tokens")).toEqual([1, count, 16]);
    expect(own.weights.get("backbone.register_tokens")).toEqual(expected);
    expect(own.report.converted.map(({ what }) => what)).toContain(
      "Tokens behind the class token with their positions added",
    );
  });

  it("come in, and go out, in chunks of blocks as DINOv2's training saves them", async () => {
    const inChunk = (key: string): string => `teacher.backbone.${key.replace(/^blocks\.(\d)/, "blocks.$1.$1")}`;
    const file = new Map([...fixture("dinov2")].map(([key, tensor]) => [inChunk(key), tensor]));
    expect(file.has("teacher.backbone.blocks.1.1.ls2.gamma")).toBe(true);
    const [own, original] = [await imported(file), await imported(fixture("dinov2"))];
    expect(numbers(own)).toEqual(numbers(original));
    expect(own.report).toMatchObject({ missing: [], unexpected: [], matched: original.report.matched });
    const written = exportWeights(own.model, own.weights, own.names);
    for (const key of written.keys()) expect(file.has(key), key).toBe(true);
  });

  it.each(exact)("%s goes out bit for bit as it came in", async (name) => {
    const file = fixture(name);
    const own = await imported(file);
    const written = exportWeights(own.model, own.weights, own.names);
    const { report } = own;
    expect(written.size + report.buffers + report.setAside.reduce((n, { names }) => n + names.length, 0)).toBe(
      file.size,
    );
    for (const [key, { shape, data }] of written)
      expect({ shape, data }, key).toEqual({ shape: file.get(key)!.shape, data: file.get(key)!.data });
  });

  it.each([...scaled, ...extended])("%s comes to the same model again after going out", async (name) => {
    const own = await imported(fixture(name));
    const written = exportWeights(own.model, own.weights, own.names);
    for (const [key, { shape }] of written) expect(shape, key).toEqual(fixture(name).get(key)!.shape);
    const again = await imported(new Map([...written].map(([key, { shape, data }]) => [key, held(shape, data)])));
    expect(numbers(again)).toEqual(numbers(own));
  });

  it("say what was set aside, converted and rebuilt", async () => {
    const { report } = await imported(fixture("swin-mtlora"));
    expect(report.setAside.map(({ what, names }) => [what, names.length])).toEqual([
      ["Decoders of a trained model", 3],
      ["What a method added to a trained model", 48],
    ]);
    expect(report.buffers).toBe(4);
    expect(report.converted.map(({ what, names }) => [what, names])).toEqual([
      ["Patch kernels laid out pixel by pixel", ["backbone.patch_embed.proj.weight"]],
    ]);
    const hf = await imported(fixture("swin-hf"));
    expect(hf.report.converted[0]).toMatchObject({ what: "Queries, keys and values joined into one weight" });
    expect(hf.report.converted[0]!.names).toHaveLength(6);
  });
});

describe("weights made for another size", () => {
  it("have their tables resized where the windows differ, and nothing else", async () => {
    const file = fixture("swin-timm");
    const own = await imported(file, { backboneSettings: { window: 4 }, imageSize: 32 });
    const name = "layers.0.blocks.1.attn.relative_position_bias_table";
    expect(own.weights.get(`backbone.${name}`)).toEqual(fitPositions(name, file.get(name)!.data, [9, 1], [49, 1]));
    const resized = own.report.converted.find(({ what }) => what.startsWith("Positions resized"));
    expect(resized!.names).toHaveLength(3);
  });

  it.each(["vit", "vit-distilled", "vit-no-class-position"])("%s has its grid of positions resized", async (name) => {
    const file = fixture(name);
    const own = await imported(file, { imageSize: 24 });
    const grid = file.get("pos_embed")!.data.slice(-16 * 16);
    const padded = Float32Array.of(...new Float32Array(16), ...grid);
    const expected = fitPositions("pos_embed", padded, [1, 17, 16], [1, 37, 16]);
    expect(own.weights.get("backbone.pos_embed").slice(16)).toEqual(Float32Array.from(expected).slice(16));
  });

  const { cases } = JSON.parse(readFileSync("tests/fixtures/checkpoints/bicubic.json", "utf8")) as {
    cases: { before: number; after: number; channels: number; leading: number; values: number[]; resized: number[] }[];
  };
  it.each(cases)(
    "agree with PyTorch from side $before to $after",
    ({ before, after, channels, leading, values, resized }) => {
      const shape = (side: number) => (leading ? [1, 1 + side ** 2, channels] : [side ** 2, channels]);
      const name = leading ? "pos_embed" : "x.relative_position_bias_table";
      const own = fitPositions(name, values, shape(before), shape(after));
      expect(own.length).toBe(resized.length);
      for (let i = 0; i < own.length; i++) expect(Math.abs(own[i]! - resized[i]!)).toBeLessThan(2e-6);
    },
  );
});

describe("files that do not fit", () => {
  const changed = (name: string, edit: (file: Map<string, Held>) => void) => {
    const file = fixture(name);
    edit(file);
    return file;
  };
  const key = "layers.1.blocks.0.mlp.fc2.weight";

  it.each([
    [
      "a missing parameter",
      (f: Map<string, Held>) => f.delete(key),
      /lacks backbone\.layers\.1\.blocks\.0\.mlp\.fc2\.weight/,
    ],
    [
      "another shape",
      (f: Map<string, Held>) => f.set(key, held([64, 16], new Float32Array(1024))),
      /mlp\.fc2\.weight is \[64,16\] in the file, but this model needs \[16,64\]/,
    ],
    [
      "a number that is none",
      (f: Map<string, Held>) => f.set(key, held([16, 64], new Float32Array(1024).fill(Number.NaN, 5))),
      /mlp\.fc2\.weight" holds NaN at place 5/,
    ],
    [
      "fewer numbers than its shape asks for",
      (f: Map<string, Held>) => f.set(key, held([16, 64], new Float32Array(10))),
      /has 10 numbers in the file; its shape asks for 1024/,
    ],
    [
      "whole numbers in place of weights",
      (f: Map<string, Held>) => f.set(key, { ...held([16, 64], new Float32Array(1024)), dtype: "I8" }),
      /mlp\.fc2\.weight is \[16,64\] of whole numbers \(I8\) in the file/,
    ],
  ] as const)("are refused for %s", async (_what, edit, message) => {
    await expect(imported(changed("swin", edit))).rejects.toThrow(message);
  });

  it("are refused before anything is replaced", async () => {
    const file = changed("swin", (f) => f.delete(key));
    const recognised = recognise(file);
    const weights = new Weights(plainModel(backboneOf(recognised, "file")).layout);
    await importWeights(weights, recognised, file).catch(() => {});
    expect(weights.names.every((name) => weights.get(name).every((value) => value === 0))).toBe(true);
  });

  it.each([
    ["swin-hf", "swin.embeddings.position_embeddings", [1, 17, 8]],
    ["swin-timm", "layers.1.blocks.0.attn.gate.weight", [16, 16]],
    ["vit", "blocks.1.attn1.qkv.weight", [48, 16]],
    ["deit3", "blocks.0.gamma_1_1", [16]],
    ["vit-hf", "vit.encoder.layer.0.lambda_1", [16]],
    ["swin-ditask", "backbone.layers.0.blocks.0.adapter.down.weight", [4, 8]],
  ] as const)("are refused where the backbone of %s has a module of its own, %s", async (name, key, shape) => {
    const size = shape.reduce<number>((n, d) => n * d, 1);
    const file = changed(name, (f) => f.set(key, held(shape, new Float32Array(size))));
    await expect(imported(file)).rejects.toThrow(`The file's backbone has ${key}, for which`);
  });

  it("list what the model has no place for", () => {
    const file = changed("swin", (f) => f.set("neck.weight", held([1], new Float32Array(1))));
    const recognised = recognise(file);
    const { report } = planImport(plainModel(backboneOf(recognised, "file")).layout.parameters, recognised, file);
    expect(report.unexpected).toEqual(["neck.weight"]);
  });
});

describe("names of the first release", () => {
  it.each([
    ["swin-hf", "swin", "layers.0.blocks.0.attn.qkv.weight"],
    ["vit-hf", "vit", "blocks.0.attn.qkv.weight"],
    ["deit-hf-distilled", "dinov2", "register_tokens"],
    ["vit-registers", "dinov2", "register_tokens"],
  ] as const)("are for %s those of %s, with %s", async (name, naming, key) => {
    const { model, weights } = await imported(fixture(name));
    expect(originalNaming(model)).toBe(naming);
    const written = exportWeights(model, weights, planNames(model.layout.parameters, naming));
    expect(written.has(key)).toBe(true);
    expect(written.size).toBe(pretrained(model.layout.parameters).length);
  });
});

describe("merged weights under the file's names", () => {
  it("hold what the method learned, stream by stream", async () => {
    const own = await imported(fixture("swin-hf"), {
      method: { id: "ditask", settings: { sharedCells: 4, taskCells: 4 } } as never,
    });
    decomposeSites(own.model, own.weights);
    for (const { name, group } of own.model.layout.parameters) if (group === "theta") own.weights.get(name).fill(0.3);
    const site = own.model.backbone.sites.find(({ kind }) => kind === "qkv")!;
    const merged = own.model.method.merged(own.weights, site, "shared")!;
    const written = exportWeights(own.model, own.weights, own.names, "shared");
    const attention = "swin.encoder.layers.0.blocks.0.attention.self";
    const rows = ["query", "key", "value"].flatMap((part) => [...written.get(`${attention}.${part}.weight`)!.data]);
    expect(Float32Array.from(rows)).toEqual(merged.weight);
    expect(rows).not.toEqual([...own.weights.get(`${site.name}.weight`)]);
  });

  it("are refused by the site's name where a method is no linear map", async () => {
    const own = await imported(fixture("swin"), { method: { id: "vpt" } });
    expect(() => exportWeights(own.model, own.weights, own.names, "shared")).toThrow(
      /stage 1, block 1, qkv cannot be merged/,
    );
  });
});
