/** A worker of any platform, seen from the thread that started it. Q: what it is asked, A: what it answers. */
import type { Worker as Thread } from "node:worker_threads";

export interface WorkerPort<Q, A> {
  post(request: Q, transfer: ArrayBuffer[]): void;
  onAnswer(listener: (answer: A) => void): void;
  /** Told when the worker breaks or ends by itself. */
  onFailure(listener: (message: string) => void): void;
  terminate(): void;
  /** Whether the program has to wait for the worker before it may end, which it does at first; absent where programs do not end. */
  hold?(busy: boolean): void;
}

/** The page's `Worker`. */
export function webWorkerPort<Q, A>(worker: Worker): WorkerPort<Q, A> {
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    onAnswer: (listener) => worker.addEventListener("message", ({ data }: MessageEvent<A>) => listener(data)),
    onFailure: (listener) => {
      worker.addEventListener("error", ({ message }) => listener(message || "its script could not be loaded"));
      worker.addEventListener("messageerror", () => listener("a message could not be read"));
    },
    terminate: () => worker.terminate(),
  };
}

/** Node's worker. */
export function nodeWorkerPort<Q, A>(worker: Thread): WorkerPort<Q, A> {
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    onAnswer: (listener) => worker.on("message", (answer: A) => listener(answer)),
    onFailure: (listener) => {
      worker.on("error", (error) => listener(error.message));
      worker.on("exit", (code) => listener(`it ended with code ${code}`));
    },
    terminate: () => worker.terminate(),
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
  };
}
