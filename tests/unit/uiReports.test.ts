import { describe, expect, it } from "vitest";
import type { LayerUpdate } from "../../src/contracts/updateAnalysis";
import { stepAxis } from "../../src/core/math/axis";
import { foldDiagnosis, noDiagnosis } from "../../src/store/diagnosisSlice";
import { foldStepComparison } from "../../src/store/stepComparisonSlice";
import { spreadApart } from "../../src/ui/charts/spreadApart";
import { reportText, verdict } from "../../src/ui/panels/check/report";
import { analysisMeasures, gridOf, placeOf } from "../../src/ui/panels/updates/measures";
import { formatError, formatMetric } from "../../src/ui/parts/format";
import { fakeCases, fakeComparison } from "../e2e/fakeReports";

describe("labels at the ends of curves", () => {
  it("stay where they are wanted when they are far apart", () => {
    expect(spreadApart([40, 10, 80], 14, 0, 100)).toEqual([40, 10, 80]);
  });

  it("keep their order, their distance and the drawing area", () => {
    for (const wanted of [
      [50, 50, 50],
      [0, 1, 2, 3],
      [98, 99, 100],
      [100, 0, 50, 51, 52, 99],
    ]) {
      const places = spreadApart(wanted, 14, 0, 100);
      const sorted = [...places].sort((a, b) => a - b);
      expect(sorted[0]).toBeGreaterThanOrEqual(0);
      expect(sorted.at(-1)).toBeLessThanOrEqual(100);
      for (let i = 1; i < sorted.length; i++) expect(sorted[i]! - sorted[i - 1]!).toBeGreaterThanOrEqual(14);
      for (const [i, a] of wanted.entries())
        for (const [j, b] of wanted.entries()) if (a < b) expect(places[i]!).toBeLessThan(places[j]!);
    }
  });
});

describe("the axis of steps", () => {
  it("ends a little beyond the last step seen, and never beyond the run", () => {
    for (let last = 20; last < 3000; last += 7) {
      const [from, end] = stepAxis(last, 100_000).domain;
      expect(from).toBe(0);
      expect(end).toBeGreaterThan(last);
      expect(end).toBeLessThanOrEqual(1.3 * last);
      expect(stepAxis(last, last + 1).domain[1]).toBeLessThanOrEqual(last + 1);
    }
    expect(stepAxis(Number.NaN, 5).domain).toEqual([0, 5]);
  });
});

describe("a check of a device", () => {
  const told = foldDiagnosis(noDiagnosis, { type: "diagnosis", device: "a GPU", total: 5, cases: fakeCases });

  it("counts what passed and what failed", () => {
    expect(verdict(fakeCases)).toBe("3 passed, 2 failed");
    expect(told.running).toBe(false);
  });

  it("reports every quantity, problem and note, and the machine", () => {
    const text = reportText(told, [["browser", "Example 1.0"]]);
    expect(text).toContain("device: a GPU\nbrowser: Example 1.0");
    for (const report of fakeCases) {
      expect(text).toContain(`${report.passed ? "pass" : "FAIL"}  ${report.name}`);
      for (const line of [...report.problems, ...report.notes, ...report.quantities.map(({ at }) => at)])
        expect(text).toContain(line);
    }
    expect(text.trimEnd().endsWith("3 passed, 2 failed")).toBe(true);
  });

  it("that ends early says why and how many cases are missing", () => {
    const begun = { ...told, cases: fakeCases.slice(0, 2), running: true };
    const failed = foldDiagnosis(begun, {
      type: "failed",
      message: "The GPU was lost.",
      detail: "",
      recoverable: true,
    });
    expect(failed.running).toBe(false);
    expect(reportText(failed, [])).toContain("3 of 5 cases were not computed. The GPU was lost.");
  });

  it("has the comparison of a step beside it, or alone, and says why one ended early", () => {
    const both = reportText(told, [], fakeComparison(3));
    expect(both).toContain(
      "FAIL  layerNorm: error 0.0042, allowed 2.0e−5, 12 compared, largest at backbone.stage0.block1",
    );
    expect(both).toContain("2 operations passed, 1 failed\n");
    expect(both.trimEnd().endsWith("3 passed, 2 failed")).toBe(true);
    const refused = foldStepComparison(fakeComparison(2), {
      type: "failed",
      message: "The GPU was lost.",
      detail: "",
      recoverable: true,
      of: "compare-step",
    });
    expect(refused?.finished).toBe(true);
    const alone = reportText(noDiagnosis, [["browser", "Example 1.0"]], refused);
    expect(alone).toContain("1 of 3 nodes were not compared. The GPU was lost.");
    expect(alone.trimEnd().endsWith("1 operations passed, 1 failed")).toBe(true);
  });

  it("shows errors with two digits", () => {
    expect([0, 0.0123, 1.26e-7, Number.NaN, Infinity].map(formatError)).toEqual(["0", "0.012", "1.3e−7", "NaN", "∞"]);
  });
});

