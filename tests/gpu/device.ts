import { create, globals } from "webgpu";

/**
 * How tests enter Dawn. Workgroup memory is cleared by a loop in the shader and not by Vulkan's extension for it: SwiftShader unrolls the
 * latter float by float, and takes ten times as long to compile a kernel that holds a few thousand of them. Kernels see zeros either way.
 */
export const dawnFlags = ["disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension"];

let device: Promise<GPUDevice> | undefined;

/**
 * The one WebGPU device of a test process: Dawn on the machine's Vulkan driver (SwiftShader where there is no GPU).
 *
 * Sets the WebGPU globals (GPUBufferUsage, ...) once and asks for the limits of the adapter. An error outside an error scope fails the
 * process, because a test that goes on after one proves nothing.
 */
export function getTestDevice(): Promise<GPUDevice> {
  device ??= openDevice();
  return device;
}

// The entry object of Dawn must outlive the device, or the process aborts when it is collected.
let gpu: GPU | undefined;

async function openDevice(): Promise<GPUDevice> {
  process.env.VK_ICD_FILENAMES ??= "/usr/lib/chromium/vk_swiftshader_icd.json";
  process.env.XDG_RUNTIME_DIR ??= "/tmp";
  Object.assign(globalThis, globals);
  gpu = create(dawnFlags);
  const adapter = await gpu.requestAdapter();
  if (!adapter) {
    throw new Error(
      "expected a WebGPU adapter; got none. Install a Vulkan driver, or let the process find SwiftShader from its start: " +
        "LD_LIBRARY_PATH=/usr/lib/chromium (libvulkan.so.1) and VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json",
    );
  }
  const opened = await adapter.requestDevice({ requiredLimits: adapterLimits(adapter) });
  opened.addEventListener("uncapturederror", (event) => {
    const message = (event as GPUUncapturedErrorEvent).error.message;
    queueMicrotask(() => {
      throw new Error(`WebGPU error outside an error scope: ${message}`);
    });
  });
  return opened;
}

/** The limits of the adapter that a kernel may need beyond WebGPU's defaults. */
function adapterLimits(adapter: GPUAdapter): Record<string, number> {
  const names = [
    "maxBufferSize",
    "maxStorageBufferBindingSize",
    "maxStorageBuffersPerShaderStage",
    "maxComputeInvocationsPerWorkgroup",
    "maxComputeWorkgroupStorageSize",
    "maxComputeWorkgroupSizeX",
    "maxComputeWorkgroupSizeY",
    "maxComputeWorkgroupsPerDimension",
  ] as const;
  return Object.fromEntries(names.map((name) => [name, adapter.limits[name]]));
}

/** One input of {@link runKernel}: host data that is uploaded, or a size in bytes for an output (zeroed). */
export type KernelBinding = Float32Array | Uint32Array | Int32Array | number;

/**
 * Runs one entry point once and reads back its outputs.
 *
 * `bindings[i]` is bound at @group(0) @binding(i) as a storage buffer; the contents after the run of every binding that was given
 * as a size come back, in order. Validation and compilation errors are thrown with the compiler's messages.
 */
export async function runKernel(options: {
  readonly code: string;
  readonly entryPoint?: string;
  readonly constants?: Record<string, number>;
  readonly bindings: readonly KernelBinding[];
  readonly workgroups: readonly [number, number?, number?];
}): Promise<ArrayBuffer[]> {
  const gpuDevice = await getTestDevice();
  gpuDevice.pushErrorScope("validation");
  const { module, pipeline } = pipelineOf(gpuDevice, options);
  const buffers = options.bindings.map((binding) => upload(gpuDevice, binding));
  const bindGroup = gpuDevice.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const encoder = gpuDevice.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(...options.workgroups);
  pass.end();
  const outputs = buffers.filter((_, index) => typeof options.bindings[index] === "number");
  const staging = outputs.map((buffer) => stage(gpuDevice, encoder, buffer));
  gpuDevice.queue.submit([encoder.finish()]);
  const error = await gpuDevice.popErrorScope();
  if (error) {
    const info = await module.getCompilationInfo();
    const lines = info.messages.map((m) => `${m.lineNum}:${m.linePos} ${m.type} ${m.message}`);
    throw new Error([error.message, ...lines].join("\n"));
  }
  const results = await Promise.all(staging.map(readBack));
  for (const buffer of [...buffers, ...staging]) {
    buffer.destroy();
  }
  return results;
}

interface Kernel {
  readonly module: GPUShaderModule;
  readonly pipeline: GPUComputePipeline;
}

const kernels = new Map<string, Kernel>();

/** The pipeline of a text, entry point and constants, compiled on first use: SwiftShader takes a second for a long kernel. */
function pipelineOf(
  gpuDevice: GPUDevice,
  options: { readonly code: string; readonly entryPoint?: string; readonly constants?: Record<string, number> },
): Kernel {
  const key = JSON.stringify([options.code, options.entryPoint, options.constants]);
  let kernel = kernels.get(key);
  if (!kernel) {
    const module = gpuDevice.createShaderModule({ code: options.code });
    const pipeline = gpuDevice.createComputePipeline({
      layout: "auto",
      compute: {
        module,
        ...(options.entryPoint === undefined ? {} : { entryPoint: options.entryPoint }),
        ...(options.constants === undefined ? {} : { constants: options.constants }),
      },
    });
    kernel = { module, pipeline };
    kernels.set(key, kernel);
  }
  return kernel;
}

function upload(gpuDevice: GPUDevice, binding: KernelBinding): GPUBuffer {
  const bytes = typeof binding === "number" ? binding : binding.byteLength;
  const buffer = gpuDevice.createBuffer({
    size: Math.max(4, Math.ceil(bytes / 4) * 4),
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  if (typeof binding !== "number" && bytes > 0) {
    gpuDevice.queue.writeBuffer(buffer, 0, binding.buffer, binding.byteOffset, bytes);
  }
  return buffer;
}

function stage(gpuDevice: GPUDevice, encoder: GPUCommandEncoder, source: GPUBuffer): GPUBuffer {
  const target = gpuDevice.createBuffer({
    size: source.size,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  encoder.copyBufferToBuffer(source, 0, target, 0, source.size);
  return target;
}

async function readBack(buffer: GPUBuffer): Promise<ArrayBuffer> {
  await buffer.mapAsync(GPUMapMode.READ);
  const copy = buffer.getMappedRange().slice(0);
  buffer.unmap();
  return copy;
}
