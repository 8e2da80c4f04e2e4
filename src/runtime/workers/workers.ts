/** The workers of a session. They start when there is something to do. */
import type { WorkerPort } from "../platform/workerPort";
import { createSamplePool, type SamplePool, sampleWorkers } from "./samples/samplePool";
import type { CacheOptions } from "./svd/svdFile";
import { createSvdPool, type SvdPool } from "./svd/svdPool";

export interface Workers {
  readonly svd: SvdPool;
  /** Prepare images; absent: the session's own thread does. */
  readonly samples?: SamplePool;
}

export interface WorkersOptions extends CacheOptions {
  readonly startWorker: (kind: keyof Workers) => WorkerPort;
  readonly cores: number;
  /** Each holds matrices in memory. */
  readonly mostSvdWorkers: number;
}

export function createWorkers({ startWorker, cores, mostSvdWorkers, ...options }: WorkersOptions): Required<Workers> {
  const workers = Math.max(1, Math.min(mostSvdWorkers, cores - 1));
  return {
    svd: createSvdPool({ startWorker: () => startWorker("svd"), workers, ...options }),
    samples: createSamplePool({
      startWorker: () => startWorker("samples"),
      workers: sampleWorkers(cores),
      ...(options.onWarning && { onWarning: options.onWarning }),
    }),
  };
}
