import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planImport } from "../../src/core/checkpoint/importPlan";
import { backboneOf, describeRecognised, type Recognised, recognise } from "../../src/core/checkpoint/recognise";
import type { Shapes } from "../../src/core/checkpoint/shapes";
import type { Parameter } from "../../src/core/nn/parameters";
import { fixture, plainModel } from "./checkpoints";

const swin = { patch: 4, embed: 8, depths: [2, 1], heads: [1, 2], window: 2, mlpRatio: 4 };
const vit = { patch: 4, width: 16, depths: [1, 1], heads: 1, mlpRatio: 4, registers: 0 };

const expected = [
  ["swin", "swin", "", swin],
  ["swin-timm", "swin-timm", "", swin],
  ["swin-timm-features", "swin-timm-features", "", swin],
  ["swin-hf", "swin-hf", "swin.", swin],
  ["swin-hf-projections", "swin-hf-projections", "swin.", swin],
  ["swin-torchvision", "swin-torchvision", "", swin],
  ["swin-ditask", "swin", "backbone.", swin],
  ["swin-mtlora", "swin", "backbone.", swin],
  ["vit", "vit", "", vit],
  ["vit-distilled", "vit", "", { ...vit, registers: 1 }],
  ["vit-registers", "vit", "", { ...vit, registers: 4 }],
  ["vit-no-class-position", "vit", "", vit],
  ["deit3", "deit3", "", vit],
  ["dinov2", "dinov2", "", { ...vit, registers: 4 }],
  ["vit-hf", "vit-hf", "vit.", vit],
  ["vit-hf-projections", "vit-hf-projections", "vit.", vit],
  ["deit-hf-distilled", "vit-hf", "deit.", { ...vit, registers: 1 }],
  ["dinov2-hf", "dinov2-hf", "", { ...vit, registers: 4 }],
  ["dinov2-hf-projections", "dinov2-hf-projections", "", { ...vit, registers: 4 }],
] as const;

