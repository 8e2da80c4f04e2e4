/** Pickles that follow each other in a large file, read through a window that grows until a pickle fits. */
import type { ByteSource } from "../../contracts/byteSource";
import { checkRange } from "../io/bytes";
import { type PickleHandlers, unpickle } from "./pickle";
import { CutPickle } from "./pickleBytes";

const FIRST_WINDOW_BYTES = 4096;
const GROWTH = 8;
const MAX_PICKLE_BYTES = 64_000_000;

/**
 * Reads forward from byte `at` on, up to byte `end`.
 * @throws (each of its readers) where the file ends too early.
 */
export class PickleWindow {
  constructor(
    private readonly source: ByteSource,
    private at: number,
    private readonly end: number,
  ) {}

  get position(): number {
    return this.at;
  }

  /** The value of the pickle that begins here; `handlers` may be asked several times. */
  async pickle(handlers: PickleHandlers): Promise<unknown> {
    for (let size = FIRST_WINDOW_BYTES; ; size *= GROWTH) {
      const bytes = await this.source.read(this.at, Math.min(size, this.end - this.at, MAX_PICKLE_BYTES));
      try {
        const { value, end } = unpickle(bytes, handlers);
        this.at += end;
        return value;
      } catch (cause) {
        if (!(cause instanceof CutPickle)) throw cause;
        if (bytes.length < size)
          throw new Error(`A pickle of ${this.source.name} ends before its contents do. The file is cut or damaged.`, {
            cause,
          });
      }
    }
  }

  /** A whole number of 8 bytes. */
  async int64(): Promise<number> {
    const bytes = await this.bytes(8);
    return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));
  }

  async bytes(length: number): Promise<Uint8Array> {
    const start = this.at;
    this.skip(length);
    return this.source.read(start, length);
  }

  skip(length: number): void {
    checkRange({ name: this.source.name, size: this.end }, this.at, length);
    this.at += length;
  }
}
