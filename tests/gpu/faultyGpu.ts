/** A real GPU whose queue can be told to refuse or to lose the work that it is given. */

/** "refuse": every submit is a validation error; "drop": submits are accepted and never done. */
export type Fault = "none" | "refuse" | "drop";

export interface FaultyGpu {
  readonly gpu: GPU;
  /** The real devices that were opened, newest last. */
  readonly devices: GPUDevice[];
  fault: Fault;
}

/** `target`, with some of its properties replaced. What is native stays bound to the native object. */
function over<T extends object>(target: T, replaced: Partial<Record<keyof T, unknown>>): T {
  return new Proxy(target, {
    get: (real, key) => {
      if (key in replaced) return replaced[key as keyof T];
      const value = Reflect.get(real, key, real);
      return typeof value === "function" ? value.bind(real) : value;
    },
  });
}

export function faultyGpu(real: GPU): FaultyGpu {
  const devices: GPUDevice[] = [];
  const submit = (queue: GPUQueue, buffers: readonly GPUCommandBuffer[]): void => {
    if (faulty.fault === "none") queue.submit(buffers);
    // One command buffer twice: the whole submit is refused.
    if (faulty.fault === "refuse") queue.submit([...buffers, ...buffers]);
  };
  const deviceOf = (device: GPUDevice): GPUDevice => {
    devices.push(device);
    const queue = over(device.queue, {
      submit: (buffers: readonly GPUCommandBuffer[]) => submit(device.queue, buffers),
    });
    return over(device, { queue });
  };
  const adapterOf = (adapter: GPUAdapter): GPUAdapter =>
    over(adapter, {
      requestDevice: async (options: GPUDeviceDescriptor) => deviceOf(await adapter.requestDevice(options)),
    });
  const gpu = over(real, {
    requestAdapter: async (options: GPURequestAdapterOptions) => {
      const adapter = await real.requestAdapter(options);
      return adapter && adapterOf(adapter);
    },
  });
  const faulty: FaultyGpu = { gpu, devices, fault: "none" };
  return faulty;
}
