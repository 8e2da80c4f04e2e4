/** Files on disk as a `ByteSource`, for Node. */
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import type { ByteSource } from "../../../contracts/byteSource";
import { checkRange } from "../../../core/io/bytes";

/** A file on disk that stays open until it is closed. */
export interface OpenFile extends ByteSource {
  close(): Promise<void>;
}

/** All of these files, or none of them. @throws where one is no readable file; the others are closed then. */
export async function openFiles(paths: readonly string[]): Promise<readonly OpenFile[]> {
  const results = await Promise.allSettled(paths.map(nodeSource));
  const files = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = results.find((result) => result.status === "rejected");
  if (!failed) return files;
  await closeFiles(files);
  throw failed.reason;
}

export async function closeFiles(files: readonly OpenFile[]): Promise<void> {
  await Promise.all(files.map((file) => file.close()));
}

/** What `use` makes of the files, which are closed then, whether it fails or not. */
export async function whileOpen<T>(files: readonly OpenFile[], use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } finally {
    await closeFiles(files);
  }
}

/** The file stays open until `close`. @throws where `path` is no readable file. */
export async function nodeSource(path: string): Promise<OpenFile> {
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
