/**
 * Cuts a plan's dispatches into submits of a few milliseconds of GPU work, so that the page's compositor gets its turn.
 * The work of a dispatch is first guessed from its operations and bytes; the first runs then measure how long a unit takes here.
 */
import type { Dispatch } from "./emit";

const wantedMs = 6;
/** Runs that are timed before the cut is final. */
const timedRuns = 3;

/** Guess in milliseconds on a device of 1 TFLOP/s and 50 GB/s. */
function guessMs({ flops, reads, writes }: Dispatch): number {
  const bytes = [...reads, ...writes].reduce((sum, r) => sum + 4 * r.floats, 0);
  return Math.max(flops / 1e9, bytes / 5e7) + 0.01;
}

export class Schedule {
  private readonly guesses: readonly number[];
  private readonly total: number;
  private timed = 0;
  private fastest = Number.POSITIVE_INFINITY;
  /** Index after the last dispatch of every submit. */
  cuts: readonly number[];

  constructor(dispatches: readonly Dispatch[]) {
    this.guesses = dispatches.map(guessMs);
    this.total = this.guesses.reduce((sum, n) => sum + n, 0);
    this.cuts = this.cut(1);
  }

  get isTiming(): boolean {
    return this.timed < timedRuns;
  }

  /** A whole run took this long on the GPU. */
  measured(ms: number): void {
    if (!this.isTiming) return;
    this.timed++;
    this.fastest = Math.min(this.fastest, ms);
    this.cuts = this.cut(this.fastest / Math.max(this.total, 1e-6));
  }

  private cut(scale: number): number[] {
    const cuts: number[] = [];
    let sum = 0;
    this.guesses.forEach((guess, i) => {
      sum += guess * scale;
      if (sum < wantedMs && i < this.guesses.length - 1) return;
      cuts.push(i + 1);
      sum = 0;
    });
    return cuts;
  }
}
