/** The two ends of a worker of any platform. */

/** Seen from the thread that started it. */
export interface WorkerPort {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Told when the worker breaks or ends by itself. */
  onFailure(listener: (message: string) => void): void;
  terminate(): void;
  /** Whether the program has to wait for the worker before it may end; absent where programs do not end. */
  hold?(busy: boolean): void;
}

/** Seen from within. */
export interface WorkerScope {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  onMessage(listener: (message: unknown) => void): void;
}
