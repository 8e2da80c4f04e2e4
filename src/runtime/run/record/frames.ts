/**
 * A file that only grows, as a sequence of frames: length (uint32), CRC-32 of the payload (uint32), payload; all little-endian. A write that is cut
 * short leaves a last frame that is not whole, which a reader knows and leaves out.
 */
import { joined } from "../../../core/io/bytes";
import { crc32 } from "../../../core/io/crc32";

const HEAD_BYTES = 8;

export function frame(payload: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(HEAD_BYTES));
  head.setUint32(0, payload.length, true);
  head.setUint32(4, crc32(payload), true);
  return joined([new Uint8Array(head.buffer), payload]);
}

/** The payloads of all whole frames, and how many bytes they take: what lies behind is a frame that was cut short. */
export function readFrames(bytes: Uint8Array): {
  readonly payloads: readonly Uint8Array[];
  readonly wholeBytes: number;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const payloads: Uint8Array[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const end = at + HEAD_BYTES + view.getUint32(at, true);
    // Zeros, as a disk may leave them behind a kill, would be a frame of nothing.
    if (end > bytes.length || end === at + HEAD_BYTES) break;
    const payload = bytes.subarray(at + HEAD_BYTES, end);
    if (crc32(payload) !== view.getUint32(at + 4, true)) break;
    payloads.push(payload);
    at = end;
  }
  return { payloads, wholeBytes: at };
}
