import type { KernelCall, ReadOperand, WriteOperand } from "../../src/core/graph/kernel";
import { type Node, sizeOf, type Value } from "../../src/core/graph/node";
import { getTestDevice } from "./device";

const isValue = (operand: ReadOperand | WriteOperand): operand is Value => "node" in operand;

/**
 * Runs the kernel calls of one node and reads back its outputs. Bindings have the exact sizes of their values, so that a kernel
 * which counts on padding is caught; outputs and scratch memory start as NaN, so that one which does not write everything is.
 */
export async function runCalls(
  node: Node,
  calls: readonly KernelCall[],
  inputs: readonly Float32Array[],
): Promise<Float32Array[]> {
  const device = await getTestDevice();
  const buffers = new Map<object, GPUBuffer>();
  const bufferOf = (key: object, data: ArrayBufferView<ArrayBuffer>): GPUBuffer => {
    const known = buffers.get(key);
    if (known) return known;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = device.createBuffer({ size: Math.max(4, data.byteLength), usage });
    device.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength);
    buffers.set(key, buffer);
    return buffer;
  };
  node.inputs.forEach((v, i) => {
    const data = inputs[i]!;
    if (data.length !== sizeOf(v.shape))
      throw new Error(`input ${i} needs ${sizeOf(v.shape)} numbers; ${data.length} came.`);
    bufferOf(v, Float32Array.from(data));
  });
  const unwritten = (floats: number) => new Float32Array(floats).fill(Number.NaN);
  const operand = (o: ReadOperand | WriteOperand): GPUBuffer => {
    if ("table" in o) return bufferOf(o.table, o.table as Float32Array<ArrayBuffer>);
    return bufferOf(o, unwritten(isValue(o) ? sizeOf(o.shape) : o.scratch));
  };
  device.pushErrorScope("validation");
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const call of calls) await record(device, pass, call, operand);
  pass.end();
  const staging = node.outputs.map((v) => {
    const source = operand(v);
    const target = device.createBuffer({ size: source.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    encoder.copyBufferToBuffer(source, 0, target, 0, source.size);
    return target;
  });
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) throw new Error(error.message);
  const results: Float32Array[] = [];
  for (const buffer of staging) {
    await buffer.mapAsync(GPUMapMode.READ);
    results.push(new Float32Array(buffer.getMappedRange().slice(0)));
  }
  for (const buffer of [...buffers.values(), ...staging]) buffer.destroy();
  return results;
}

async function record(
  device: GPUDevice,
  pass: GPUComputePassEncoder,
  call: KernelCall,
  operand: (o: ReadOperand | WriteOperand) => GPUBuffer,
): Promise<void> {
  const reads = call.reads.map(operand);
  const writes = call.writes.map(operand);
  if (reads.length + writes.length > 8) throw new Error(`${call.shader.name} binds more than 8 buffers.`);
  if (call.groups.some((count) => count < 1 || count > 65535))
    throw new Error(`groups ${call.groups} are out of range.`);
  const { pipeline, layout } = await pipelineOf(device, call);
  const entries = [...reads, ...writes].map((buffer, binding) => ({ binding, resource: { buffer } }));
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
  pass.dispatchWorkgroups(...call.groups);
}

interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

const pipelines = new Map<string, Promise<Pipeline>>();

/** A call's pipeline, compiled once a file: SwiftShader takes seconds for a long kernel. */
function pipelineOf(device: GPUDevice, call: KernelCall): Promise<Pipeline> {
  const { shader, entry, overrides, reads, writes } = call;
  const key = JSON.stringify([shader.code, entry, overrides, reads.length, writes.length]);
  const pipeline = pipelines.get(key) ?? compile(device, call);
  pipelines.set(key, pipeline);
  return pipeline;
}

async function compile(device: GPUDevice, { shader, entry, overrides, reads, writes }: KernelCall): Promise<Pipeline> {
  const layout = device.createBindGroupLayout({
    entries: [...reads, ...writes].map((_, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: binding < reads.length ? ("read-only-storage" as const) : ("storage" as const) },
    })),
  });
  const module = device.createShaderModule({ code: shader.code });
  const complaints = (await module.getCompilationInfo()).messages.filter((m) => m.type === "error");
  if (complaints.length > 0)
    throw new Error(complaints.map((m) => `${shader.name}:${m.lineNum}:${m.linePos} ${m.message}`).join("\n"));
  const pipeline = await device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: entry, constants: overrides },
  });
  return { pipeline, layout };
}

/** Limits of a middling GPU: the kernels that a real device gets. */
export const gpuLimits = {
  maxWorkgroupInvocations: 256,
  maxWorkgroupStorageBytes: 16384,
  maxStorageBuffers: 8,
  subgroups: false,
  cpuAdapter: false,
};

/** Limits of a software adapter: the kernels without barriers. */
export const softwareLimits = { ...gpuLimits, cpuAdapter: true };

/** Largest |difference| over max(1, largest |truth|). */
export function worst(got: ArrayLike<number>, truth: ArrayLike<number>): number {
  if (got.length !== truth.length) throw new Error(`${truth.length} numbers were expected, ${got.length} came.`);
  let difference = 0;
  let scale = 1;
  for (let i = 0; i < truth.length; i++) {
    const d = Math.abs(got[i]! - truth[i]!);
    if (!(d <= difference)) difference = d;
    scale = Math.max(scale, Math.abs(truth[i]!));
    if (Number.isNaN(difference)) return Number.NaN;
  }
  return difference / scale;
}
