/**
 * Scenes with their attributes, rendered once by a worker thread into shared memory while they are already being trained on.
 * The pool's contents are a function of the seed; which part of it a step may use is a function of the step, so a run does not depend
 * on the machine's speed.
 */
import { attributeCount } from "../../../data/scenes/index";
import type { WorkerPort } from "../../platform/workerPort";
import { WorkerService } from "../service";
import type { PoolMemory, PoolSpec, SceneMethods } from "./sceneMethods";

export class ScenePool {
  readonly memory: PoolMemory;
  private readonly service: WorkerService<SceneMethods>;
  private ready = 0;
  private failure: Error | null = null;

  constructor(spec: PoolSpec, startWorker: () => WorkerPort) {
    const bytes = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));
    this.memory = {
      spec,
      images: bytes(spec.count * spec.size * spec.size * 3),
      attributes: bytes(spec.count * spec.grid * spec.grid * attributeCount),
    };
    this.service = new WorkerService(startWorker, "The worker that renders scenes");
    const onProgress = (ready: number): void => {
      this.ready = ready;
    };
    this.service.call("render", this.memory, { onProgress }).catch((error: Error) => {
      this.failure = error;
    });
  }

  /** Resolves once the first `count` scenes are rendered. @throws where the worker has failed before that. */
  async until(count: number): Promise<void> {
    while (this.ready < count) {
      if (this.failure) throw this.failure;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close(): void {
    this.service.stop(new Error("The scenes are not needed any more."));
  }
}
