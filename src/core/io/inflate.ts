/** Raw DEFLATE (RFC 1951) and zlib (RFC 1950) streams, by fflate, with a bound on what they may grow to. */
import { Inflate } from "fflate";

/** No DEFLATE stream grows more: 258 bytes from two bits. The constant part pays for the last block's header. */
const MAX_RATIO = 1032;
/** Bytes that are unpacked between two looks at the size; what they can grow to is 34 MB. */
const STEP_BYTES = 32_768;
const ZLIB_HEADER_BYTES = 2;
const ZLIB_CHECKSUM_BYTES = 4;

/**
 * Unpacks raw DEFLATE data that must come to exactly `size` bytes.
 * @throws where it is damaged, cut, or of another size. What is allocated stays below `size` and a constant.
 */
export function inflate(packed: Uint8Array, size: number): Uint8Array {
  if (size > (packed.length + 1) * MAX_RATIO)
    throw new Error(
      `${packed.length} compressed bytes are said to unpack to ${size}, which no such data can. The file is damaged or made to harm.`,
    );
  const unpacked = new Uint8Array(size);
  const length = unpack(packed, size, (chunk, at) => unpacked.set(chunk, at));
  if (length === size) return unpacked;
  throw new Error(`Compressed data unpacks to ${length} bytes where ${size} are expected. It is damaged or cut.`);
}

/**
 * Unpacks a zlib stream of unknown size and checks its Adler-32 sum.
 * @throws where it is damaged or cut, or unpacks to more than `limit` bytes.
 */
export function inflateZlib(packed: Uint8Array, limit: number): Uint8Array {
  const [method, flags] = packed as unknown as [number, number];
  if (
    packed.length < ZLIB_HEADER_BYTES + ZLIB_CHECKSUM_BYTES ||
    (method & 15) !== 8 ||
    ((method << 8) | flags) % 31 !== 0
  )
    throw new Error("Compressed data does not begin like a zlib stream. It is damaged or cut.");
  if (flags & 32) throw new Error("The zlib stream needs a preset dictionary, which no file here may have.");
  const chunks: Uint8Array[] = [];
  const end = packed.length - ZLIB_CHECKSUM_BYTES;
  const length = unpack(packed.subarray(ZLIB_HEADER_BYTES, end), limit, (chunk) => chunks.push(chunk));
  const unpacked = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    unpacked.set(chunk, at);
    at += chunk.length;
  }
  const expected = new DataView(packed.buffer, packed.byteOffset + end).getUint32(0);
  if (adler32(unpacked) === expected) return unpacked;
  throw new Error("Compressed data does not match its checksum. It is damaged or cut.");
}

/** Gives the unpacked chunks to `take` with their place; returns how many bytes came. */
function unpack(packed: Uint8Array, limit: number, take: (chunk: Uint8Array, at: number) => void): number {
  let length = 0;
  const stream = new Inflate((chunk) => {
    if (length + chunk.length > limit)
      throw new Error(
        `Compressed data unpacks to more than the ${limit} bytes that are allowed. It is damaged or made to harm.`,
      );
    take(chunk, length);
    length += chunk.length;
  });
  for (let at = 0; at === 0 || at < packed.length; at += STEP_BYTES) {
    const end = Math.min(at + STEP_BYTES, packed.length);
    try {
      stream.push(packed.subarray(at, end), end === packed.length);
    } catch (cause) {
      // fflate's own errors carry a code; ours are told as they are.
      if (cause instanceof Error && !("code" in cause)) throw cause;
      throw new Error(`Compressed data is damaged or cut (${(cause as Error).message}).`, { cause });
    }
  }
  return length;
}

const ADLER_MODULUS = 65_521;
/** Bytes that can be added before `high` outgrows 32 bits. */
const ADLER_STEP = 5552;

function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let start = 0; start < bytes.length; start += ADLER_STEP) {
    const end = Math.min(start + ADLER_STEP, bytes.length);
    for (let i = start; i < end; i++) {
      low += bytes[i]!;
      high += low;
    }
    low %= ADLER_MODULUS;
    high %= ADLER_MODULUS;
  }
  return high * 65_536 + low;
}
