/**
 * Scenes with their attributes, rendered once by a worker thread into shared memory while they are already being trained on.
 * The pool's contents are a function of the seed; which part of it a step may use is a function of the step, so a run does not depend
 * on the machine's speed.
 */
import { Worker } from "node:worker_threads";
import { attributeCount } from "../../../data/scenes/index";

export interface PoolSpec {
  readonly seed: number;
  readonly split: "train" | "val";
  readonly count: number;
  readonly size: number;
  readonly grid: number;
}

export interface PoolMemory {
  readonly spec: PoolSpec;
  /** [N,S,S,3] */
  readonly images: Uint8Array;
  /** [N,g,g,A], shares times 255. */
  readonly attributes: Uint8Array;
  /** [1]: how many scenes are ready. */
  readonly ready: Int32Array;
}

export class ScenePool {
  readonly memory: PoolMemory;
  private readonly worker: Worker;
  private failure: Error | null = null;

  constructor(readonly spec: PoolSpec) {
    const bytes = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));
    this.memory = {
      spec,
      images: bytes(spec.count * spec.size * spec.size * 3),
      attributes: bytes(spec.count * spec.grid * spec.grid * attributeCount),
      ready: new Int32Array(new SharedArrayBuffer(4)),
    };
    const file = "./sceneNodeWorker.js";
    this.worker = new Worker(new URL(file, import.meta.url), { workerData: this.memory });
    this.worker.on("error", (error) => {
      this.failure = error;
    });
    this.worker.unref();
  }

  get ready(): number {
    return Atomics.load(this.memory.ready, 0);
  }

  /** Resolves once the first `count` scenes are rendered. */
  async until(count: number): Promise<void> {
    while (this.ready < count) {
      if (this.failure) throw this.failure;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async dispose(): Promise<void> {
    await this.worker.terminate();
  }
}
