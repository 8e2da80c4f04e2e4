/** Losses of the user's own tasks: their formulas by hand, their derivatives by differences, their executors by float64. */
import { afterAll, describe, expect, it } from "vitest";
import { lossIds, taskKinds } from "../../src/contracts/taskKinds";
import type { Executor } from "../../src/core/exec/executor";
import { createOnnxExecutor } from "../../src/core/exec/onnx/executor";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { createTfExecutor } from "../../src/core/exec/tf/executor";
import { Builder } from "../../src/core/graph/builder";
import { gradients } from "../../src/core/graph/differentiate";
import { lossChoices } from "../../src/core/losses/choices";
import { type Loss, lossValue } from "../../src/core/losses/loss";
import { caseData } from "../reference/caseData";
import { checkDerivative } from "../reference/differences";
import { evaluate } from "../reference/evaluate";
import { caseErrors } from "../reference/executors";
import { chosenLosses, LOSS_SIZE, lossLabels } from "../reference/lossCases";

const TOLERANCE = 1e-5;
const DERIVATIVE_TOLERANCE = 1e-6;

const executors: readonly Executor[] = [
  await createTfExecutor("cpu"),
  createOnnxExecutor(await loadOrtWasm(), { kind: "onnx-wasm" }),
];
afterAll(() => Promise.all(executors.map((executor) => executor.dispose())));

/** The loss of one row of pixels and its gradient, in float64. prediction: [N,C]. */
function lossOf(loss: Loss, channels: number, prediction: readonly number[], labels: readonly number[]) {
  const b = new Builder();
  const pixels = prediction.length / channels;
  const x = b.input("x", [1, 1, pixels, channels]);
  const sums = loss.build(b, x, b.input("labels", [1, 1, pixels, labels.length / pixels]));
  const value = lossValue(b, sums);
  b.output("loss", value);
  b.output("count", sums.denominator);
  b.output("dx", gradients(b, value, [x])[0]!);
  const { outputs } = evaluate(b.build(), { x: Float64Array.from(prediction), labels: Float64Array.from(labels) });
  return { loss: outputs["loss"]![0]!, count: outputs["count"]![0]!, dx: [...outputs["dx"]!] };
}

it("every id of the contract has a loss", () => {
  for (const kind of taskKinds) expect(Object.keys(lossChoices[kind])).toEqual([...lossIds[kind]]);
});

describe.each(chosenLosses.map((chosen) => [chosen.case.name, chosen] as const))("%s", (_name, chosen) => {
  const { choice, logits, kind } = chosen;
  it.each(executors.map((executor) => [executor.kind, executor] as const))(
    "agrees with float64 on %s",
    async (_, executor) => {
      for (const [name, error] of Object.entries(await caseErrors(executor, chosen.case)))
        expect(error, name).toBeLessThan(TOLERANCE);
    },
  );

  it("has the derivative that central differences show", () => {
    const { inputs, build, name, wrt } = chosen.case;
    const shapes = inputs.map(({ shape }) => shape);
    const data = inputs.map((input, i) => caseData(input, name, i));
    const { error, checked } = checkDerivative(build, shapes, data, { wrt });
    expect(checked).toBeGreaterThan(20);
    expect(error).toBeLessThan(DERIVATIVE_TOLERANCE);
  });

  it("does not depend on pixels labelled 255, and counts the others", () => {
    const labels = lossLabels(kind);
    const pixels = LOSS_SIZE[0] * LOSS_SIZE[1] * LOSS_SIZE[2];
    const prediction = Array.from({ length: pixels * logits }, (_, i) => Math.sin(2.3 * i + 0.4));
    const moved = prediction.map((v, i) => (Math.floor(i / logits) % 5 === 4 ? 1e4 * v : v));
    const [plain, other] = [
      lossOf(choice.loss, logits, prediction, labels),
      lossOf(choice.loss, logits, moved, labels),
    ];
    expect(other.loss).toBeCloseTo(plain.loss, 12);
    for (const [i, slope] of other.dx.entries()) if (Math.floor(i / logits) % 5 === 4) expect(slope + 0).toBe(0);
    expect(plain.count % (pixels - Math.floor(pixels / 5))).toBe(0);
  });

  it("is 0 with gradient 0 where nothing is labelled", () => {
    const found = lossOf(choice.loss, logits, Array(2 * logits).fill(0.5), Array(2 * chosen.labels).fill(255));
    expect([found.loss, found.count, ...found.dx.map((slope) => slope + 0)]).toEqual([
      0,
      0,
      ...Array(2 * logits).fill(0),
    ]);
  });
});

describe("by hand", () => {
  const { classes, binary, regression, unit } = lossChoices;
  it("focal: (1-p)² of the cross-entropy", () => {
    const p = Math.exp(2) / (Math.exp(2) + Math.exp(1));
    expect(lossOf(classes.focal.loss, 2, [2, 1], [0]).loss).toBeCloseTo(-((1 - p) ** 2) * Math.log(p), 12);
    const cross = lossOf(classes.cross_entropy.loss, 2, [2, 1], [0]).loss;
    expect(cross).toBeCloseTo(-Math.log(p), 12);
  });

  it("focal: logits far out overflow nothing", () => {
    const { loss, dx } = lossOf(classes.focal.loss, 2, [1000, -1000, -1000, 1000], [0, 0]);
    expect(loss).toBeCloseTo(1000, 6);
    expect(dx.every(Number.isFinite)).toBe(true);
  });

  it("cross-entropy of yes and no: ln 2 at 0, and a sigmoid's distance as slope", () => {
    const { loss, dx } = lossOf(binary.bce.loss, 1, [0, 0], [1, 0]);
    expect(loss).toBeCloseTo(Math.LN2, 12);
    expect(dx).toEqual([-0.25, 0.25]);
  });

  it("L1, L2 and Huber of differences 0.5 and -3", () => {
    const found = (loss: Loss) => lossOf(loss, 2, [1.5, 2], [1, 5]);
    expect(found(regression.l1.loss).loss).toBeCloseTo((0.5 + 3) / 2, 12);
    expect(found(regression.l2.loss).loss).toBeCloseTo((0.25 + 9) / 2, 12);
    expect(found(regression.huber.loss).loss).toBeCloseTo((0.125 + 2.5) / 2, 12);
    expect(found(regression.huber.loss).dx).toEqual([0.25, -0.5]);
  });

  it("cosine: 0 along, 1 across, 2 against, whatever the length", () => {
    const along = (prediction: number[]) => lossOf(unit.cosine.loss, 3, prediction, [0, 0, 1]).loss;
    expect([along([0, 0, 7]), along([3, 0, 0]), along([0, 0, -0.1])]).toEqual([0, 1, 2]);
    expect(lossOf(unit.cosine.loss, 3, [0, 0, 0], [0, 0, 1]).dx.every(Number.isFinite)).toBe(true);
  });
});
