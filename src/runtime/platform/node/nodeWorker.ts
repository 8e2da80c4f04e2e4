/** The two ends of Node's worker threads. */
import { parentPort, Worker } from "node:worker_threads";
import type { WorkerPort, WorkerScope } from "../workerPort";

/** Starts a script of src/runtime/session/node by its name: it is bundled beside the program. */
export function startNodeWorker(name: string): WorkerPort {
  // Not written in place: Vite would take it for a file of the sources.
  const file = `./${name}.js`;
  return nodeWorkerPort(new Worker(new URL(file, import.meta.url)));
}

export function nodeWorkerPort(worker: Worker): WorkerPort {
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: (listener) => worker.on("message", listener),
    onFailure: (listener) => {
      worker.on("error", (error) => listener(error.message));
      worker.on("exit", (code) => listener(`it ended with code ${code}`));
    },
    terminate: () => worker.terminate(),
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
  };
}

/** For the script of a worker. @throws in a program's own thread. */
export function nodeWorkerScope(): WorkerScope {
  const port = parentPort;
  if (!port) throw new Error("This file is a worker's: start it with new Worker(...), not as a program.");
  return {
    post: (message, transfer) => port.postMessage(message, transfer),
    onMessage: (listener) => void port.on("message", listener),
  };
}
