/** Progress and cancellation of long work. */
import type { Stop } from "./stop";

export interface Watch {
  /** Parts done of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Heard between parts. */
  readonly signal?: Stop;
}

/** Reads of a file in a browser wait for each other's answers rather than compute. */
const AT_ONCE = 8;

/** Does `work` for each item, a few at a time, and tells of each that is done. @throws what `work` does, or the signal. */
export async function forEachWatched<T>(
  items: readonly T[],
  { onProgress, signal }: Watch,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let done = 0;
  onProgress?.(0, items.length);
  const drain = async (): Promise<void> => {
    while (next < items.length) {
      signal?.throwIfAborted();
      await work(items[next++]!);
      onProgress?.(++done, items.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, drain));
}
