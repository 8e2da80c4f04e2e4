/** Every GPU buffer of an executor: counted, shared where plans may share, destroyed when nobody needs it. */
import type { MemoryUse } from "../executor";
import { alignUp, type RootKind, type TableData } from "./regions";

interface Shared {
  readonly buffer: GPUBuffer;
  users: number;
}

export class Memory {
  private readonly live = new Map<GPUBuffer, number>();
  private readonly data = new Map<TableData, Shared>();
  private readonly fills = new Map<string, Shared>();
  private readonly slabs: Shared[] = [];
  readonly states = new Map<string, { readonly buffer: GPUBuffer; readonly floats: number }>();

  constructor(private readonly device: GPUDevice) {}

  use(): MemoryUse {
    return { buffers: this.live.size, bytes: [...this.live.values()].reduce((sum, n) => sum + n, 0) };
  }

  create(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const buffer = this.device.createBuffer({ label, size: bytes, usage });
    this.live.set(buffer, bytes);
    return buffer;
  }

  storage(label: string, floats: number): GPUBuffer {
    return this.create(
      label,
      4 * alignUp(floats),
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    );
  }

  destroy(buffer: GPUBuffer): void {
    buffer.destroy();
    this.live.delete(buffer);
  }

  /** The state's buffer; zeros where it was never written. */
  state(name: string, floats: number): GPUBuffer {
    const known = this.states.get(name);
    if (known) {
      if (known.floats !== floats)
        throw new Error(
          `State "${name}" holds ${known.floats} numbers, but a plan or a write names ${floats}. One state has one size.`,
        );
      return known.buffer;
    }
    const buffer = this.storage(`state ${name}`, floats);
    this.states.set(name, { buffer, floats });
    return buffer;
  }

  releaseStates(): void {
    for (const { buffer } of this.states.values()) this.destroy(buffer);
    this.states.clear();
  }

  /** Constants and tables are uploaded once for each array object, numbers once for each value and size. */
  acquireData(data: TableData): GPUBuffer {
    return this.acquire(this.data, data, "constant", data.length, () => data);
  }

  acquireFill(value: number, floats: number): GPUBuffer {
    return this.acquire(this.fills, `${value} ${floats}`, "fill", floats, () => new Float32Array(floats).fill(value));
  }

  private acquire<K>(map: Map<K, Shared>, key: K, label: string, floats: number, data: () => TableData): GPUBuffer {
    let shared = map.get(key);
    if (!shared) {
      shared = { buffer: this.storage(label, floats), users: 0 };
      map.set(key, shared);
      this.write(shared.buffer, 0, data());
    }
    shared.users++;
    return shared.buffer;
  }

  releaseShared(of: RootKind, floats: number): void {
    if (of.kind === "data") this.release(this.data, of.data);
    if (of.kind === "fill") this.release(this.fills, `${of.value} ${floats}`);
  }

  private release<K>(map: Map<K, Shared>, key: K): void {
    const shared = map.get(key);
    if (!shared || --shared.users > 0) return;
    this.destroy(shared.buffer);
    map.delete(key);
  }

  /**
   * Buffers for a plan's slabs. Runs follow one another in the queue and nothing in a slab outlives a run, so plans share them:
   * a slab takes the smallest free one that is large enough.
   */
  acquireSlabs(floats: readonly number[]): GPUBuffer[] {
    const taken = new Set<Shared>();
    const found = new Array<GPUBuffer>(floats.length);
    const order = floats.map((_, i) => i).sort((i, j) => floats[j]! - floats[i]!);
    for (const i of order) {
      const bytes = 4 * alignUp(floats[i]!);
      const fitting = this.slabs.filter((s) => !taken.has(s) && s.buffer.size >= bytes);
      fitting.sort((a, b) => a.buffer.size - b.buffer.size);
      const slab = fitting[0] ?? { buffer: this.storage(`slab ${this.slabs.length}`, floats[i]!), users: 0 };
      if (!fitting[0]) this.slabs.push(slab);
      slab.users++;
      taken.add(slab);
      found[i] = slab.buffer;
    }
    return found;
  }

  releaseSlabs(buffers: readonly GPUBuffer[]): void {
    for (const buffer of buffers) {
      const at = this.slabs.findIndex((s) => s.buffer === buffer);
      const slab = this.slabs[at];
      if (!slab || --slab.users > 0) continue;
      this.destroy(buffer);
      this.slabs.splice(at, 1);
    }
  }

  write(buffer: GPUBuffer, floatOffset: number, data: TableData): void {
    if (data.byteLength > 0)
      this.device.queue.writeBuffer(
        buffer,
        4 * floatOffset,
        data.buffer as ArrayBuffer,
        data.byteOffset,
        data.byteLength,
      );
  }

  destroyAll(): void {
    for (const buffer of [...this.live.keys()]) this.destroy(buffer);
    this.states.clear();
    this.data.clear();
    this.fills.clear();
    this.slabs.length = 0;
  }
}
