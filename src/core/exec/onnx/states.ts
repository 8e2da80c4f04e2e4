/** The states of an executor: one array each, exchanged at every update. */
export class States {
  private readonly arrays = new Map<string, Float32Array>();
  private readonly spares = new Map<string, Float32Array>();

  /** `reuse`: the array that an update replaces is kept for the next one to write into. */
  constructor(readonly reuse: boolean) {}

  get(name: string, size?: number): Float32Array {
    const data = this.arrays.get(name);
    if (!data) throw new Error(`State "${name}" was never written; call writeState first.`);
    if (size !== undefined && data.length !== size)
      throw new Error(`State "${name}" holds ${data.length} numbers; the graph needs ${size}.`);
    return data;
  }

  /** `data` belongs to the store from here on. */
  set(name: string, data: Float32Array): void {
    const old = this.arrays.get(name);
    if (old && this.reuse) this.spares.set(name, old);
    this.arrays.set(name, data);
  }

  /** An array for the next value of a state; its content is arbitrary. */
  takeSpare(name: string, size: number): Float32Array {
    const spare = this.spares.get(name);
    this.spares.delete(name);
    return spare?.length === size ? spare : new Float32Array(size);
  }

  owns(data: Float32Array): boolean {
    return [...this.arrays.values()].some((own) => own.buffer === data.buffer);
  }

  clear(): void {
    this.arrays.clear();
    this.spares.clear();
  }

  memory(): { buffers: number; bytes: number } {
    const all = [...this.arrays.values(), ...this.spares.values()];
    return { buffers: all.length, bytes: all.reduce((n, data) => n + data.byteLength, 0) };
  }
}
