/** What stops work between two of its parts: an AbortSignal is one, which the data side's library does not know. */
export interface Stop {
  throwIfAborted(): void;
}
