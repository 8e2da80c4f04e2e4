import { describe, expect, it } from "vitest";
import { checkGolden, goldenModels } from "../golden/check";
import { float64Executor } from "../golden/float64";

describe("whole models in float64 against the reference", () => {
  it.each(goldenModels)("%s: features, logits, losses, gradients, statistics", async (name) => {
    const report = await checkGolden(name, async () => float64Executor());
    if (process.env["SHOW"]) console.log(name, report.compared, report.worst);
    expect(report.failures).toEqual([]);
  });

  it.each(["factored", "merged"] as const)("%s evaluation gives the same numbers", async (evaluation) => {
    const report = await checkGolden("model_ditask_depth_edge", async () => float64Executor(), evaluation);
    expect(report.failures).toEqual([]);
  });
});
