/** Bytes in memory as a `ByteSource`, and the check of ranges that every reader of files needs. */
import type { ByteSource } from "../../contracts/byteSource";

export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => {
      checkRange({ name, size: bytes.length }, offset, length);
      // Not bytes.slice: Node's Buffer overrides it with a view of shared memory.
      return Uint8Array.prototype.slice.call(bytes, offset, offset + length);
    },
  };
}

/** @throws where `length` bytes from `offset` on do not lie in the file. */
export function checkRange(
  file: { readonly name: string; readonly size: number },
  offset: number,
  length: number,
): void {
  const fits = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (fits && offset + length <= file.size) return;
  throw new Error(
    `${file.name} has ${file.size} bytes, but ${length} are asked for from byte ${offset} on. The file is cut or damaged.`,
  );
}
