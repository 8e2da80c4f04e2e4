/**
 * Learning rates over a run, as factors of the peak rate. A schedule is a plain function of the optimiser step s = 0, 1, ...
 */

export type Schedule = (step: number) => number;

export interface CosineOptions {
  /** Optimiser steps of the whole run. */
  readonly steps: number;
  /** Steps of the linear rise at the start. */
  readonly warmupSteps: number;
  /** The factor at the end. */
  readonly finalFraction: number;
}

/**
 * Linear warm-up, then half a cosine. Step s < warmupSteps runs at (s + 1) / warmupSteps, so that no step is wasted at 0 and the first
 * step after the warm-up has the full rate; the cosine falls to finalFraction at `steps`.
 */
export function cosineSchedule({ steps, warmupSteps, finalFraction }: CosineOptions): Schedule {
  checkSteps(steps, warmupSteps);
  return (step) => {
    if (step < warmupSteps) return (step + 1) / warmupSteps;
    const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
    return halfCosine(progress, finalFraction);
  };
}

/** Where the released code's linear fall ends, whatever the configuration names as the smallest rate. */
const LINEAR_FINAL_FRACTION = 0.01;

/** `finalFraction` is the cosine's. */
export interface ReferenceOptions extends CosineOptions {
  /** The factor at which the warm-up starts. */
  readonly warmupStart: number;
  readonly shape: "cosine" | "linear";
  /** Whether the cosine starts after the warm-up (true), or has run unseen beneath it (false). The linear fall always starts after it. */
  readonly warmupPrefix: boolean;
}

/**
 * The schedule of the DiTASK and MTLoRA code (timm's cosine and linear schedulers). That code advances the schedule with index s after
 * step s has been taken, so step s runs at the rate of s - 1, and step 0, like step 1, at the warm-up's start.
 */
export function referenceSchedule(options: ReferenceOptions): Schedule {
  checkSteps(options.steps, options.warmupSteps);
  return (step) => referenceFactor(options, Math.max(0, step - 1));
}

function referenceFactor(options: ReferenceOptions, index: number): number {
  const { steps, warmupSteps, warmupStart, finalFraction, shape, warmupPrefix } = options;
  if (index < warmupSteps) return warmupStart + (index * (1 - warmupStart)) / warmupSteps;
  if (shape === "linear") {
    const progress = (index - warmupSteps) / (steps - warmupSteps);
    return 1 - (1 - LINEAR_FINAL_FRACTION) * progress;
  }
  const length = warmupPrefix ? steps - warmupSteps : steps;
  const position = warmupPrefix ? index - warmupSteps : index;
  return position < length ? halfCosine(position / length, finalFraction) : finalFraction;
}

const halfCosine = (progress: number, finalFraction: number): number =>
  finalFraction + 0.5 * (1 - finalFraction) * (1 + Math.cos(Math.PI * progress));

function checkSteps(steps: number, warmupSteps: number): void {
  if (!(steps >= 1 && warmupSteps >= 0 && warmupSteps <= steps)) {
    throw new Error(
      `A schedule needs at least one step and a warm-up within the run; it got ${steps} steps, ${warmupSteps} of warm-up.`,
    );
  }
}
