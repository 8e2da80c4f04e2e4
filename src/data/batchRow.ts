/**
 * The rows of batches: each is one sample at training size, a pure function of (sample, draw), so that it does not matter which thread
 * makes it and when.
 */
import type { LabelFormat } from "../contracts/labelFormat";
import type { ByTask, Sample, Split } from "../contracts/sample";
import { type SquareSample, toSquare } from "./augment/augment";
import type { Draw } from "./augment/draw";

export interface BatchRow {
  readonly id: string;
  readonly square: SquareSample;
}

export interface SampleRequest {
  /** The sample: its place in the data set, and its id. */
  readonly split: Split;
  readonly index: number;
  readonly id: string;
  /** S, pixels. */
  readonly side: number;
  readonly draw: Draw;
  /** Of the tasks whose labels are wanted. */
  readonly formats: ByTask<LabelFormat>;
}

/** Makes rows elsewhere than on this thread, or on it where that is better: `here` does. */
export interface SampleMaker {
  /** Whether rows are made elsewhere by now, so that it pays to ask before they are needed. */
  readonly ready: boolean;
  /** @throws where the sample cannot be loaded. */
  make(request: SampleRequest, here: () => Promise<BatchRow>): Promise<BatchRow>;
}

export const makeBatchRow = (
  sample: Sample,
  { side, draw, formats }: Omit<SampleRequest, "split" | "index" | "id">,
): BatchRow => ({
  id: sample.id,
  square: toSquare(sample, side, draw, formats),
});

/**
 * Gives the rows of any run of positions and begins those that follow it, at most `limit()` of them, which are kept until they are asked
 * for; those that no longer follow are forgotten. A row that failed ahead of time fails when it is asked for, and is then tried again.
 */
export function readAhead(
  make: (position: number) => Promise<BatchRow>,
  limit: () => number,
): (first: number, count: number) => Promise<BatchRow[]> {
  const held = new Map<number, Promise<BatchRow>>();
  const take = (position: number): Promise<BatchRow> => {
    const row = held.get(position) ?? make(position);
    held.delete(position);
    return row;
  };
  const begin = (position: number): void => {
    const row = make(position);
    // Nobody may ever ask for it.
    row.catch(() => {});
    held.set(position, row);
  };
  return (first, count) => {
    const rows = Array.from({ length: count }, (_, i) => take(first + i));
    const [from, to] = [first + count, first + count + limit()];
    for (const position of held.keys()) if (position < from || position >= to) held.delete(position);
    for (let position = from; position < to; position++) if (!held.has(position)) begin(position);
    return Promise.all(rows);
  };
}