describe("the architecture of a file, by names and shapes", () => {
  it.each(expected)("%s has the names of %s", (name, naming, prefix, settings) => {
    const found = recognise(fixture(name));
    expect([found.naming, found.prefix]).toEqual([naming, prefix]);
    expect(found.architecture.settings).toMatchObject(settings);
    expect(found.imageSize).toBe(16);
  });

  it("is found behind the prefixes of wrapped models", () => {
    const wrapped = new Map([...fixture("swin")].map(([key, tensor]) => [`module.encoder.${key}`, tensor]));
    expect(recognise(wrapped)).toMatchObject({ prefix: "module.encoder.", naming: "swin" });
  });

  it("is told of several backbones in one file", () => {
    const both = ["student", "teacher"].flatMap((name) =>
      [...fixture("vit")].map(([key, tensor]) => [`${name}.${key}`, tensor] as const),
    );
    expect(recognise(new Map(both)).notes.join()).toMatch(/under "student\." is read, not "teacher\."/);
  });

  it("names what shapes leave open, and what is left out", () => {
    expect(recognise(fixture("vit")).assumed.join()).toMatch(/1 attention head: shapes do not tell/);
    expect(recognise(fixture("swin")).assumed).toEqual([]); // its mask tells the image
    expect(recognise(fixture("swin-timm")).assumed.join()).toMatch(/Images of 16 pixels/);
    expect(recognise(fixture("vit")).assumed.join()).toMatch(
      /ImageNet statistics, as for DeiT.*set Input normalization/,
    );
    expect(recognise(fixture("dinov2")).assumed).toHaveLength(1);
    expect(recognise(fixture("vit-distilled")).notes.join()).toMatch(/distillation token becomes a register/);
    expect(recognise(fixture("dinov2")).notes.join()).toMatch(/Layer scales are folded/);
  });

  it("tells the image by a stage whose window, smaller than the others', is its whole map", () => {
    const file: Map<string, { shape: readonly number[] }> = new Map(fixture("swin-timm"));
    file.set("layers.1.blocks.0.attn.relative_position_bias_table", { shape: [1, 2] });
    expect(recognise(file)).toMatchObject({ imageSize: 8, architecture: { settings: { window: 2 } }, assumed: [] });
  });

  it.each([
    ["module.base_encoder.", 12],
    ["module.", 6],
  ] as const)("has 384 channels under %s in %i heads", (prefix, heads) => {
    const wide = (size: number): number => (size % 16 === 0 ? size * 24 : size);
    const grown = [...fixture("vit")].map(([key, { shape }]) => [prefix + key, { shape: shape.map(wide) }] as const);
    const found = recognise(new Map(grown));
    expect(found.architecture.settings).toMatchObject({ width: 384, heads });
    expect(found.assumed.join()).toMatch(/MoCo v3's/);
  });

  it("has the catalogue's name and published sizes where a released model has them", () => {
    const [C, names] = [96, new Map<string, { shape: number[] }>()];
    names.set("patch_embed.proj.weight", { shape: [C, 3, 4, 4] });
    for (const [i, depth] of [2, 2, 6, 2].entries()) {
      const width = C * 2 ** i;
      for (let j = 0; j < depth; j++) {
        const module = (part: string, ...shape: number[]) => names.set(`layers.${i}.blocks.${j}.${part}`, { shape });
        for (const norm of ["norm1", "norm2"]) module(`${norm}.weight`, width);
        module("attn.qkv.weight", 3 * width, width);
        module("attn.proj.weight", width, width);
        module("mlp.fc1.weight", 4 * width, width);
        module("mlp.fc2.weight", width, 4 * width);
        module("attn.relative_position_bias_table", 169, 3 * 2 ** i);
      }
      if (i < 3) names.set(`layers.${i}.downsample.reduction.weight`, { shape: [2 * width, 4 * width] });
    }
    expect(describeRecognised(recognise(names))).toMatchObject({
      label: "Swin-T",
      imageSize: 224,
      settings: { embed: "96", depths: "2, 2, 6, 2", heads: "3, 6, 12, 24", window: "7", patch: "4" },
    });
  });
});

describe("files that are not for this studio", () => {
  const plus = (name: string, key: string, shape: readonly number[] = [1]): Shapes =>
    new Map<string, { shape: readonly number[] }>([...fixture(name), [key, { shape }]]);
  const without = (name: string, gone: string): Shapes => new Map([...fixture(name)].filter(([key]) => key !== gone));

  it.each([
    ["Swin V2", plus("swin", "layers.0.blocks.0.attn.logit_scale")],
    ["SwiGLU", plus("dinov2", "blocks.0.mlp.w12.weight")],
    ["absolute position", plus("swin", "absolute_pos_embed")],
    ["BEiT", plus("vit", "blocks.0.attn.q_bias")],
    ["normalises queries", plus("vit", "blocks.0.attn.q_norm.weight")],
    ["without a class token", without("vit", "cls_token")],
    ["windows of sides 2, 3", plus("swin-timm", "layers.1.blocks.0.attn.relative_position_bias_table", [25, 2])],
    ["PEFT adapter", plus("swin", "base_model.model.layers.0.lora_A.weight")],
  ] as const)("a %s is refused by name", (what, shapes) => {
    expect(() => recognise(shapes)).toThrow(new RegExp(what));
  });

  it("files of no backbone are refused with some of their names", () => {
    expect(() => recognise(new Map([["conv1.weight", { shape: [64, 3, 7, 7] }]]))).toThrow(
      /"conv1\.weight".*Known are/,
    );
    expect(() => recognise(new Map())).toThrow(/0 tensors/);
  });
});

const layouts = new Map<string, readonly Parameter[]>();

/** The parameters that a file should fill; most lies leave the architecture alone, whose model is built once. */
function parametersOf(found: Recognised): readonly Parameter[] {
  const key = JSON.stringify([found.architecture, found.imageSize]);
  const known = layouts.get(key) ?? plainModel(backboneOf(found, "file")).layout.parameters;
  layouts.set(key, known);
  return known;
}

/** Reads a file's list as opening it does: whatever it says, an answer or an error of ours. */
function look(shapes: Shapes): "read" | "refused" {
  try {
    const found = recognise(shapes);
    describeRecognised(found);
    const { report } = planImport(parametersOf(found), found, shapes);
    return report.missing.length + report.mismatched.length > 0 ? "refused" : "read";
  } catch (error) {
    expect((error as Error).constructor).toBe(Error);
    expect((error as Error).message.length).toBeGreaterThan(20);
    return "refused";
  }
}

describe("lists of tensors that lie", () => {
  const files = expected.map(([name]) => [...fixture(name)].map(([key, { shape }]) => ({ key, shape })));
  const size = fc.constantFrom(0, 1, 2, 3, 5, 7, 64, 1e6, 2 ** 31, 2 ** 53, 2 ** 60, -1, 0.5, Number.NaN);
  const change = fc.oneof(
    fc.record({ kind: fc.constant("drop" as const) }),
    fc.record({ kind: fc.constant("rename" as const), to: fc.string({ maxLength: 12 }) }),
    fc.record({ kind: fc.constant("resize" as const), axis: fc.nat(3), size }),
    fc.record({ kind: fc.constant("reshape" as const), shape: fc.array(size, { maxLength: 5 }) }),
  );
  const lie = fc.record({
    file: fc.nat(files.length - 1),
    changes: fc.array(fc.tuple(fc.nat(200), change), { minLength: 1, maxLength: 4 }),
  });

  it("give an answer or a named error, 2,000 times", () => {
    const outcomes = { read: 0, refused: 0 };
    fc.assert(
      fc.property(lie, ({ file, changes }) => {
        const entries = files[file]!.map((entry) => ({ ...entry }));
        for (const [at, edit] of changes) {
          const entry = entries[at % entries.length]!;
          if (edit.kind === "drop") entry.key = `dropped.${at}`;
          if (edit.kind === "rename") entry.key = edit.to;
          if (edit.kind === "resize")
            entry.shape = entry.shape.map((d, i) => (i === edit.axis % entry.shape.length ? edit.size : d));
          if (edit.kind === "reshape") entry.shape = edit.shape;
        }
        outcomes[look(new Map(entries.map(({ key, shape }) => [key, { shape }])))]++;
      }),
      { numRuns: 2000, seed: 11 },
    );
    expect(outcomes.read).toBeGreaterThan(50);
    expect(outcomes.refused).toBeGreaterThan(500);
  });
});
