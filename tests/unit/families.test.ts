import { describe, expect, it } from "vitest";
import { backbones } from "../../src/core/backbones/registry";
import { families, familyOf, namingOf, namings } from "../../src/core/checkpoint/families/registry";
import { planNames, pretrained } from "../../src/core/checkpoint/importPlan";
import { buildModel } from "../../src/core/model/model";

describe.each(Object.values(backbones))("the backbone $id", ({ id, family: familyId, settings }) => {
  const family = familyOf(familyId);

  it("is told from others by settings that it has, and is exported under names of its family", () => {
    for (const key of family.sizes) expect(settings).toHaveProperty(key);
    expect(family.tables.map((table) => table.id)).toContain(family.original(settings));
    expect(family.describe(settings)).toContain(family.label);
  });

  it("has a name for every pretrained parameter in each of its tables", () => {
    const { parameters } = buildModel({
      backbone: id as "micro",
      method: { id: "full" },
      tasks: [{ id: "sal" }],
    }).layout;
    const wanted = pretrained(parameters).map(({ name }) => name);
    for (const { id: naming } of family.tables) {
      const { tensors } = planNames(parameters, naming);
      expect(tensors.map(({ ours }) => ours)).toEqual(wanted);
      expect(new Set(tensors.flatMap(({ keys }) => keys)).size).toBe(tensors.flatMap(({ keys }) => keys).length);
    }
  });
});

it("every naming has an id of its own; an unknown one, or an unknown family, is refused with those that exist", () => {
  expect(new Set(namings.map(({ table }) => table.id)).size).toBe(namings.length);
  expect(() => namingOf("caffe")).toThrow(/"caffe" is no naming of weights; known: swin, /);
  expect(() => familyOf("resnet")).toThrow(
    `Backbones of the family "resnet" have no names in files; known: ${families.map(({ id }) => id).join(", ")}.`,
  );
});
