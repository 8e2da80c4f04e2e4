/** Steps as columns: what a record writes of many steps at once, and what is told where it is opened. */
import type { StepColumns } from "../../../contracts/run";
import type { RunEvent } from "../../../contracts/runEvent";

export type StepEvent = Extract<RunEvent, { type: "step" }>;

const keysOf = (steps: readonly StepEvent[], field: "losses" | "learningRates"): readonly string[] => [
  ...new Set(steps.flatMap((step) => Object.keys(step[field]))),
];

/** A number that a step does not have is NaN. */
export function columnsOf(steps: readonly StepEvent[]): StepColumns {
  const column = (of: (step: StepEvent) => number | undefined): Float64Array =>
    Float64Array.from(steps, (step) => of(step) ?? Number.NaN);
  const table = (field: "losses" | "learningRates"): Record<string, Float64Array> =>
    Object.fromEntries(keysOf(steps, field).map((key) => [key, column((step) => step[field][key])]));
  return {
    step: column(({ step }) => step),
    epoch: column(({ epoch }) => epoch),
    losses: table("losses"),
    total: column(({ total }) => total),
    gradientNorm: column(({ gradientNorm }) => gradientNorm),
    learningRates: table("learningRates"),
    stepMs: column(({ stepMs }) => stepMs),
  };
}

/** The same steps one by one. */
export function stepsOf(columns: StepColumns, run: string): readonly StepEvent[] {
  const at = (table: Readonly<Record<string, Float64Array>>, i: number): Record<string, number> =>
    Object.fromEntries(Object.entries(table).map(([key, column]) => [key, column[i]!]));
  return Array.from(columns.step, (step, i) => ({
    type: "step",
    run,
    step,
    epoch: columns.epoch[i]!,
    losses: at(columns.losses, i),
    total: columns.total[i]!,
    gradientNorm: columns.gradientNorm[i]!,
    learningRates: at(columns.learningRates, i),
    stepMs: columns.stepMs[i]!,
  }));
}
