/** The two ends of the page's workers. */
import type { WorkerPort, WorkerScope } from "../workerPort";

export function webWorkerPort(worker: Worker): WorkerPort {
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: (listener) => worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => listener(data)),
    onFailure: (listener) => {
      worker.addEventListener("error", ({ message }) => listener(message || "its script could not be loaded"));
      worker.addEventListener("messageerror", () => listener("a message could not be read"));
    },
    terminate: () => worker.terminate(),
  };
}

/** For the script of a worker; the DOM library's `self` would be a window's. */
export function webWorkerScope(): WorkerScope {
  const scope = globalThis as unknown as {
    onmessage: ((event: MessageEvent<unknown>) => void) | null;
    postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  };
  return {
    post: (message, transfer) => scope.postMessage(message, transfer),
    onMessage: (listener) => {
      scope.onmessage = ({ data }) => listener(data);
    },
  };
}
