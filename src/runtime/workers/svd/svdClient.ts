/** One worker of the SVD pool, as a thing that decomposes one matrix at a time and never leaves a caller waiting. */
import type { Svd } from "../../../core/math/svd";
import type { WorkerPort } from "../../session/browser/workerPort";
import type { SvdAnswer, SvdRequest } from "./svdService";

/** In Node it keeps the program alive until the pool is closed. */
export type SvdPort = WorkerPort<SvdRequest, SvdAnswer>;

export interface SvdClient {
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
export function startClient(startWorker: () => SvdPort): Promise<SvdClient | undefined> {
  return new Promise((resolve) => {
    let port: SvdPort;
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
    const lane = makeClient(port, giveUp, () => {
      clearTimeout(timer);
      resolve(lane);
    });
  });
}

function makeClient(port: SvdPort, onFailedStart: () => void, onReady: () => void): SvdClient {
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
