/** Minimal AbortSignal, for code that is compiled without the DOM library. */
export interface Stop {
  throwIfAborted(): void;
}
