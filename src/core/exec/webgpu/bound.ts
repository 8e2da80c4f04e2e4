/** A plan's dispatches with their pipelines and buffers: everything that a run needs, made once. */
import type { Dispatch } from "./emit";
import { describeNode } from "./emit";
import type { Memory } from "./memory";
import type { Pipelines } from "./pipelines";
import type { GraphPlan } from "./plan";
import { alignUp, type Region, type Root } from "./regions";
import type { ReadPart } from "./staging";

export interface BoundDispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly groups: readonly [number, number, number];
  readonly of: Dispatch;
}

/** The buffers of one plan by root. */
export class PlanBuffers {
  private readonly buffers = new Map<Root, GPUBuffer>();
  private readonly own: GPUBuffer[] = [];
  private readonly slabs: GPUBuffer[];

  constructor(
    private readonly memory: Memory,
    plan: GraphPlan,
  ) {
    this.slabs = memory.acquireSlabs(plan.slabs);
    const regions = [
      ...plan.dispatches.flatMap((d) => [...d.reads, ...d.writes]),
      ...plan.outputs.values(),
      ...plan.feeds.map((f) => f.region),
    ];
    for (const { root } of regions) if (!this.buffers.has(root)) this.buffers.set(root, this.make(root));
  }

  private make(root: Root): GPUBuffer {
    switch (root.of.kind) {
      case "arena":
        return this.slabs[root.slab]!;
      case "state":
        return this.memory.state(root.of.name, root.floats);
      case "data":
        return this.memory.acquireData(root.of.data);
      case "fill":
        return this.memory.acquireFill(root.of.value, root.floats);
      case "feed":
        return this.keep(this.memory.storage("inputs", root.floats));
      case "kept": {
        const buffer = this.keep(this.memory.storage("concatenation", root.floats));
        for (const { offset, floats, data } of root.of.initial)
          this.memory.write(buffer, offset, typeof data === "number" ? new Float32Array(floats).fill(data) : data);
        return buffer;
      }
    }
  }

  private keep(buffer: GPUBuffer): GPUBuffer {
    this.own.push(buffer);
    return buffer;
  }

  /** Buffer and place of a region, in floats. */
  at({ root, offset }: Region): { readonly buffer: GPUBuffer; readonly start: number } {
    return { buffer: this.buffers.get(root)!, start: root.place + offset };
  }

  /** The same with its size; undefined where the plan has no memory for the region. */
  partOf(region: Region): ReadPart | undefined {
    return this.buffers.has(region.root) ? { ...this.at(region), floats: region.floats } : undefined;
  }

  binding(region: Region, isRead: boolean): GPUBufferBinding {
    const { buffer, start } = this.at(region);
    // Reads are bound up to whole vec4, which every root has room for: an absent operand may stand for a shader's vec4 array.
    const floats = isRead ? Math.ceil(Math.max(1, region.floats) / 4) * 4 : Math.max(4, region.floats);
    const room = alignUp(region.root.floats) - region.offset;
    return { buffer, offset: 4 * start, size: 4 * Math.min(floats, room) };
  }

  release(): void {
    for (const root of this.buffers.keys()) this.memory.releaseShared(root.of, root.floats);
    for (const buffer of this.own) this.memory.destroy(buffer);
    this.memory.releaseSlabs(this.slabs);
  }
}

export async function bindDispatches(
  device: GPUDevice,
  pipelines: Pipelines,
  buffers: PlanBuffers,
  dispatches: readonly Dispatch[],
): Promise<BoundDispatch[]> {
  const made = await Promise.all(dispatches.map((d) => pipelines.get(d)));
  device.pushErrorScope("validation");
  const bound = dispatches.map((of, i): BoundDispatch => {
    const { pipeline, layout } = made[i]!;
    const entries = [...of.reads, ...of.writes].map((region, binding) => ({
      binding,
      resource: buffers.binding(region, binding < of.reads.length),
    }));
    return { pipeline, bindGroup: device.createBindGroup({ layout, entries }), groups: of.groups, of };
  });
  encode(device, bound);
  if (await device.popErrorScope()) await nameFault(device, bound);
  return bound;
}

/** Records dispatches in one pass; recording already validates bindings and their conflicts. */
export function encode(device: GPUDevice, dispatches: readonly BoundDispatch[]): GPUCommandBuffer {
  const encoder = device.createCommandEncoder();
  recordPass(encoder, dispatches, 0, dispatches.length);
  return encoder.finish();
}

export function recordPass(
  encoder: GPUCommandEncoder,
  dispatches: readonly BoundDispatch[],
  from: number,
  to: number,
  timestamps?: GPUComputePassTimestampWrites,
): void {
  const pass = encoder.beginComputePass(timestamps ? { timestampWrites: timestamps } : {});
  let current: GPUComputePipeline | undefined;
  for (let i = from; i < to; i++) {
    const { pipeline, bindGroup, groups } = dispatches[i]!;
    if (pipeline !== current) pass.setPipeline(pipeline);
    current = pipeline;
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
  }
  pass.end();
}

/** Records every dispatch alone, so that the message can name the node. */
async function nameFault(device: GPUDevice, dispatches: readonly BoundDispatch[]): Promise<never> {
  for (const dispatch of dispatches) {
    const { of } = dispatch;
    device.pushErrorScope("validation");
    encode(device, [dispatch]);
    const error = await device.popErrorScope();
    if (!error) continue;
    const sizes = [...of.reads, ...of.writes].map((r) => r.floats).join(", ");
    throw new Error(
      `${describeNode(of.node)}: shader ${of.shader.name}.wgsl, entry ${of.entry}, cannot be dispatched (bindings of ${sizes} floats): ${error.message}`,
    );
  }
  throw new Error("WebGPU refused the plan's dispatches together, though each alone is valid.");
}
