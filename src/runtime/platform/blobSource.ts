/** Files of the page (chosen, dropped, in a worker) as a `ByteSource`. */
import type { ByteSource } from "../../contracts/byteSource";
import { checkRange } from "../../core/io/bytes";

/** @throws (when reading) where the file has changed or gone since it was chosen. */
export function blobSource(name: string, blob: Blob): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (offset, length) => {
      checkRange({ name, size: blob.size }, offset, length);
      try {
        return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      } catch (cause) {
        throw new Error(`${name} cannot be read. It may have been changed or moved since it was chosen.`, { cause });
      }
    },
  };
}
