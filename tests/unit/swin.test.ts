import { describe, expect, it } from "vitest";
import { positionBiasIndex, relativePositionIndex } from "../../src/core/backbones/swinBlock";
import { buildModel, type ModelSpec } from "../../src/core/model/model";

const build = (spec: Partial<ModelSpec>) =>
  buildModel({ backbone: "swin-t", method: { id: "ditask" }, tasks: [{ id: "depth" }, { id: "edge" }], ...spec });

describe("the relative position index", () => {
  it.each([1, 2, 4, 7])("is central on the diagonal and mirrors when query and key change places (window %i)", (m) => {
    const index = relativePositionIndex(m);
    const area = m * m;
    const rows = (2 * m - 1) ** 2;
    for (let q = 0; q < area; q++)
      for (let k = 0; k < area; k++) expect(index[q * area + k]! + index[k * area + q]!).toBe(rows - 1);
    expect(new Set(index).size).toBe(rows);
  });

  it("counts rows before columns: the query one row below its key is 2M - 1 further on", () => {
    const index = relativePositionIndex(3);
    const centre = 12;
    expect(index[0]).toBe(centre);
    expect(index[3 * 9]).toBe(centre + 5);
    expect(index[1 * 9]).toBe(centre + 1);
  });

  it("reads each head's column of the table", () => {
    const rows = relativePositionIndex(2);
    const index = positionBiasIndex(2, 3);
    expect(index.length).toBe(3 * 16);
    rows.forEach((row, i) => {
      expect([index[i], index[16 + i], index[32 + i]]).toEqual([3 * row, 3 * row + 1, 3 * row + 2]);
    });
  });
});

describe("Swin", () => {
  it("lets task streams leave from the last block of each stage, and no shared one that reaches nothing", () => {
    const { sites, features } = build({}).backbone;
    expect(sites.filter(({ kind }) => kind !== "reduction").length).toBe(4 * 12);
    expect(sites.filter(({ kind }) => kind === "reduction").length).toBe(3);
    const split = sites.filter((site) => site.output.tasks.length > 0);
    expect(split.map(({ stage, block, kind }) => `${stage}.${block}.${kind}`)).toEqual(
      [0, 1, 2, 3].flatMap((stage) => ["proj", "fc1", "fc2"].map((kind) => `${stage}.${stage === 2 ? 5 : 1}.${kind}`)),
    );
    expect(features.map(({ streams }) => streams.shared)).toEqual([true, true, true, false]);
  });

  it("has maps after merging, or before it by request", () => {
    const maps = (featuresBeforeMerging: boolean) =>
      build({ backboneSettings: { featuresBeforeMerging } }).backbone.features.map(({ side, channels }) => [
        side,
        channels,
      ]);
    expect(maps(false)).toEqual([
      [28, 192],
      [14, 384],
      [7, 768],
      [7, 768],
    ]);
    expect(maps(true)).toEqual([
      [56, 96],
      [28, 192],
      [14, 384],
      [7, 768],
    ]);
  });

  it("shrinks the window to the map, table included", () => {
    const { layout } = build({ imageSize: 64, backboneSettings: { window: 4 } });
    const tables = layout.parameters.filter((p) => p.group === "position_bias").map((p) => p.shape[0]);
    expect(tables).toEqual([...Array(10).fill(49), 9, 9]);
  });

  it("says which image sizes would fit", () => {
    expect(() => build({ imageSize: 200 })).toThrow(/200 pixels .* Choose a multiple of 224/);
  });

  it("names the sizes next to one that does not fit, those with smaller last windows too", () => {
    const micro = (imageSize: number) => () => build({ backbone: "embedded", imageSize });
    expect(micro(96)).toThrow(/input\.imageSize is 96: .* stage 3 a map of side 6, .* nearest that fit: 64, 128\./);
    expect(micro(64)).not.toThrow();
    expect(micro(128)).not.toThrow();
    expect(micro(10)).toThrow(/nearest that fit: 32\./);
  });

  it("refuses windows larger than the first map, and shrinks them on later ones", () => {
    const micro = (window: number) => build({ backbone: "micro", backboneSettings: { window } });
    expect(() => micro(9)).toThrow(/input\.window is 9, .* map of side 8; allowed: 1 to 8/);
    const tables = micro(8).layout.parameters.filter((p) => p.group === "position_bias");
    expect(tables.map(({ shape }) => shape[0])).toEqual([225, 225, 49, 49]);
  });

  it("says when heads do not divide the channels", () => {
    expect(() => build({ backboneSettings: { heads: [5, 6, 12, 24] } })).toThrow(/Stage 0 has 96 channels/);
  });
});
