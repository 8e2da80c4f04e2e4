/**
 * Workers that load, decode and change the images of a run while the device trains on the batch before. Rows are the same numbers wherever
 * they are made, so nothing of a run depends on the workers: until they have opened the data set, and where they cannot, this thread goes
 * on without them. Where there are workers they make every row: the training thread then works less for a batch even where samples of 64 px
 * lie decoded in memory (docs/benchmarks.md, "The images of a batch").
 */
import type { DataOrigin } from "../../../contracts/dataOrigin";
import { DEFAULT_CACHE_BYTES } from "../../../data/batches";
import type { SampleMaker } from "../../../data/rows";
import { type SampleClient, type SamplePort, startSampleClient } from "./sampleClient";

export interface SamplePoolOptions {
  readonly startWorker: () => SamplePort;
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

export function createSamplePool({ startWorker, workers, onWarning }: SamplePoolOptions): SamplePool {
  let lanes: SampleClient[] = [];
  let current: { readonly origin: DataOrigin; readonly opening: number } | undefined;
  let openings = 0;
  let usable = true;
  let warned = false;

  const trouble = (message: string): void => {
    usable = false;
    if (warned) return;
    warned = true;
    onWarning?.(`Images are prepared without a worker of their own, which may slow down the training: ${message}`);
  };
  const start = (): SampleClient | undefined => {
    try {
      return startSampleClient(startWorker(), trouble);
    } catch (error) {
      trouble((error as Error).message);
      return undefined;
    }
  };
  const openAll = (origin: DataOrigin): void => {
    const opening = ++openings;
    current = { origin, opening };
    if (lanes.length === 0 && usable)
      lanes = Array.from({ length: workers }, start).filter((lane) => lane !== undefined);
    for (const lane of lanes) if (lane.alive) lane.open(opening, origin, DEFAULT_CACHE_BYTES / lanes.length);
  };
  const maker = (origin: DataOrigin): SampleMaker => {
    if (!current || !sameOrigin(current.origin, origin)) openAll(origin);
    const { opening } = current!;
    const open = (): SampleClient[] => lanes.filter((lane) => lane.opening === opening);
    return {
      get ready() {
        return open().length > 0;
      },
      // A sample goes to the same worker each time, which keeps it decoded.
      make: (request, here) => {
        const able = open();
        return able[request.index % able.length]?.make(request, here) ?? here();
      },
    };
  };
  const close = (): void => {
    usable = false;
    for (const lane of lanes) lane.stop();
  };
  return { maker, close };
}

/** Files may change between two openings, each of which has options of its own; tasks of the user's own may be other ones each time. */
function sameOrigin(a: DataOrigin, b: DataOrigin): boolean {
  if (a.kind === "files")
    return b.kind === "files" && a.options === b.options && JSON.stringify(a.own) === JSON.stringify(b.own);
  return JSON.stringify(a) === JSON.stringify(b);
}
