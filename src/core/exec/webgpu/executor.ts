/** The WebGPU executor: states and plans over one GPUDevice, see `Executor` for what every executor keeps. */
import type { Graph } from "../../graph/node";
import { DeviceError, DeviceLostError, type Executor, type MemoryUse } from "../executor";
import { bindDispatches, PlanBuffers } from "./bound";
import { type DeviceOptions, limitsOf, nameOf, openDevice } from "./device";
import { Memory } from "./memory";
import { type Pipelines, pipelinesOf } from "./pipelines";
import { type PlanLimits, planGraph } from "./plan";
import { WebGpuPlan } from "./plannedRun";
import { Staging } from "./staging";
import type { Surface } from "./surface";

export interface WebGpuOptions extends DeviceOptions {
  /** Milliseconds from any start; the fineness of submits follows from it. Default: the system clock. */
  readonly now?: () => number;
  /** Destroy the device with the executor. Default: the caller owns the device. */
  readonly ownsDevice?: boolean;
}

/** Opens a device of our own and an executor on it. */
export async function openWebGpuExecutor(gpu: GPU, options: WebGpuOptions = {}): Promise<WebGpuExecutor> {
  const { device } = await openDevice(gpu, options);
  return createWebGpuExecutor(device, undefined, { ownsDevice: true, ...options });
}

export function createWebGpuExecutor(
  device: GPUDevice,
  description?: string,
  options: WebGpuOptions = {},
): WebGpuExecutor {
  return new WebGpuExecutor(device, description ?? `WebGPU on ${nameOf(device.adapterInfo)}`, options);
}

export class WebGpuExecutor implements Executor {
  readonly kind = "webgpu";
  readonly lost: Promise<string>;
  readonly limits: PlanLimits;
  private readonly memoryOf: Memory;
  private readonly pipelines: Pipelines;
  private readonly plans = new Set<WebGpuPlan>();
  private readonly waiting = new Set<(error: Error) => void>();
  private failure: DeviceError | undefined;
  private isDisposed = false;

  constructor(
    readonly device: GPUDevice,
    readonly description: string,
    private readonly options: WebGpuOptions,
  ) {
    this.limits = limitsOf(device);
    this.memoryOf = new Memory(device);
    this.pipelines = pipelinesOf(device);
    this.lost = device.lost.then((info) => {
      const reason = `The GPU was lost (${info.reason}): ${info.message || "no message"} States since the last checkpoint are gone; open a new executor.`;
      this.fail(new DeviceLostError(reason));
      return reason;
    });
    device.addEventListener("uncapturederror", this.onError);
  }

  /** An error that nothing here had asked about: after it, nobody knows what the buffers hold. */
  private readonly onError = (event: Event): void => {
    const { message } = (event as GPUUncapturedErrorEvent).error;
    this.fail(new DeviceError(`The GPU reported an error: ${message} Open the device anew, or choose another.`));
  };

  /** The first failure stands, but for a loss, which says more. */
  private fail(error: DeviceError): void {
    if (!this.failure || error instanceof DeviceLostError) this.failure = error;
    for (const reject of this.waiting) reject(this.failure);
  }

  async compile(graph: Graph, label?: string): Promise<WebGpuPlan> {
    this.check();
    const plan = this.plan(graph, label);
    const buffers = await this.allocate(plan, label);
    try {
      const bound = await this.guard(bindDispatches(this.device, this.pipelines, buffers, plan.dispatches));
      const made: WebGpuPlan = new WebGpuPlan(this.surface(), plan, buffers, bound, label ?? "graph", () =>
        this.plans.delete(made),
      );
      this.plans.add(made);
      return made;
    } catch (error) {
      buffers.release();
      throw labelled(error, label);
    }
  }

  private plan(graph: Graph, label: string | undefined) {
    try {
      return planGraph(graph, this.limits);
    } catch (error) {
      throw labelled(error, label);
    }
  }

  private async allocate(plan: ReturnType<typeof planGraph>, label: string | undefined): Promise<PlanBuffers> {
    this.device.pushErrorScope("out-of-memory");
    const buffers = new PlanBuffers(this.memoryOf, plan);
    const error = await this.guard(this.device.popErrorScope());
    if (!error) return buffers;
    buffers.release();
    const megabytes = Math.ceil(plan.cost.arenaBytes / 2 ** 20);
    throw labelled(
      new Error(
        `The GPU has no room for ${megabytes} MiB of intermediate values. Use a smaller batch or image. (${error.message})`,
      ),
      label,
    );
  }

  private surface(): Surface {
    return {
      device: this.device,
      memory: this.memoryOf,
      now: this.options.now ?? Date.now,
      check: () => this.check(),
      guard: (work) => this.guard(work),
      fail: (error) => this.fail(error),
    };
  }

  private check(): void {
    if (this.isDisposed) throw new Error("The WebGPU executor was disposed.");
    if (this.failure) throw this.failure;
  }

  /** Work on a device that failed or was lost may reject with an obscure message, or never end: the failure is the answer then. */
  private guard<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.add(reject);
      work
        .then(resolve, async (error: unknown) => {
          await turns();
          reject(this.failure ?? error);
        })
        .finally(() => this.waiting.delete(reject));
    });
  }

  writeState(name: string, data: Float32Array): void {
    this.check();
    this.memoryOf.write(this.memoryOf.state(name, data.length), 0, data);
  }

  async readState(name: string): Promise<Float32Array> {
    this.check();
    const state = this.memoryOf.states.get(name);
    if (!state) {
      const names = [...this.memoryOf.states.keys()];
      throw new Error(`No state "${name}" was written or planned; there are ${names.join(", ") || "none"}.`);
    }
    const staging = new Staging(this.memoryOf, state.floats);
    const parts = [{ buffer: state.buffer, start: 0, floats: state.floats }];
    const encoder = this.device.createCommandEncoder();
    const recorded = staging.record(encoder, parts);
    this.device.queue.submit([encoder.finish()]);
    try {
      const [data] = await this.guard(staging.read(recorded));
      return data!;
    } finally {
      staging.release();
    }
  }

  async releaseStates(): Promise<void> {
    this.check();
    if (this.plans.size > 0)
      throw new Error(`${this.plans.size} plans still use the states of this executor; dispose them first.`);
    this.memoryOf.releaseStates();
  }

  /** A storage buffer beside the plans', counted with the executor's memory. */
  createBuffer(label: string, bytes: number): GPUBuffer {
    this.check();
    return this.memoryOf.storage(label, bytes / 4);
  }

  releaseBuffer(buffer: GPUBuffer): void {
    this.memoryOf.destroy(buffer);
  }

  memory(): MemoryUse {
    return this.memoryOf.use();
  }

  async dispose(): Promise<void> {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.device.removeEventListener("uncapturederror", this.onError);
    for (const plan of [...this.plans]) plan.dispose();
    this.memoryOf.destroyAll();
    if (this.options.ownsDevice) this.device.destroy();
  }
}

/** Lets the promises that are settled already be heard first. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await undefined;
}

function labelled(error: unknown, label: string | undefined): Error {
  if (error instanceof DeviceError) return error;
  const { message } = error as Error;
  return new Error(label === undefined ? message : `Plan "${label}": ${message}`);
}
