/**
 * Decomposes all adapted matrices of a model: over a few workers, from a cache where the same weight was seen before, and on this thread
 * where there are no workers.
 */
import { type Svd, svd } from "../../../core/math/svd";
import { messageOf } from "../../platform/messageOf";
import { type SvdClient, type SvdPort, startClient } from "./svdClient";
import { type BlobCache, cacheKey, readCache, writeCache } from "./svdFile";

interface Named {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
}

/** weight: [rows,cols]. */
export interface NamedMatrix extends Named {
  readonly weight: Float32Array;
  /** Not seen again: its decomposition is not kept for another time. */
  readonly transient?: true;
}

/** A matrix that is read when its turn comes. */
export interface DeferredMatrix extends Named {
  /** [rows,cols] */
  read(): Promise<Float32Array>;
}

export interface SvdProgress {
  /** Share of the whole work, 0 to 1. */
  readonly fraction: number;
  /** Matrices that are finished, of how many. */
  readonly done: number;
  readonly total: number;
}

export interface DecomposeOptions {
  readonly onProgress?: (progress: SvdProgress) => void;
  /** Stops the work; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface SvdPoolOptions {
  /** Starts one worker. Without it, or where it fails to start, everything runs on this thread. */
  readonly startWorker?: () => SvdPort;
  /** How many workers at most; sensible is one less than the cores. */
  readonly workers?: number;
  readonly cache?: BlobCache;
  /** Told of troubles that cost time but not the result, such as a full disk. */
  readonly onWarning?: (message: string) => void;
}

export interface SvdPool {
  /** Decompositions by name. @throws where a matrix holds NaN or an infinity, a worker dies, or the signal fires. */
  decompose(matrices: readonly NamedMatrix[], options?: DecomposeOptions): Promise<Map<string, Svd>>;
  /** Sees to it that decompositions are in the cache, and holds no more than one matrix a worker. @throws as `decompose` does. */
  warm(matrices: readonly DeferredMatrix[], options?: DecomposeOptions): Promise<void>;
  /** Ends all workers; what runs rejects. In Node the program does not end before this. */
  close(): void;
}

export function createSvdPool(options: SvdPoolOptions = {}): SvdPool {
  const lanes = makeClients(options);
  /** Gives each matrix to a worker, the largest first, so that no worker is left with a large one at the end. */
  const each = async <M extends Named>(
    matrices: readonly M[],
    { onProgress = () => {}, signal }: DecomposeOptions,
    work: (matrix: M, run: Run, report: (share: number) => void) => Promise<void>,
  ): Promise<void> => {
    signal?.throwIfAborted();
    const progress = trackProgress(matrices, onProgress);
    const queue = [...matrices].sort((a, b) => workOf(b) - workOf(a));
    const drain = async (): Promise<void> => {
      const lane = lanes.borrow(signal);
      try {
        for (let matrix = queue.shift(); matrix; matrix = queue.shift()) {
          signal?.throwIfAborted();
          const report = progress(matrix);
          await work(matrix, lane.run, report);
          report(1);
        }
      } catch (error) {
        queue.length = 0;
        throw error;
      } finally {
        lane.giveBack();
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, Math.min(lanes.count, matrices.length)) }, drain));
    signal?.throwIfAborted();
  };
  const decompose: SvdPool["decompose"] = async (matrices, asked = {}) => {
    const results = new Map<string, Svd>();
    // Two layers with equal weights, such as fresh ones, are decomposed once.
    const started = new Map<string, Promise<Svd>>();
    await each(matrices, asked, async (matrix, run, report) => {
      const key = cacheKey(matrix);
      const known = started.get(key) ?? solve(matrix, key, run, report, asked.signal);
      started.set(key, known);
      results.set(matrix.name, await known);
    });
    return new Map(matrices.map(({ name }) => [name, results.get(name)!]));
  };
  const warm: SvdPool["warm"] = (matrices, asked = {}) =>
    each(matrices, asked, async ({ read, ...named }, run, report) => {
      const matrix = { ...named, weight: await read() };
      await solve(matrix, cacheKey(matrix), run, report, asked.signal);
    });

  const solve = async (
    matrix: NamedMatrix,
    key: string,
    run: Run,
    report: (share: number) => void,
    signal: AbortSignal | undefined,
  ): Promise<Svd> => {
    const cached = await readCache(key, matrix, options);
    if (cached) return cached;
    const result = await run(matrix, report).catch((cause) => {
      if (signal?.aborted) throw signal.reason;
      throw new Error(`${matrix.name}: ${messageOf(cause)}`, { cause });
    });
    if (!matrix.transient) await writeCache(key, result, options);
    return result;
  };
  return { decompose, warm, close: lanes.close };
}

type Run = (matrix: NamedMatrix, onProgress: (share: number) => void) => Promise<Svd>;

interface Borrowed {
  readonly run: Run;
  giveBack(): void;
}

/** The workers: started when first needed, kept for the next call, replaced when one has died. */
function makeClients({ startWorker, workers = 1 }: SvdPoolOptions) {
  const idle: SvdClient[] = [];
  const busy = new Set<SvdClient>();
  let closed = false;

  const take = async (): Promise<SvdClient | undefined> => idle.pop() ?? (startWorker && startClient(startWorker));
  const borrow = (signal: AbortSignal | undefined): Borrowed => {
    let lane: SvdClient | undefined;
    let asked = false;
    const stop = (): void => lane?.stop(signal?.reason);
    signal?.addEventListener("abort", stop);
    const run: Run = async (matrix, onProgress) => {
      if (!asked) {
        asked = true;
        lane = await take();
        if (lane) busy.add(lane);
      }
      signal?.throwIfAborted();
      if (closed) throw new Error("The pool was closed.");
      if (!lane) return runHere(matrix, onProgress);
      // A copy, because a buffer that goes to a worker is lost here.
      return lane.run({ weight: matrix.weight.slice(), rows: matrix.rows, cols: matrix.cols }, onProgress);
    };
    const giveBack = (): void => {
      signal?.removeEventListener("abort", stop);
      if (!lane) return;
      busy.delete(lane);
      if (!lane.alive) return;
      if (closed || signal?.aborted || idle.length >= workers) lane.stop(new Error("The pool was closed."));
      else idle.push(lane);
    };
    return { run, giveBack };
  };
  const close = (): void => {
    closed = true;
    for (const lane of [...idle, ...busy]) lane.stop(new Error("The pool was closed."));
    idle.length = 0;
  };
  return { borrow, close, count: startWorker ? workers : 1 };
}

/** On this thread, with a breath before each matrix so that messages such as a cancellation can arrive. */
async function runHere({ weight, rows, cols }: NamedMatrix, onProgress: (share: number) => void): Promise<Svd> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  return svd(weight, rows, cols, { onProgress });
}

/** Work grows with the shorter side squared times the longer one. */
const workOf = ({ rows, cols }: Named): number => Math.min(rows, cols) ** 2 * Math.max(rows, cols);

function trackProgress(matrices: readonly Named[], onProgress: (progress: SvdProgress) => void) {
  const total = matrices.reduce((sum, matrix) => sum + workOf(matrix), 0);
  let finished = 0;
  let done = 0;
  return (matrix: Named) => {
    let counted = 0;
    return (share: number): void => {
      if (share <= counted) return;
      if (share === 1) done++;
      finished += (share - counted) * workOf(matrix);
      counted = share;
      onProgress({
        fraction: done === matrices.length ? 1 : Math.min(finished / Math.max(total, 1), 1),
        done,
        total: matrices.length,
      });
    };
  };
}
