import { describe, expect, it } from "vitest";
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { gelu } from "../../src/core/ops/gelu";
import { evaluate } from "../reference/evaluate";

const xs = [-6, -1, -0.5, 0, 0.5, 1, 6];

function valueAndSlope(): { y: Float64Array; slope: Float64Array } {
  const b = new Builder();
  const x = b.input("x", [xs.length]);
  const y = gelu(b, x);
  b.output("y", y);
  b.output("slope", gradients(b, b.sum(y), [x])[0]!);
  const { outputs } = evaluate(b.build(), { x: xs });
  return { y: outputs["y"]!, slope: outputs["slope"]! };
}

describe("GELU by primitives", () => {
  it("is x Φ(x) with the exact distribution function", () => {
    const { y } = valueAndSlope();
    // Φ(1) and Φ(1/2) from tables; the tanh approximation differs in the fourth digit.
    expect(y[5]).toBeCloseTo(0.8413447460685429, 12);
    expect(y[4]).toBeCloseTo(0.5 * 0.6914624612740131, 12);
    expect(y[3]).toBe(0);
    // x Φ(x) - (-x) Φ(-x) = x
    for (let i = 0; i < 3; i++) expect(y[6 - i]! + xs[i]!).toBeCloseTo(y[i]!, 12);
  });

  it("has the slope Φ(x) + x φ(x), and slopes at x and -x add up to 1", () => {
    const { slope } = valueAndSlope();
    expect(slope[3]).toBe(0.5);
    expect(slope[5]).toBeCloseTo(0.8413447460685429 + 0.24197072451914337, 12);
    for (let i = 0; i < 3; i++) expect(slope[i]! + slope[6 - i]!).toBeCloseTo(1, 12);
  });
});
