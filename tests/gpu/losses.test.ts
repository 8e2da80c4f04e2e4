import { describe, expect, it } from "vitest";
import type { Attrs, OpDef, Shape } from "../../src/core/graph/node";
import { random } from "../../src/core/math/random";
import { balancedBceDef, balancedBceGradDef } from "../../src/core/ops/balancedBce";
import { maskedL1Def, maskedL1GradDef } from "../../src/core/ops/maskedL1";
import { normalsL1Def, normalsL1GradDef } from "../../src/core/ops/normalsL1";
import { softmaxCrossEntropyDef, softmaxCrossEntropyGradDef } from "../../src/core/ops/softmaxCrossEntropy";
import { sumOfSquaresDef } from "../../src/core/ops/sumOfSquares";
import { againstExpansion } from "./againstExpansion";

const stream = random(19, "loss test");
const normal = (shape: Shape, deviation = 1) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => deviation * stream.normal()),
});
/** Classes below `classes`, every fifth 255. */
const classLabels = (shape: Shape, classes: number) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) =>
    i % 5 === 4 ? 255 : stream.int(classes),
  ),
});
const upstream = { shape: [], data: Float32Array.of(0.37) };
/** More than the threads of the first stage, so that each takes several. */
const MANY = 20_001;

async function check<A extends Attrs>(
  [op, grad]: readonly [OpDef<A>, OpDef<A>],
  attrs: A,
  prediction: { shape: Shape; data: Float32Array },
  labels: { shape: Shape; data: Float32Array },
  weighed = false,
): Promise<{ readonly got: readonly Float32Array[]; readonly gradient: Float32Array }> {
  const forward = await againstExpansion(op, attrs, [prediction, labels]);
  const weight = { shape: [], data: forward.got[2] ?? new Float32Array(1) };
  const inputs = weighed ? [prediction, labels, weight, upstream] : [prediction, labels, upstream];
  const backward = await againstExpansion(grad, attrs, inputs);
  for (const error of [...forward.errors, ...backward.errors]) expect(error).toBeLessThan(2e-6);
  return { got: forward.got, gradient: backward.got[0]! };
}

const entropy = [softmaxCrossEntropyDef, softmaxCrossEntropyGradDef] as const;
const bce = [balancedBceDef, balancedBceGradDef] as const;

describe("losses on WebGPU agree with float64, gradients too", () => {
  it("softmax cross-entropy of many pixels", () =>
    check(entropy, { ignore: 255 }, normal([MANY, 3], 3), classLabels([MANY], 3)));
  it("softmax cross-entropy with an ignored class among the classes", () =>
    check(entropy, { ignore: 2 }, normal([77, 5]), classLabels([77], 5)));
  it("softmax cross-entropy of logits that overflow an exponential", async () => {
    const { got } = await check(entropy, { ignore: 255 }, normal([50, 7], 300), classLabels([50], 7));
    expect(Number.isFinite(got[0]![0])).toBe(true);
  });
  it.each([{ positiveWeight: 0.95, ignore: 255 }, { ignore: 255 }, { positiveWeight: 0.95 }, {}])(
    "balanced cross-entropy with %o",
    async (attrs) => {
      await check(bce, attrs, normal([MANY], 2), classLabels([MANY], 2), true);
    },
  );
  it("balanced cross-entropy of logits far out and near 0", () =>
    check(
      bce,
      { positiveWeight: 0.5 },
      { shape: [8], data: Float32Array.of(-1e4, -90, -20, -1e-4, 1e-4, 20, 90, 1e4) },
      { shape: [8], data: Float32Array.of(0, 1, 0, 1, 0, 1, 0, 1) },
      true,
    ));
  it("masked L1", () =>
    check([maskedL1Def, maskedL1GradDef], { ignore: 255 }, normal([MANY, 1], 4), classLabels([MANY, 1], 3)));
  it("normals", () =>
    check([normalsL1Def, normalsL1GradDef], { ignore: 255 }, normal([MANY, 3]), classLabels([MANY, 3], 2)));
  it("a normal without length has a finite gradient", async () => {
    const zero = { shape: [1, 3], data: new Float32Array(3) };
    const { got, gradient } = await check(
      [normalsL1Def, normalsL1GradDef],
      { ignore: 255 },
      zero,
      classLabels([1, 3], 2),
    );
    expect([...got.flatMap((y) => [...y]), ...gradient].every(Number.isFinite)).toBe(true);
  });
});

it("nothing but ignored pixels gives exact zeros", async () => {
  const all = { shape: [30], data: new Float32Array(30).fill(255) };
  const { got, gradient } = await check(bce, { ignore: 255 }, normal([30]), all, true);
  expect([got[0]![0], got[1]![0], Math.max(...gradient.map(Math.abs))]).toEqual([0, 0, 0]);
});

it("the sum of squares keeps its digits over a million numbers", async () => {
  const x = { shape: [1 << 20], data: Float32Array.from({ length: 1 << 20 }, (_, i) => ((i * 37) % 101) / 101) };
  const { errors } = await againstExpansion(sumOfSquaresDef, {}, [x]);
  expect(errors[0]).toBeLessThan(5e-7);
});