describe("the map of updates", () => {
  const update = (site: string, part: string, relativeUpdate: number, stream = "shared"): LayerUpdate => ({
    site,
    part,
    stream,
    shape: [8, 4],
    rank: 4,
    fullRank: 4,
    effectiveRank: 2,
    spectralNormChange: -0.1,
    frobeniusNormChange: 0.1,
    relativeUpdate,
    leading: 2,
    leftAngle: 3,
    rightAngle: 5,
  });

  it("has blocks as rows and matrices with their parts as columns", () => {
    expect(placeOf({ site: "layers.2.blocks.1.attn.qkv", part: "k" })).toEqual({ row: "2.1", column: "qkv k" });
    expect(placeOf({ site: "backbone.layers.0.blocks.0.mlp.fc1", part: "" })).toEqual({ row: "0.0", column: "fc1" });
    const merging = placeOf({ site: "layers.0.downsample.reduction", part: "" });
    expect(merging).toEqual({ row: "0 downsample", column: "reduction" });
    expect(placeOf({ site: "patch_embed.proj", part: "" })).toEqual({ row: "patch_embed", column: "proj" });
    expect(placeOf({ site: "head", part: "" })).toEqual({ row: "head", column: "head" });
  });

  it("shows one stream, scaled by its largest value", () => {
    const relative = analysisMeasures.find(({ id }) => id === "relative")!;
    const updates = [
      update("layers.0.blocks.0.mlp.fc1", "", 0.1),
      update("layers.0.blocks.1.mlp.fc1", "", 0.3),
      update("layers.0.blocks.1.mlp.fc1", "", 0.9, "semseg"),
    ];
    const grid = gridOf(updates, "shared", relative);
    expect(grid.rows).toEqual(["0.0", "0.1"]);
    expect(grid.columns).toEqual(["fc1"]);
    expect(grid.most).toBeCloseTo(30, 9);
    expect(gridOf(updates, "depth", relative)).toMatchObject({ rows: [], columns: [], most: 0 });
  });

  it("takes the larger of the two principal angles", () => {
    expect(analysisMeasures.find(({ id }) => id === "angle")!.value(update("x", "", 0))).toBe(5);
  });
});

describe("a metric as text", () => {
  const degrees = { percent: false, unit: "°" };

  it("has the digits of its size, and a difference those of what it is a difference of", () => {
    expect([40.1167, 9.1069].map((value) => formatMetric(degrees, value))).toEqual(["40.12 °", "9.107 °"]);
    expect(formatMetric(degrees, 49.2236 - 40.1167, 40.1167)).toBe("9.11 °");
    expect(formatMetric({ percent: true, unit: "" }, 0.0527, 0.084)).toBe("5.3 %");
    expect(formatMetric(degrees, undefined)).toBe("–");
  });
});
