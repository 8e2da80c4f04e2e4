/**
 * Writes zip archives, piece by piece; entries are stored, or deflated on request. Field by field as in PKWARE's APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to
 * 4.3.16; ZIP64 records appear only where an archive needs them.
 */
import { deflateSync } from "fflate";
import { encodeUtf8 } from "../math/text";
import { joined } from "./bytes";
import { crc32 } from "./crc32";

const LARGEST_32 = 0xffffffff;
const LARGEST_16 = 0xffff;
/** 1 January 1980, midnight: the same files make the same archive. */
const DATE = 0x21;
const PLAIN_VERSION = 20;
const ZIP64_VERSION = 45;
const STORED = 0;
const DEFLATED = 8;
/** Names are UTF-8. */
const UTF8_FLAG = 0x0800;

type Field = readonly [bytes: 2 | 4 | 8, value: number];
const u16 = (value: number): Field => [2, value];
const u32 = (value: number): Field => [4, value];
const u64 = (value: number): Field => [8, value];

function record(signature: number, fields: readonly Field[], tail: Uint8Array = new Uint8Array(0)): Uint8Array {
  const all = [u32(signature), ...fields];
  const size = all.reduce((sum, [bytes]) => sum + bytes, 0);
  const whole = new Uint8Array(size + tail.length);
  const view = new DataView(whole.buffer);
  let at = 0;
  for (const [bytes, value] of all) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  whole.set(tail, size);
  return whole;
}

export class ZipWriter {
  private readonly directory: Uint8Array[] = [];

  /** `offset`: bytes of the archive that were written before, by another hand. */
  constructor(private offset = 0) {}

  /** The pieces of one file's entry, in order; deflated where that is asked for and makes it smaller. @throws where it has 4 GiB or more. */
  entry(path: string, data: Uint8Array, deflate = false): readonly Uint8Array[] {
    if (data.length >= LARGEST_32)
      throw new Error(`${path} has ${data.length} bytes; an entry of less than 4 GiB can be packed. Leave it out.`);
    const name = encodeUtf8(path);
    const packed = deflate ? deflateSync(data) : data;
    const [method, content] = packed.length < data.length ? [DEFLATED, packed] : [STORED, data];
    const common = [
      ...[u16(UTF8_FLAG), u16(method), u16(0), u16(DATE)],
      ...[u32(crc32(data)), u32(content.length), u32(data.length), u16(name.length)],
    ];
    const far = this.offset >= LARGEST_32;
    const extra = far ? record64([u64(this.offset)]) : new Uint8Array(0);
    const version = u16(far ? ZIP64_VERSION : PLAIN_VERSION);
    const place = [u16(extra.length), u16(0), u16(0), u16(0), u32(0), u32(far ? LARGEST_32 : this.offset)];
    this.directory.push(record(0x02014b50, [version, version, ...common, ...place], joined([name, extra])));
    const header = record(0x04034b50, [u16(PLAIN_VERSION), ...common, u16(0)], name);
    this.offset += header.length + content.length;
    return [header, content];
  }

  /** The directory and the end record: what makes the pieces before them an archive. */
  end(): readonly Uint8Array[] {
    const count = this.directory.length;
    const size = this.directory.reduce((sum, { length }) => sum + length, 0);
    const large = count >= LARGEST_16 || size >= LARGEST_32 || this.offset >= LARGEST_32;
    const counts = large ? [u16(LARGEST_16), u16(LARGEST_16)] : [u16(count), u16(count)];
    const place = large ? [u32(LARGEST_32), u32(LARGEST_32)] : [u32(size), u32(this.offset)];
    return [
      ...this.directory,
      ...(large ? this.end64(count, size) : []),
      record(0x06054b50, [u16(0), u16(0), ...counts, ...place, u16(0)]),
    ];
  }

  private end64(count: number, size: number): readonly Uint8Array[] {
    const version = u16(ZIP64_VERSION);
    const rest = [version, version, u32(0), u32(0), u64(count), u64(count), u64(size), u64(this.offset)];
    const restBytes = rest.reduce((sum, [bytes]) => sum + bytes, 0);
    return [
      record(0x06064b50, [u64(restBytes), ...rest]),
      record(0x07064b50, [u32(0), u64(this.offset + size), u32(1)]),
    ];
  }
}

/** The extra field of ZIP64: header id 1 and what the 32-bit fields could not hold. */
function record64(fields: readonly Field[]): Uint8Array {
  const bytes = fields.reduce((sum, [width]) => sum + width, 0);
  return record(1 | (bytes << 16), fields);
}

/** A whole archive in memory; text is worth deflating, weights and pictures are not. */
export function zipFiles(
  files: readonly (readonly [path: string, data: Uint8Array, deflate?: boolean])[],
): Uint8Array<ArrayBuffer> {
  const zip = new ZipWriter();
  return joined([...files.flatMap((file) => zip.entry(...file)), ...zip.end()]);
}
