/** Open files of the library. One that is deleted moves into memory first, so that its readers go on. */
import type { ByteSource } from "../../contracts/byteSource";
import { piecesOf } from "../../core/io/bytes";
import { blobSource } from "../platform/blobSource";

export interface StoredSource extends ByteSource {
  /** Reads all of it; from then on nothing is read from the library. Returns what is held, which can be posted to other threads. */
  takeIn(): Promise<Blob>;
}

export function storedFileSource(source: ByteSource): StoredSource {
  const { name, size } = source;
  let now = source;
  let held: Promise<Blob> | undefined;
  return {
    name,
    size,
    read: (offset, length) => now.read(offset, length),
    takeIn() {
      held ??= gathered(source);
      return held.then((blob) => {
        now = blobSource(name, blob);
        return blob;
      });
    },
  };
}

/** Blobs of this size browsers move to the disk by themselves. */
const MOST_HELD_BYTES = 2 ** 30;

/**
 * Takes these in; undefined for one that is gone already, with which nothing is lost any more.
 * @throws where they are more than `most` bytes together, naming the first of them; then none is taken in.
 */
export async function takeIn(
  sources: readonly StoredSource[],
  most = MOST_HELD_BYTES,
): Promise<readonly (Blob | undefined)[]> {
  const bytes = sources.reduce((sum, { size }) => sum + size, 0);
  if (bytes > most)
    throw new Error(
      `${sources[0]!.name} is open and read from the copy that is to be deleted: ${bytes} bytes, of which at most ${most} are held in memory. ` +
        "Nothing was deleted. Reload the page, then delete it.",
    );
  return Promise.all(sources.map((source) => source.takeIn().catch(() => undefined)));
}

async function gathered(source: ByteSource): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of piecesOf(source)) pieces.push(piece as Uint8Array<ArrayBuffer>);
  return new Blob(pieces);
}
