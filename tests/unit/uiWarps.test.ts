import { describe, expect, it } from "vitest";
import type { SiteInfo } from "../../src/contracts/runEvent";
import { flow } from "../../src/core/math/cpab";
import {
  allCurves,
  grid,
  placeOf,
  shortColumn,
  shortRow,
  sitesOf,
  warpedSpectra,
} from "../../src/ui/panels/warps/warpMath";
import { velocity } from "../reference/cpab";

const rows = [
  { stream: "shared" as const, thetaOffset: 3, cells: 8, trained: true },
  { stream: "semseg" as const, thetaOffset: 10, cells: 4, trained: true },
];
const site = (part: string): SiteInfo => ({
  name: "layers.0.blocks.1.attn.qkv",
  part,
  shape: [4, 4],
  sigma: Float32Array.of(4, 2, 1, 0.5),
  reading: "value",
  boundary: "zero",
  rows,
});
const theta = Float32Array.from({ length: 13 }, (_, i) => Math.sin(i + 1));

describe("warps in the page", () => {
  it("are the exact flows of their part of theta", () => {
    const sites = sitesOf([site("q"), site("k"), site("v")]);
    expect(sites).toHaveLength(1);
    const [shared, task] = allCurves(sites, theta).get(sites[0]!.name)!;
    const own = theta.subarray(3, 10);
    const phi = flow(own, grid);
    grid.forEach((x, i) => {
      expect(shared!.displacement[i]).toBeCloseTo(phi[i]! - x, 12);
      expect(shared!.velocity[i]).toBeCloseTo(velocity(own, [x])[0]!, 12);
    });
    expect(shared!.moved).toBe(Math.max(...shared!.displacement.map(Math.abs)));
    expect(task!.cells).toBe(4);
    expect(shared!.moved).toBeGreaterThan(0.01);
  });

  it("rest at theta 0: nothing moved, singular values bit by bit", () => {
    const zero = new Float32Array(13);
    const curves = allCurves(sitesOf([site("")]), zero).get(site("").name)!;
    expect(curves.map(({ moved }) => moved)).toEqual([0, 0]);
    for (const reading of ["value", "index"] as const)
      for (const sigma of warpedSpectra(site(""), zero, reading)) expect([...sigma]).toEqual([4, 2, 1, 0.5]);
  });

  it("bend the values (paper) or the index (released code), each stream by its own theta", () => {
    const [shared, task] = warpedSpectra(site(""), theta, "value");
    const phi = flow(theta.subarray(10, 13), [1, 0.5, 0.25, 0.125]);
    expect([...task!]).toEqual([...phi].map((value) => expect.closeTo(4 * value, 5)));
    expect([...shared!]).not.toEqual([...task!]);
    const index = warpedSpectra(site(""), theta, "index")[1]!;
    expect(index[0]).toBe(4);
    expect(index[3]).toBe(0.5);
  });

  it("have two numbers more where the ends are free, and may outgrow the largest value", () => {
    const free = { ...site(""), boundary: "free" as const, rows: [{ ...rows[0]!, cells: 4 }] };
    const curves = allCurves(sitesOf([free]), theta).get(free.name)![0]!;
    const own = theta.subarray(3, 8);
    const phi = flow(own, grid, { boundary: "free" });
    grid.forEach((x, i) => {
      expect(curves.displacement[i]).toBeCloseTo(phi[i]! - x, 12);
    });
    expect(Math.abs(curves.displacement[0]!)).toBeGreaterThan(0.01);
    expect(warpedSpectra(free, theta, "value")[0]![0]).toBeCloseTo(4 * phi.at(-1)!, 5);
    expect(allCurves(sitesOf([free]), theta.subarray(0, 7)).size).toBe(0);
  });

  it("are left out where theta belongs to another model", () => {
    expect(allCurves(sitesOf([site("")]), new Float32Array(5)).size).toBe(0);
  });
});

describe("the place of a site in the atlas", () => {
  it.each([
    ["layers.0.blocks.1.attn.qkv", "0.1", "qkv"],
    ["blocks.11.mlp.fc1", "11", "fc1"],
    ["patch_embed", "", "patch_embed"],
  ])("%s", (name, row, column) => {
    const place = placeOf(name);
    expect(shortRow(place.row)).toBe(row);
    expect(shortColumn(place.column)).toBe(column);
  });
});
