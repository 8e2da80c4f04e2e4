/** Every loss that a task of the user's own may choose, as cases of the op registry's form. */
import { type TaskKind, taskKinds } from "../../src/contracts/customTask";
import { type LossChoice, lossChoices } from "../../src/core/losses/choices";
import { random } from "../../src/core/math/random";
import type { OpCase } from "../../src/core/ops/cases";

/** Channels of logits and of labels, and a labelled number. */
const kinds: Readonly<Record<TaskKind, { readonly logits: number; readonly labels: number; draw(): number }>> = (() => {
  const stream = random(31, "loss cases");
  const number = (): number => stream.normal();
  return {
    classes: { logits: 5, labels: 1, draw: () => stream.int(5) },
    binary: { logits: 1, labels: 1, draw: () => stream.int(2) },
    regression: { logits: 2, labels: 2, draw: () => 2 * number() },
    unit: { logits: 3, labels: 3, draw: number },
  };
})();

export const LOSS_SIZE = [2, 3, 4] as const;

/** Labels [2,3,4,c]: unit vectors for directions, every fifth pixel 255. */
export function lossLabels(kind: TaskKind): number[] {
  const { labels, draw } = kinds[kind];
  return Array.from({ length: LOSS_SIZE[0] * LOSS_SIZE[1] * LOSS_SIZE[2] }, (_, pixel) => {
    if (pixel % 5 === 4) return Array<number>(labels).fill(255);
    const numbers = Array.from({ length: labels }, draw);
    const length = kind === "unit" ? Math.hypot(...numbers) : 1;
    return numbers.map((number) => number / length);
  }).flat();
}

export interface ChosenLoss {
  readonly kind: TaskKind;
  readonly id: string;
  readonly choice: LossChoice;
  readonly logits: number;
  readonly labels: number;
  readonly case: OpCase;
}

export const chosenLosses: readonly ChosenLoss[] = taskKinds.flatMap((kind) =>
  Object.entries<LossChoice>(lossChoices[kind]).map(([id, choice]) => {
    const { logits, labels } = kinds[kind];
    const inputs = [
      { shape: [...LOSS_SIZE, logits] },
      { shape: [...LOSS_SIZE, labels], data: { values: lossLabels(kind) } },
    ];
    const build: OpCase["build"] = (b, [prediction, truth]) => {
      const { numerator, denominator } = choice.loss.build(b, prediction!, truth!);
      return [numerator, denominator];
    };
    return { kind, id, choice, logits, labels, case: { name: `${kind}: ${id}`, inputs, build, wrt: [0] } };
  }),
);
