/**
 * Zip archives with random access: the central directory is read, then single entries. Stored and deflated entries, ZIP64.
 * Format: PKWARE APPNOTE 6.3.10. What two readers could understand in two ways (overlaps, names twice, paths that leave the archive) is
 * refused, and nothing is allocated for a length that the file's size does not bear out.
 */
import type { ByteSource } from "../../contracts/byteSource";
import { checkRange } from "./bytes";
import { crc32 } from "./crc32";
import { inflate } from "./inflate";
import { findDirectory, parseDirectory, type ZipEntry } from "./zipDirectory";

export type { ZipEntry } from "./zipDirectory";

const STORED = 0;
const DEFLATED = 8;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
/** Of a local header's name and extra fields, in nearly all archives. */
const USUAL_NAMES_BYTES = 512;
const READ_WITH_HEADER_BYTES = 2 ** 22;
/** What one entry may unpack to unless the caller says otherwise. */
const DEFAULT_LIMIT = 2 ** 30;

/**
 * The files of an archive, folders left out, in the order of its directory.
 * @throws where the file is no zip archive, is cut, or its directory contradicts itself.
 */
export async function readZipDirectory(source: ByteSource): Promise<readonly ZipEntry[]> {
  const place = await findDirectory(source);
  const bytes = await source.read(place.offset, place.size);
  return parseDirectory(source.name, bytes, place).filter(({ name }) => !name.endsWith("/"));
}

/**
 * One file's bytes, unpacked and checked against its checksum.
 * @throws where it is encrypted, packed by another method, larger than `limit` bytes, or damaged.
 */
export async function readZipEntry(source: ByteSource, entry: ZipEntry, limit = DEFAULT_LIMIT): Promise<Uint8Array> {
  const what = `${entry.name} of ${source.name}`;
  if (entry.size > limit)
    throw new Error(`${what} unpacks to ${entry.size} bytes, more than the ${limit} that are allowed for it.`);
  const packed = await readPacked(source, entry);
  const bytes = entry.method === STORED ? packed : unpackEntry(what, packed, entry.size);
  if (crc32(bytes) !== entry.crc32) throw new Error(`${what} does not match its checksum. The archive is damaged.`);
  return bytes;
}

/** Small entries come by one read with their header: of a file in a browser each read takes longer than a small picture. */
async function readPacked(source: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  const { headerOffset, compressedSize } = entry;
  if (compressedSize > READ_WITH_HEADER_BYTES) return source.read(await zipDataOffset(source, entry), compressedSize);
  checkReadable(source, entry);
  checkRange(source, headerOffset, LOCAL_HEADER_BYTES);
  const wanted = LOCAL_HEADER_BYTES + USUAL_NAMES_BYTES + compressedSize;
  const near = await source.read(headerOffset, Math.min(wanted, source.size - headerOffset));
  const start = dataOffset(source, entry, near);
  const from = start - headerOffset;
  if (from + compressedSize > near.length) return source.read(start, compressedSize);
  // A copy, so that nobody holds or posts more than the file.
  return near.slice(from, from + compressedSize);
}

function unpackEntry(what: string, packed: Uint8Array, size: number): Uint8Array {
  try {
    return inflate(packed, size);
  } catch (cause) {
    throw new Error(`${what} cannot be unpacked. ${(cause as Error).message}`, { cause });
  }
}

/**
 * Where an entry's bytes begin. Those of a stored entry can then be read in pieces without its checksum.
 * @throws where the entry is encrypted or packed by another method, or its local header differs from the directory.
 */
export async function zipDataOffset(source: ByteSource, entry: ZipEntry): Promise<number> {
  checkReadable(source, entry);
  return dataOffset(source, entry, await source.read(entry.headerOffset, LOCAL_HEADER_BYTES));
}

function checkReadable(source: ByteSource, entry: ZipEntry): void {
  const what = `${entry.name} of ${source.name}`;
  if (entry.encrypted) throw new Error(`${what} is encrypted. Unpack the archive with its password first.`);
  if (entry.method !== STORED && entry.method !== DEFLATED)
    throw new Error(
      `${what} is packed by method ${entry.method}; only 0 (stored) and 8 (deflate) can be read. Pack it anew.`,
    );
  if (entry.method === STORED && entry.size !== entry.compressedSize)
    throw new Error(
      `${what} is stored as it is, but has two sizes, ${entry.size} and ${entry.compressedSize}. The archive is damaged.`,
    );
}

/** header: the entry's local header, and maybe more. */
function dataOffset(source: ByteSource, entry: ZipEntry, header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  if (view.getUint32(0, true) !== LOCAL_SIGNATURE || view.getUint16(8, true) !== entry.method)
    throw new Error(
      `${entry.name} of ${source.name} is not where the archive's directory says. The archive is damaged.`,
    );
  const start = entry.headerOffset + LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  checkRange(source, start, entry.compressedSize);
  return start;
}
