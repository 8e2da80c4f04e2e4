/**
 * Workers that load, decode and change the images of a run while the device trains on the batch before. Rows are the same numbers wherever
 * they are made, so nothing of a run depends on the workers: until they have opened the data set, and where they cannot, this thread goes
 * on without them. Where there are workers they make every row: the training thread then works less for a batch even where samples of 64 px
 * lie decoded in memory (docs/benchmarks.md, "The images of a batch").
 */
import type { DataOrigin } from "../../../contracts/dataOrigin";
import { DEFAULT_CACHE_BYTES } from "../../../data/batches";
import type { BatchRow, SampleMaker, SampleRequest } from "../../../data/batchRow";
import type { WorkerPort } from "../../platform/workerPort";
import { WorkerService } from "../service";
import type { SampleMethods } from "./sampleMethods";

export interface SamplePoolOptions {
  readonly startWorker: () => WorkerPort;
  /** How many workers; `sampleWorkers` says how many are sensible. */
  readonly workers: number;
  /** Told of troubles that cost time but not the result. */
  readonly onWarning?: (message: string) => void;
}

export interface SamplePool {
  /**
   * Makes the rows of a data set, which the workers begin to open. They have one open at a time: a maker of an earlier one works on this
   * thread from now on, and the same data set again is not opened anew.
   */
  maker(origin: DataOrigin): SampleMaker;
  /** Ends all workers; rows that they are making reject. */
  close(): void;
}

/** One core is left to the thread that trains; more than four workers wait for memory more than they compute. */
export const sampleWorkers = (cores: number): number => Math.max(1, Math.min(4, cores - 1));

type SampleService = WorkerService<SampleMethods>;

/** A data set that the workers open. */
interface Opening {
  readonly origin: DataOrigin;
  /** Those that have it open by now. */
  able(): SampleService[];
}

export function createSamplePool({ startWorker, workers, onWarning }: SamplePoolOptions): SamplePool {
  let current: Opening | undefined;
  let isQuiet = false;
  const trouble = ({ message }: Error): void => {
    if (!isQuiet)
      onWarning?.(`Images are prepared without a worker of their own, which may slow down the training: ${message}`);
    isQuiet = true;
  };
  const services = Array.from(
    { length: workers },
    () => new WorkerService<SampleMethods>(startWorker, "A worker that prepares images", trouble),
  );
  const maker = (origin: DataOrigin): SampleMaker => {
    const isOpen = current && sameOrigin(current.origin, origin) && services.every(({ alive }) => alive);
    const mine = current && isOpen ? current : openOn(services, origin, trouble);
    current = mine;
    return makerOver(() => (current === mine ? mine.able() : []));
  };
  const close = (): void => {
    isQuiet = true;
    for (const service of services) service.stop(new PoolClosed("The workers that prepare images were stopped."));
  };
  return { maker, close };
}

function openOn(services: readonly SampleService[], origin: DataOrigin, onTrouble: (error: Error) => void): Opening {
  const done = new Set<SampleService>();
  const cacheBytes = DEFAULT_CACHE_BYTES / services.length;
  for (const service of services) service.call("open", { origin, cacheBytes }).then(() => done.add(service), onTrouble);
  return { origin, able: () => services.filter((service) => service.alive && done.has(service)) };
}

const makerOver = (able: () => readonly SampleService[]): SampleMaker => ({
  get ready() {
    return able().length > 0;
  },
  // A sample goes to the same worker each time, which keeps it decoded.
  make: (request, here) => {
    const services = able();
    const service = services[request.index % services.length];
    return service ? preparedBy(service, request, here) : here();
  },
});

class PoolClosed extends Error {}

/** The file may be one that only this thread still has, or all of them fail at: then this one says so. */
const preparedBy = async (
  service: SampleService,
  request: SampleRequest,
  here: () => Promise<BatchRow>,
): Promise<BatchRow> => {
  const row = await service.call("prepare", request).catch((error: unknown) => {
    if (error instanceof PoolClosed) throw error;
    return undefined;
  });
  return row ?? here();
};

/** Files may change between two openings, each of which has options of its own; tasks of the user's own may be other ones each time. */
function sameOrigin(a: DataOrigin, b: DataOrigin): boolean {
  if (a.kind === "files")
    return b.kind === "files" && a.options === b.options && JSON.stringify(a.own) === JSON.stringify(b.own);
  return JSON.stringify(a) === JSON.stringify(b);
}
