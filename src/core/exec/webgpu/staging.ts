/** A ring of mappable buffers: a run copies its outputs into a free one and reads it back without stalling the queue. */
import type { Memory } from "./memory";

export interface ReadPart {
  readonly buffer: GPUBuffer;
  /** Floats. */
  readonly start: number;
  readonly floats: number;
}

export class Staging {
  private readonly idle: GPUBuffer[] = [];
  private readonly busy = new Set<GPUBuffer>();

  /** `floats`: the most that one read brings back. */
  constructor(
    private readonly memory: Memory,
    private readonly floats: number,
  ) {}

  /** Records copies of the parts, one behind the other; `read` after the submit resolves to them. */
  record(encoder: GPUCommandEncoder, parts: readonly ReadPart[]): GPUBuffer {
    const target =
      this.idle.pop() ??
      this.memory.create("readback", Math.max(16, 4 * this.floats), GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    this.busy.add(target);
    let at = 0;
    for (const { buffer, start, floats } of parts) {
      if (floats > 0) encoder.copyBufferToBuffer(buffer, 4 * start, target, 4 * at, 4 * floats);
      at += floats;
    }
    return target;
  }

  async read(target: GPUBuffer, parts: readonly ReadPart[]): Promise<Float32Array[]> {
    const total = parts.reduce((sum, p) => sum + p.floats, 0);
    try {
      await target.mapAsync(GPUMapMode.READ, 0, Math.max(16, 4 * total));
      const all = new Float32Array(target.getMappedRange(0, Math.max(16, 4 * total)));
      let at = 0;
      const copies = parts.map(({ floats }) => {
        at += floats;
        return all.slice(at - floats, at);
      });
      target.unmap();
      return copies;
    } finally {
      if (this.busy.delete(target)) this.idle.push(target);
    }
  }

  release(): void {
    for (const buffer of [...this.idle, ...this.busy]) this.memory.destroy(buffer);
    this.idle.length = 0;
    this.busy.clear();
  }
}
