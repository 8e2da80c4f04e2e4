/** The bytes of a pickle, read from the front. */
import { decodeUtf8 } from "../math/text";

/** Thrown where a pickle goes on behind the bytes that are there; whoever has more of them may try again. */
export class CutPickle extends Error {}

export class PickleBytes {
  private at: number;
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
  ) {
    this.at = start;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.at;
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  byte = (): number => this.view.getUint8(this.skip(1));
  uint16 = (): number => this.view.getUint16(this.skip(2), true);
  int32 = (): number => this.view.getInt32(this.skip(4), true);
  uint32 = (): number => this.view.getUint32(this.skip(4), true);
  /** A length of 8 bytes; beyond 2⁵³ it is rounded, which no file is long enough to notice. */
  uint64 = (): number => Number(this.view.getBigUint64(this.skip(8), true));
  /** The one number that pickles write with its highest byte first. */
  float64 = (): number => this.view.getFloat64(this.skip(8), false);

  /** Text up to the next line end, without it. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new CutPickle("A line of the pickle is cut.");
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  /** `length` bytes of UTF-8; each byte as a Latin-1 character where they are none, as old strings may be. */
  text(length: number): string {
    const bytes = this.take(length);
    try {
      return decodeUtf8(bytes);
    } catch {
      return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    }
  }

  /** A whole number of `length` bytes in two's complement, low byte first. */
  long(length: number): number | bigint {
    if (length > MAX_LONG_BYTES)
      throw new Error(
        `The pickle has a whole number of ${length} bytes; at most ${MAX_LONG_BYTES} are read. It is damaged.`,
      );
    let value = 0n;
    for (const byte of this.take(length).toReversed()) value = (value << 8n) | BigInt(byte);
    const signed = BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  /** Goes on by `length` bytes; returns where they begin. */
  private skip(length: number): number {
    if (length > this.bytes.length - this.at) throw new CutPickle("The pickle is cut.");
    const start = this.at;
    this.at += length;
    return start;
  }
}

const MAX_LONG_BYTES = 256;
