import { expect, it } from "vitest";
import { MOST_SKIPPED_IN_A_ROW, NonFiniteStepError, NonFiniteSteps } from "../../src/runtime/run/nonFiniteSteps";

const skipped = (step: number, ...notFinite: string[]) => ({ step, skipped: true, notFinite }) as const;

it("stops at the first step that is skipped, naming the task or the gradient, the step and what to do", () => {
  const steps = new NonFiniteSteps("stop");
  expect(steps.judge({ step: 6 })).toBeNull();
  expect(() => steps.judge(skipped(7, "depth", "edge"))).toThrow(
    /^Step 7 was skipped: the loss of depth, edge is not finite\. Parameters are as after step 6\. Lower the learning rates, or look at the labels of depth, edge/,
  );
  expect(() => new NonFiniteSteps("stop").judge(skipped(7))).toThrow(
    /its gradient is not finite, though every loss is/,
  );
});

it("goes on where that is asked for, counts, and stops after twenty in a row", () => {
  const steps = new NonFiniteSteps("skip");
  for (let step = 1; step < MOST_SKIPPED_IN_A_ROW; step++) steps.judge(skipped(step, "depth"));
  expect(steps.judge({ step: 20 })).toBeNull();
  for (let step = 21; step < 40; step++) expect(steps.judge(skipped(step, "sal"))).toMatch(`so far: ${step - 1}.`);
  expect(() => steps.judge(skipped(40, "sal"))).toThrow(NonFiniteStepError);
  expect(() => steps.judge(skipped(41, "sal"))).toThrow(
    /The last 21 steps, up to step 41, were skipped: the loss of sal/,
  );
});
