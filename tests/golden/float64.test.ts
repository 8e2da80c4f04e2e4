/** The public golden set in float64: what our formulas give where nothing is rounded on the way. */
import { describe, expect, it } from "vitest";
import { Ledger } from "../../src/runtime/products/conformance/ledger";
import { checkModel } from "../../src/runtime/products/conformance/model";
import { goldenModel } from "../../src/runtime/products/conformance/modelSetup";
import { publicCase } from "./files";
import { float64Runner } from "./float64";
import { testPublicCases } from "./suite";

describe("the float64 evaluator", () => testPublicCases(float64Runner()));

it.each(["factored", "merged"] as const)("a model with %s evaluation gives the same numbers", async (evaluation) => {
  const ledger = new Ledger();
  await checkModel(goldenModel(await publicCase("model_ditask_depth_edge"), evaluation), float64Runner(), ledger);
  expect(ledger.checked().filter((quantity) => !quantity.passed)).toEqual([]);
  expect(ledger.passed()).toBe(true);
});
