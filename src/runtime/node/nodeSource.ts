/** Files on disk as a `ByteSource`, for Node. */
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import type { ByteSource } from "../../contracts/byteSource";
import { checkRange } from "../../core/io/bytes";

/** The file stays open until `close`. @throws where `path` is no readable file. */
export async function nodeSource(path: string): Promise<ByteSource & { close(): Promise<void> }> {
  const name = basename(path);
  const handle = await open(path).catch((cause: Error) => {
    throw new Error(`${path} cannot be opened: ${cause.message}.`, { cause });
  });
  const info = await handle.stat();
  if (!info.isFile()) {
    await handle.close();
    throw new Error(`${path} is not a file.`);
  }
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    checkRange({ name, size: info.size }, offset, length);
    return readFully(handle, name, offset, new Uint8Array(length));
  };
  return { name, size: info.size, read, close: () => handle.close() };
}

async function readFully(handle: FileHandle, name: string, offset: number, bytes: Uint8Array): Promise<Uint8Array> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done);
    if (bytesRead === 0) throw new Error(`${name} has become shorter while it was read. Open it again.`);
    done += bytesRead;
  }
  return bytes;
}
