import { expect, it } from "vitest";
import { plainNumber } from "../../src/ui/panels/setup/plainNumber";

it("a typed number reads back as itself: whole numbers with every digit, small ones by their power", () => {
  expect([2147483647, 0, -3, 0.05, 1e-3, 5e-4, 1 / 3].map(plainNumber)).toEqual([
    "2147483647",
    "0",
    "-3",
    "0.05",
    "0.001",
    "5e-4",
    "0.333333",
  ]);
});
