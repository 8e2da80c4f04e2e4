/** One worker of the SVD pool, as a thing that decomposes one matrix at a time and never leaves a caller waiting. */
import type { Svd } from "../core/math/svd";
import type { SvdAnswer, SvdRequest } from "./svdService";

/** A worker of any platform. */
export interface WorkerPort {
  post(request: SvdRequest, transfer: ArrayBuffer[]): void;
  onAnswer(listener: (answer: SvdAnswer) => void): void;
  /** Told when the worker breaks or ends by itself. */
  onFailure(listener: (message: string) => void): void;
  terminate(): void;
}

/** The page's `Worker`. */
export function webWorkerPort(worker: Worker): WorkerPort {
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    onAnswer: (listener) => worker.addEventListener("message", ({ data }: MessageEvent<SvdAnswer>) => listener(data)),
    onFailure: (listener) => {
      worker.addEventListener("error", ({ message }) => listener(message || "its script could not be loaded"));
      worker.addEventListener("messageerror", () => listener("a message could not be read"));
    },
    terminate: () => worker.terminate(),
  };
}

/** What is used of the `Worker` of node:worker_threads. */
interface NodeWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  on(event: "message", listener: (answer: SvdAnswer) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "exit", listener: (code: number) => void): unknown;
  terminate(): unknown;
}

/** Node's worker. It keeps the program alive until the pool is closed. */
export function nodeWorkerPort(worker: NodeWorker): WorkerPort {
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    onAnswer: (listener) => worker.on("message", listener),
    onFailure: (listener) => {
      worker.on("error", (error) => listener(error.message));
      worker.on("exit", (code) => listener(`it ended with code ${code}`));
    },
    terminate: () => worker.terminate(),
  };
}

export interface SvdLane {
  /** False once the worker has failed or was stopped. */
  readonly alive: boolean;
  /** One at a time. @throws where the matrix has no decomposition, or the worker fails or is stopped meanwhile. */
  run(request: SvdRequest, onProgress: (fraction: number) => void): Promise<Svd>;
  /** Ends the worker; what runs rejects with this reason. */
  stop(reason: unknown): void;
}

/** A worker that has not said that it is ready after this long is given up. */
const START_LIMIT_MS = 20_000;

/** Starts a worker, or gives undefined where it cannot start: no workers here, a script that does not load. */
export function startLane(startWorker: () => WorkerPort): Promise<SvdLane | undefined> {
  return new Promise((resolve) => {
    let port: WorkerPort;
    try {
      port = startWorker();
    } catch {
      resolve(undefined);
      return;
    }
    const giveUp = (): void => {
      clearTimeout(timer);
      port.terminate();
      resolve(undefined);
    };
    const timer = setTimeout(giveUp, START_LIMIT_MS);
    const lane = makeLane(port, giveUp, () => {
      clearTimeout(timer);
      resolve(lane);
    });
  });
}

function makeLane(port: WorkerPort, onFailedStart: () => void, onReady: () => void): SvdLane {
  let alive = true;
  let ready = false;
  let current: { resolve(svd: Svd): void; reject(reason: unknown): void; onProgress(share: number): void } | undefined;
  const finish = (): typeof current => {
    const finished = current;
    current = undefined;
    return finished;
  };
  port.onAnswer((answer) => {
    if (answer.kind === "progress") current?.onProgress(answer.fraction);
    else if (answer.kind === "done") finish()?.resolve(answer.svd);
    else if (answer.kind === "failed") finish()?.reject(new Error(answer.message));
    else {
      ready = true;
      onReady();
    }
  });
  port.onFailure((message) => {
    if (!alive) return;
    alive = false;
    port.terminate();
    finish()?.reject(new Error(`The worker that computes singular values stopped: ${message}.`));
    if (!ready) onFailedStart();
  });
  return {
    get alive() {
      return alive;
    },
    run: (request, onProgress) =>
      new Promise((resolve, reject) => {
        if (!alive || current) {
          reject(new Error(`The worker that computes singular values is ${alive ? "busy" : "gone"}.`));
          return;
        }
        current = { resolve, reject, onProgress };
        port.post(request, [request.weight.buffer as ArrayBuffer]);
      }),
    stop: (reason) => {
      alive = false;
      port.terminate();
      finish()?.reject(reason);
    },
  };
}
