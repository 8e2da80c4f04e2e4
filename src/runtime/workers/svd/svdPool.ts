/**
 * Decomposes all adapted matrices of a model: over a few workers, from a cache where the same weight was seen before, and on this thread
 * where there are no workers.
 */
import { type Svd, svd } from "../../../core/math/svd";
import { messageOf } from "../../platform/messageOf";
import type { WorkerPort } from "../../platform/workerPort";
import { WorkerCrash, WorkerService } from "../service";
import { type CacheOptions, cacheKey, readCache, writeCache } from "./svdFile";
import type { Matrix, SvdMethods } from "./svdMethods";

type Named = Pick<NamedMatrix, "name" | "rows" | "cols">;

export interface NamedMatrix extends Matrix {
  readonly name: string;
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

export interface SvdPoolOptions extends CacheOptions {
  /** Starts one worker. Without it, or where it fails to start, everything runs on this thread. */
  readonly startWorker?: () => WorkerPort;
  /** How many workers at most; sensible is one less than the cores. */
  readonly workers?: number;
}

export interface SvdPool {
  /** Decompositions by name. @throws where a matrix holds NaN or an infinity, a worker dies, or the signal fires. */
  decompose(matrices: readonly NamedMatrix[], options?: DecomposeOptions): Promise<Map<string, Svd>>;
  /** Sees to it that decompositions are in the cache, and holds no more than one matrix a worker. @throws as `decompose` does. */
  warm(matrices: readonly DeferredMatrix[], options?: DecomposeOptions): Promise<void>;
  /** Ends all workers; what runs rejects. */
  close(): void;
}

export function createSvdPool(options: SvdPoolOptions = {}): SvdPool {
  const { solvers, close } = makeSolvers(options);
  const decompose: SvdPool["decompose"] = async (matrices, asked = {}) => {
    const results = new Map<string, Svd>();
    // Two layers with equal weights, such as fresh ones, are decomposed once.
    const started = new Map<string, Promise<Svd>>();
    await forEach(matrices, solvers, asked, async (matrix, run) => {
      const key = cacheKey(matrix);
      const known = started.get(key) ?? decomposed(matrix, key, run, options, asked.signal);
      started.set(key, known);
      results.set(matrix.name, await known);
    });
    return new Map(matrices.map(({ name }) => [name, results.get(name)!]));
  };
  const warm: SvdPool["warm"] = (matrices, asked = {}) =>
    forEach(matrices, solvers, asked, async ({ read, ...named }, run) => {
      const matrix = { ...named, weight: await read() };
      await decomposed(matrix, cacheKey(matrix), run, options, asked.signal);
    });
  return { decompose, warm, close };
}

/** Gives each matrix to a solver, the largest first, so that none is left with a large one at the end. */
async function forEach<M extends Named>(
  matrices: readonly M[],
  solvers: (most: number) => readonly Solve[],
  { onProgress = () => {}, signal }: DecomposeOptions,
  work: (matrix: M, run: Run) => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted();
  const progress = trackProgress(matrices, onProgress);
  const queue = [...matrices].sort((a, b) => workOf(b) - workOf(a));
  const drain = async (solve: Solve): Promise<void> => {
    try {
      for (let matrix = queue.shift(); matrix; matrix = queue.shift()) {
        signal?.throwIfAborted();
        const report = progress(matrix);
        await work(matrix, (one) => solve(one, report, signal));
        report(1);
      }
    } catch (error) {
      queue.length = 0;
      throw error;
    }
  };
  await Promise.all(solvers(matrices.length).map(drain));
  signal?.throwIfAborted();
}

/** From the cache, or computed and kept there. @throws with the matrix's name, or the signal's reason. */
async function decomposed(
  matrix: NamedMatrix,
  key: string,
  run: Run,
  options: CacheOptions,
  signal: AbortSignal | undefined,
): Promise<Svd> {
  const cached = await readCache(key, matrix, options);
  if (cached) return cached;
  const result = await run(matrix).catch((cause) => {
    if (signal?.aborted) throw signal.reason;
    throw new Error(`${matrix.name}: ${messageOf(cause)}`, { cause });
  });
  if (!matrix.transient) await writeCache(key, result, options);
  return result;
}

type Run = (matrix: NamedMatrix) => Promise<Svd>;
type Solve = (matrix: Matrix, onProgress: (share: number) => void, signal: AbortSignal | undefined) => Promise<Svd>;

/** Threads that decompose: each a worker of its own, or this one where there is none. */
function makeSolvers({ startWorker, workers = 1 }: SvdPoolOptions) {
  const services = Array.from(
    { length: startWorker ? workers : 0 },
    () => new WorkerService<SvdMethods>(startWorker!, "The worker that computes singular values"),
  );
  const solvers = (most: number): Solve[] =>
    services.length > 0 ? services.slice(0, most).map(solveOver) : [runHere].slice(0, most);
  const close = (): void => {
    for (const service of services) service.stop(new Error("The pool was closed."));
  };
  return { solvers, close };
}

/** On this thread from the first time on that the worker cannot start. */
function solveOver(service: WorkerService<SvdMethods>): Solve {
  let canStart = true;
  const overWorker: Solve = async ({ weight, rows, cols }, onProgress, signal) => {
    // A copy, because a buffer that goes to a worker is lost here.
    const copy = weight.slice();
    return service.call("decompose", { weight: copy, rows, cols }, { onProgress, signal, transfer: [copy.buffer] });
  };
  return async (matrix, onProgress, signal) => {
    if (canStart)
      try {
        return await overWorker(matrix, onProgress, signal);
      } catch (error) {
        if (!(error instanceof WorkerCrash) || error.started) throw error;
        canStart = false;
      }
    return runHere(matrix, onProgress);
  };
}

/** On this thread, with a breath before each matrix so that messages such as a cancellation can arrive. */
async function runHere({ weight, rows, cols }: Matrix, onProgress: (share: number) => void): Promise<Svd> {
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
