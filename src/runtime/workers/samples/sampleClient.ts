/** One worker that makes rows, as a thing that never leaves a caller waiting: what it cannot make is made on this thread. */
import type { DataOrigin } from "../../../contracts/dataOrigin";
import type { Row, SampleRequest } from "../../../data/rows";
import type { WorkerPort } from "../../session/browser/workerPort";
import type { SampleAnswer, SampleOrder } from "./sampleService";

export type SamplePort = WorkerPort<SampleOrder, SampleAnswer>;

export interface SampleClient {
  /** False once the worker has failed or was stopped. */
  readonly alive: boolean;
  /** The data set that is open there; 0: none yet. */
  readonly opening: number;
  open(opening: number, origin: DataOrigin, cacheBytes: number): void;
  /** @throws where the sample cannot be loaded, or the lane is stopped meanwhile. */
  make(request: SampleRequest, here: () => Promise<Row>): Promise<Row>;
  /** Ends the worker; what it is making rejects. */
  stop(): void;
}

interface Job {
  resolve(row: Row | Promise<Row>): void;
  reject(error: Error): void;
  readonly here: () => Promise<Row>;
}

/** `onTrouble` is told once, when the worker can make no rows any more, or not of this data set. */
export function startSampleClient(port: SamplePort, onTrouble: (message: string) => void): SampleClient {
  const jobs = new Map<number, Job>();
  let alive = true;
  let wanted = 0;
  let opening = 0;
  let asked = 0;
  const take = (job: number): Job | undefined => {
    const found = jobs.get(job);
    jobs.delete(job);
    if (jobs.size === 0) port.hold?.(false);
    return found;
  };
  const end = (settle: (job: Job) => void): void => {
    alive = false;
    opening = 0;
    port.terminate();
    for (const number of [...jobs.keys()]) settle(take(number)!);
  };
  const fail = (message: string): void => {
    if (!alive) return;
    end((job) => job.resolve(job.here()));
    onTrouble(message);
  };
  port.hold?.(false);
  port.onFailure(fail);
  port.onAnswer((answer) => {
    if (!alive) return;
    if (answer.kind === "opened") opening = answer.opening === wanted ? wanted : 0;
    else if (answer.kind === "unopened") onTrouble(answer.message);
    else answerJob(take(answer.job), answer);
  });
  const post = (order: SampleOrder): void => {
    try {
      port.post(order, []);
    } catch (error) {
      fail((error as Error).message);
    }
  };
  return {
    get alive() {
      return alive;
    },
    get opening() {
      return opening;
    },
    open: (number, origin, cacheBytes) => {
      wanted = number;
      opening = 0;
      post({ kind: "open", opening: number, origin, cacheBytes });
    },
    make: (request, here) =>
      new Promise((resolve, reject) => {
        const job = ++asked;
        jobs.set(job, { resolve, reject, here });
        port.hold?.(true);
        post({ kind: "row", job, request });
      }),
    stop: () => {
      if (alive) end((job) => job.reject(new Error("The workers that prepare images were stopped.")));
    },
  };
}

function answerJob(
  job: Job | undefined,
  answer: Extract<SampleAnswer, { readonly kind: "row" | "unknown" | "failed" }>,
): void {
  if (answer.kind === "row") job?.resolve(answer.row);
  // The file may be one that only this thread still has, or all of them fail at: then this one says so.
  else job?.resolve(job.here());
}
