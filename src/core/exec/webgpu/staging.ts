/**
 * A ring of mappable buffers: a run copies its outputs into a free one and reads it back without stalling the queue. Behind the outputs goes
 * a stamp of the run, so that a copy that the GPU never made is not taken for an answer.
 */
import { DeviceError } from "../executor";
import type { Memory } from "./memory";

export interface ReadPart {
  readonly buffer: GPUBuffer;
  /** Floats. */
  readonly start: number;
  readonly floats: number;
}

/** What is read once the GPU has done the work that it was recorded with. */
export interface Recorded {
  readonly target: GPUBuffer;
  readonly parts: readonly ReadPart[];
  readonly stamp: number;
}

const floatsOf = (parts: readonly ReadPart[]): number => parts.reduce((sum, p) => sum + p.floats, 0);
/** Outputs and the stamp. */
const bytesOf = (floats: number): number => Math.max(16, 4 * (floats + 1));

export class Staging {
  private readonly idle: GPUBuffer[] = [];
  private readonly busy = new Set<GPUBuffer>();
  private stampBuffer: GPUBuffer | undefined;
  private lastStamp = 0;

  /** `floats`: the most that one read brings back. */
  constructor(
    private readonly memory: Memory,
    private readonly floats: number,
  ) {}

  /** Records copies of the parts, one behind the other; `read` after the submit resolves to them. */
  record(encoder: GPUCommandEncoder, parts: readonly ReadPart[]): Recorded {
    const target =
      this.idle.pop() ??
      this.memory.create("readback", bytesOf(this.floats), GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    this.busy.add(target);
    let at = 0;
    for (const { buffer, start, floats } of parts) {
      if (floats > 0) encoder.copyBufferToBuffer(buffer, 4 * start, target, 4 * at, 4 * floats);
      at += floats;
    }
    return { target, parts, stamp: this.stamp(encoder, target, at) };
  }

  private stamp(encoder: GPUCommandEncoder, target: GPUBuffer, at: number): number {
    this.stampBuffer ??= this.memory.storage("stamp", 1);
    const stamp = ++this.lastStamp;
    this.memory.write(this.stampBuffer, 0, Uint32Array.of(stamp));
    encoder.copyBufferToBuffer(this.stampBuffer, 0, target, 4 * at, 4);
    return stamp;
  }

  async read({ target, parts, stamp }: Recorded): Promise<Float32Array[]> {
    const total = floatsOf(parts);
    try {
      await mapped(target, bytesOf(total));
      const all = target.getMappedRange(0, bytesOf(total));
      const [found] = new Uint32Array(all, 4 * total, 1);
      let at = 0;
      const copies = parts.map(({ floats }) => {
        at += floats;
        return new Float32Array(all, 4 * (at - floats), floats).slice();
      });
      target.unmap();
      if (found !== stamp)
        throw new DeviceError(
          `The GPU did not do the work of a run: its answer is that of run ${found}, expected ${stamp}. Open the device anew, or choose another.`,
        );
      return copies;
    } finally {
      if (this.busy.delete(target)) this.idle.push(target);
    }
  }

  release(): void {
    for (const buffer of [...this.idle, ...this.busy]) this.memory.destroy(buffer);
    if (this.stampBuffer) this.memory.destroy(this.stampBuffer);
    this.stampBuffer = undefined;
    this.idle.length = 0;
    this.busy.clear();
  }
}

async function mapped(target: GPUBuffer, bytes: number): Promise<void> {
  try {
    await target.mapAsync(GPUMapMode.READ, 0, bytes);
  } catch (error) {
    throw new DeviceError(`The GPU's answer could not be read: ${(error as Error).message}`, { cause: error });
  }
}
