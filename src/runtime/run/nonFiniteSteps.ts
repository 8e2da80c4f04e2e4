/** Policy for steps whose loss or gradient is not finite. The device has skipped them already: they have trained nothing. */
import type { RunConfig } from "../../contracts/runConfig";
import type { RunEvent } from "../../contracts/runEvent";

type StepNumbers = Pick<Extract<RunEvent, { type: "step" }>, "step" | "skipped" | "notFinite">;

/** A run that has skipped so many skips all. */
export const MOST_SKIPPED_IN_A_ROW = 20;

/** Ends a run; its states are those of the last step that was not skipped. */
export class NonFiniteStepError extends Error {
  override readonly name = "NonFiniteStepError";
}

export class NonFiniteSteps {
  /** Steps skipped since the last one that was not. */
  inARow = 0;
  private count = 0;

  constructor(private readonly policy: RunConfig["training"]["onNonFinite"]) {}

  /**
   * What a person is to know of a step; null: it was not skipped.
   * @throws NonFiniteStepError where the run is to stop.
   */
  judge(numbers: StepNumbers): string | null {
    this.inARow = numbers.skipped ? this.inARow + 1 : 0;
    if (!numbers.skipped) return null;
    this.count++;
    if (this.policy === "stop")
      throw new NonFiniteStepError(
        `Step ${numbers.step} was skipped: ${causeOf(numbers)}. Parameters are as after step ${numbers.step - 1}. ${remedyOf(numbers)}; training.onNonFinite "skip" goes on without such steps.`,
      );
    if (this.inARow >= MOST_SKIPPED_IN_A_ROW)
      throw new NonFiniteStepError(
        `The last ${this.inARow} steps, up to step ${numbers.step}, were skipped: ${causeOf(numbers)}. ${remedyOf(numbers)}.`,
      );
    return `Step ${numbers.step} was skipped: ${causeOf(numbers)}. Skipped so far: ${this.count}.`;
  }
}

const namesOf = ({ notFinite = [] }: StepNumbers): string => notFinite.join(", ");

const causeOf = (numbers: StepNumbers): string =>
  namesOf(numbers)
    ? `the loss of ${namesOf(numbers)} is not finite`
    : "its gradient is not finite, though every loss is";

const remedyOf = (numbers: StepNumbers): string =>
  `Lower the learning rates, or look at the labels of ${namesOf(numbers) || "the tasks"}`;
