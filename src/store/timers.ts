/** Debounced calls by name: a newer call replaces an older one, so that only a quiet moment sets it off. */
export interface Timers {
  soon(name: string, act: () => void, ms: number): void;
  cancel(name: string): void;
  dispose(): void;
}

export function createTimers(): Timers {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const cancel = (name: string): void => clearTimeout(timers.get(name));
  return {
    soon(name, act, ms) {
      cancel(name);
      timers.set(name, setTimeout(act, ms));
    },
    cancel,
    dispose() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
