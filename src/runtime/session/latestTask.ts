/** Pieces of work one at a time: a newer one stops the older and waits until it has let go of what it held. */

/** A reason to stop of which nothing is told. */
export const quietly = (message: string): Error => Object.assign(new Error(message), { name: "AbortError" });

const replaced = (): Error => quietly("Replaced by something newer.");

export class LatestTask {
  private current: AbortController | null = null;
  /** Settles when nothing is under way. */
  private settled: Promise<void> = Promise.resolve();

  /** Rejects as `work` does; with an AbortError where a newer one came. */
  take(work: (abort: AbortController) => Promise<void>): Promise<void> {
    this.current?.abort(replaced());
    const abort = new AbortController();
    this.current = abort;
    const turn = this.settled
      .then(() => {
        abort.signal.throwIfAborted();
        return work(abort);
      })
      .finally(() => {
        if (this.current === abort) this.current = null;
      });
    this.settled = turn.catch(() => {});
    return turn;
  }

  /** Stops what is under way, for the reason that a person gave. */
  stop(reason: Error): void {
    this.current?.abort(reason);
  }

  /** Resolves once nothing is under way. */
  idle(): Promise<void> {
    return this.settled;
  }

  /** Stops what is under way without a word and waits until it has ended. */
  async end(): Promise<void> {
    this.current?.abort(replaced());
    await this.settled;
  }
}
