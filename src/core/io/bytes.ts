/** Bytes in memory: as a `ByteSource`, joined, compared; and what every reader of files needs: the check of ranges, and files piece by piece. */
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

/** No large file is ever held. */
const PIECE_BYTES = 2 ** 22;

/** All bytes of a file, in pieces of at most 4 MiB. @throws as reading does. */
export async function* piecesOf(file: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += PIECE_BYTES) yield file.read(at, Math.min(PIECE_BYTES, file.size - at));
}

/** All pieces as one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
