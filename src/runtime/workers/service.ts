/**
 * A worker as an object whose methods are called across the thread's border. A call is answered once, whatever happens: by its result, by the
 * error of its method, by the reason for which it was cancelled, or by a WorkerCrash. A worker that has died is replaced at the next call.
 */
import { messageOf } from "../platform/messageOf";
import type { WorkerPort, WorkerScope } from "../platform/workerPort";

type Method<Request, Result, Progress> = (
  request: Request,
  onProgress: (progress: Progress) => void,
) => Result | Promise<Result>;

/** What a worker can do, by name. Typed arrays of a result are given away: the worker keeps none of them. */
type Methods<M> = { readonly [Name in keyof M]: Method<never, unknown, unknown> };

type RequestOf<F> = F extends (request: infer Request, ...rest: never[]) => unknown ? Request : never;
type ProgressOf<F> = F extends (request: never, onProgress: (progress: infer Progress) => void) => unknown
  ? Progress
  : never;
type ResultOf<F> = F extends (...all: never[]) => infer Result ? Awaited<Result> : never;

interface Order {
  readonly id: number;
  readonly method: string;
  readonly request: unknown;
}

type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "progress" | "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly message: string };

/** Within the worker: answers calls until the thread ends. A method begins in the moment in which its call arrives. */
export function serve<M extends Methods<M>>(scope: WorkerScope, methods: M): void {
  const post = (answer: Answer, transfer: ArrayBuffer[] = []): void => scope.post(answer, transfer);
  const answer = async ({ id, method, request }: Order): Promise<void> => {
    try {
      const call = methods[method as keyof M] as unknown as Method<unknown, unknown, unknown>;
      const value = await call(request, (progress) => post({ kind: "progress", id, value: progress }));
      post({ kind: "result", id, value }, [...buffersIn(value)]);
    } catch (error) {
      post({ kind: "failed", id, message: messageOf(error) });
    }
  };
  scope.onMessage((order) => void answer(order as Order));
  post({ kind: "ready" });
}

function buffersIn(value: unknown): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) return new Set(value.buffer instanceof ArrayBuffer ? [value.buffer] : []);
  if (typeof value !== "object" || value === null) return new Set();
  return new Set(Object.values(value).flatMap((part) => [...buffersIn(part)]));
}

/** The thread is gone, and what it was doing with it. */
export class WorkerCrash extends Error {
  override readonly name = "WorkerCrash";

  constructor(
    message: string,
    /** False where the worker had not begun to listen: there are no workers here, or its script does not load. */
    readonly started: boolean,
  ) {
    super(message);
  }
}

export interface CallOptions<Progress> {
  readonly onProgress?: (progress: Progress) => void;
  /** Rejects the call with its reason; the worker ends where it has nothing else to do, since a long computation hears no message. */
  readonly signal?: AbortSignal | undefined;
  /** Given to the worker, and lost here. */
  readonly transfer?: ArrayBuffer[];
}

interface Call {
  onProgress(progress: unknown): void;
  resolve(result: unknown): void;
  reject(reason: unknown): void;
}

/** A worker that has not said that it is ready after this long is given up. */
const START_LIMIT_MS = 20_000;

export class WorkerService<M extends Methods<M>> {
  private readonly calls = new Map<number, Call>();
  private port: WorkerPort | undefined;
  private started = false;
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped: Error | undefined;

  /** The worker starts with the first call. `label`: "The worker that computes singular values". */
  constructor(
    private readonly start: () => WorkerPort,
    private readonly label: string,
    /** Told also of a worker that dies while it has nothing to do. */
    private readonly onCrash: (error: WorkerCrash) => void = () => {},
  ) {}

  /** Whether there is a thread now. */
  get alive(): boolean {
    return this.port !== undefined;
  }

  call<Name extends keyof M & string>(
    method: Name,
    request: RequestOf<M[Name]>,
    { onProgress = () => {}, signal, transfer = [] }: CallOptions<ProgressOf<M[Name]>> = {},
  ): Promise<ResultOf<M[Name]>> {
    const id = ++this.asked;
    const cancel = (): void => this.cancel(id, signal?.reason);
    const answer = new Promise((resolve, reject) => {
      this.calls.set(id, { resolve, reject, onProgress: onProgress as Call["onProgress"] });
      if (signal?.aborted) this.take(id)?.reject(signal.reason);
      else if (this.stopped) this.take(id)?.reject(this.stopped);
      else this.post({ id, method, request }, transfer);
    });
    signal?.addEventListener("abort", cancel);
    return answer.finally(() => signal?.removeEventListener("abort", cancel)) as Promise<ResultOf<M[Name]>>;
  }

  /** Ends the worker for good; calls reject with this reason. */
  stop(reason: Error): void {
    this.stopped = reason;
    this.end(reason);
  }

  private post(order: Order, transfer: ArrayBuffer[]): void {
    try {
      this.port ??= this.open();
    } catch (error) {
      this.crash(messageOf(error));
      return;
    }
    try {
      this.port.hold?.(true);
      this.port.post(order, transfer);
    } catch (error) {
      this.take(order.id)?.reject(error);
    }
  }

  private open(): WorkerPort {
    const port = this.start();
    const isCurrent = (): boolean => this.port === port;
    port.onMessage((answer) => isCurrent() && this.hear(answer as Answer));
    port.onFailure((message) => isCurrent() && this.crash(message));
    this.timer = setTimeout(() => this.crash("it did not answer"), START_LIMIT_MS);
    return port;
  }

  private hear(answer: Answer): void {
    if (answer.kind === "ready") {
      this.started = true;
      clearTimeout(this.timer);
    } else if (answer.kind === "failed") this.take(answer.id)?.reject(new Error(answer.message));
    else if (answer.kind === "result") this.take(answer.id)?.resolve(answer.value);
    else this.calls.get(answer.id)?.onProgress(answer.value);
  }

  private take(id: number): Call | undefined {
    const call = this.calls.get(id);
    this.calls.delete(id);
    if (this.calls.size === 0) this.port?.hold?.(false);
    return call;
  }

  private cancel(id: number, reason: unknown): void {
    this.take(id)?.reject(reason);
    if (this.calls.size === 0) this.end(reason);
  }

  private crash(message: string): void {
    const what = this.started ? "stopped" : "could not start";
    const error = new WorkerCrash(`${this.label} ${what}: ${message}.`, this.started);
    this.end(error);
    this.onCrash(error);
  }

  private end(reason: unknown): void {
    clearTimeout(this.timer);
    this.port?.terminate();
    this.port = undefined;
    this.started = false;
    for (const id of [...this.calls.keys()]) this.take(id)?.reject(reason);
  }
}
