/** The first validation image and what the run says of it: what exported models are checked on. Letters: S side, c channels. */
import type { PreparedRun } from "../../run/prepare/preparedRun";

export interface FirstImage {
  readonly side: number;
  /** [1,S,S,3], normalised. */
  readonly image: Float32Array;
  /** [1,S,S,c] a task. */
  readonly logits: Readonly<Record<string, Float32Array>>;
}

export async function firstImage(run: PreparedRun): Promise<FirstImage> {
  const { batches, model } = run.parts;
  const batch = await batches.evalBatch("val", 0);
  const found = await run.predict(batch);
  const side = batch.imageSize;
  const logits = model.tasks.map(({ id, channels }) => [id, found[id]!.slice(0, side * side * channels)] as const);
  return { side, image: batch.image.slice(0, side * side * 3), logits: Object.fromEntries(logits) };
}

/** How far two models may lie apart: relative to the largest output, or to 1. */
export const TOLERANCE = 1e-4;

/**
 * The largest difference between what a run and an exported model say.
 * @throws where a task differs by more than TOLERANCE; nothing is handed out then.
 */
export function checkSame(what: string, wanted: FirstImage["logits"], found: FirstImage["logits"]): number {
  let largest = 0;
  for (const [task, logits] of Object.entries(wanted)) {
    const other = found[task];
    if (other?.length !== logits.length)
      throw new Error(`${what} gives ${other?.length ?? 0} numbers for ${task}; the run gives ${logits.length}.`);
    const scale = logits.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    const difference = logits.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i]!)), 0) / scale;
    if (!(difference <= TOLERANCE))
      throw new Error(
        `${what} differs from the run by ${difference.toExponential(2)} of the largest output of ${task}; at most ${TOLERANCE} is allowed. It was not written.`,
      );
    largest = Math.max(largest, difference);
  }
  return largest;
}
