/** The central directory of a zip archive: where it lies (also by ZIP64) and what it lists. Format: PKWARE APPNOTE 6.3.10, §4.3. */
import type { ByteSource } from "../../contracts/byteSource";
import { decodeUtf8 } from "../math/text";

export interface ZipEntry {
  /** Path with "/" between parts, relative, without "." and "..". */
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly compressedSize: number;
  readonly size: number;
  readonly crc32: number;
  /** Where its local header begins. */
  readonly headerOffset: number;
}

interface DirectoryPlace {
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** Entries, as the end record counts them. */
  readonly count: number;
}

const END = { signature: 0x06054b50, bytes: 22 };
const END64 = { signature: 0x06064b50, bytes: 56 };
const LOCATOR64 = { signature: 0x07064b50, bytes: 20 };
const ENTRY = { signature: 0x02014b50, bytes: 46 };
const LOCAL_HEADER_BYTES = 30;
const MAX_COMMENT_BYTES = 65_535;
/** A directory of about a million entries; a larger one is not what this reader is for. */
const MAX_DIRECTORY_BYTES = 100_000_000;
const ZIP64_EXTRA = 1;
const UNKNOWN_32 = 0xffffffff;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** @throws where the file has no end record, or it points outside of the file. */
export async function findDirectory(source: ByteSource): Promise<DirectoryPlace> {
  const tailBytes = Math.min(source.size, END.bytes + MAX_COMMENT_BYTES);
  const tailStart = source.size - tailBytes;
  const tail = viewOf(await source.read(tailStart, tailBytes));
  let at = tailBytes - END.bytes;
  const isEnd = (place: number): boolean =>
    tail.getUint32(place, true) === END.signature && place + END.bytes + tail.getUint16(place + 20, true) === tailBytes;
  while (at >= 0 && !isEnd(at)) at--;
  if (at < 0)
    throw new Error(
      `${source.name} is not a whole zip archive: the directory at its end is missing. Download or pack it again.`,
    );
  const end = {
    count: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  const isLarge = end.count === 0xffff || end.size === UNKNOWN_32 || end.offset === UNKNOWN_32;
  const place = (isLarge && (await findDirectory64(source, tailStart + at))) || { ...end, reach: tailStart + at };
  if (place.offset + place.size > place.reach || place.size > MAX_DIRECTORY_BYTES)
    throw new Error(
      `${source.name}: the archive's directory should have ${place.size} bytes from byte ${place.offset} on, which does not fit. ` +
        "The archive is cut, damaged, or split into parts.",
    );
  return place;
}

/** The end record of ZIP64, which lies before its locator, which lies before the end record; undefined where there is none. */
async function findDirectory64(
  source: ByteSource,
  endOffset: number,
): Promise<(DirectoryPlace & { reach: number }) | undefined> {
  if (endOffset < LOCATOR64.bytes + END64.bytes) return undefined;
  const locator = viewOf(await source.read(endOffset - LOCATOR64.bytes, LOCATOR64.bytes));
  if (locator.getUint32(0, true) !== LOCATOR64.signature) return undefined;
  const reach = Number(locator.getBigUint64(8, true));
  if (reach > endOffset - LOCATOR64.bytes - END64.bytes)
    throw new Error(
      `${source.name}: the ZIP64 record should lie at byte ${reach}, behind its locator. The archive is damaged.`,
    );
  const end = viewOf(await source.read(reach, END64.bytes));
  if (end.getUint32(0, true) !== END64.signature)
    throw new Error(`${source.name}: there is no ZIP64 record at byte ${reach}. The archive is damaged.`);
  const number = (at: number): number => Number(end.getBigUint64(at, true));
  return { count: number(32), size: number(40), offset: number(48), reach };
}

/** @throws where a record is cut, a name leaves the archive or comes twice, entries overlap, or the count differs. */
export function parseDirectory(file: string, bytes: Uint8Array, place: DirectoryPlace): readonly ZipEntry[] {
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  const spans: Span[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { entry, next, nameBytes } = parseEntry(file, bytes, at);
    if (names.has(entry.name)) throw new Error(`${file} has two entries named ${entry.name}. Pack it anew.`);
    names.add(entry.name);
    entries.push(entry);
    const { headerOffset: start, compressedSize } = entry;
    spans.push({ start, end: start + LOCAL_HEADER_BYTES + nameBytes + compressedSize, name: entry.name });
    at = next;
  }
  // Old writers count modulo 65536.
  if (entries.length !== place.count && entries.length % 65_536 !== place.count)
    throw new Error(
      `${file}: the archive's directory lists ${entries.length} entries, but counts ${place.count}. It is damaged.`,
    );
  checkSpans(file, spans, place.offset);
  return entries;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** Overlapping entries are how archives of a few kilobytes unpack to terabytes. */
function checkSpans(file: string, spans: Span[], reach: number): void {
  spans.sort((a, b) => a.start - b.start);
  for (const [i, { end, name }] of spans.entries()) {
    const next = spans[i + 1];
    if (end <= (next?.start ?? reach)) continue;
    throw new Error(
      `${file}: the entry ${name} runs into ${next?.name ?? "the directory"}. The archive is damaged or made to harm.`,
    );
  }
}

function parseEntry(file: string, bytes: Uint8Array, at: number): { entry: ZipEntry; next: number; nameBytes: number } {
  const view = viewOf(bytes);
  const cut = (): Error => new Error(`${file}: the archive's directory is damaged at its byte ${at}.`);
  if (at + ENTRY.bytes > bytes.length || view.getUint32(at, true) !== ENTRY.signature) throw cut();
  const nameBytes = view.getUint16(at + 28, true);
  const extraBytes = view.getUint16(at + 30, true);
  const nameEnd = at + ENTRY.bytes + nameBytes;
  const next = nameEnd + extraBytes + view.getUint16(at + 32, true);
  if (next > bytes.length) throw cut();
  const flags = view.getUint16(at + 8, true);
  const wide = parseZip64(view, nameEnd, extraBytes, [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ]);
  if (!wide) throw cut();
  const [size, compressedSize, headerOffset] = wide;
  const entry = {
    name: safePath(file, decodeName(bytes.subarray(at + ENTRY.bytes, nameEnd))),
    method: view.getUint16(at + 10, true),
    encrypted: (flags & 1) !== 0,
    crc32: view.getUint32(at + 16, true),
    size,
    compressedSize,
    headerOffset,
  };
  return { entry, next, nameBytes };
}

type Sizes = readonly [number, number, number];

/** Size, packed size and offset: each that is 2³²-1 stands in the ZIP64 field, in this order; undefined where that is cut. */
function parseZip64(view: DataView, start: number, length: number, short: Sizes): Sizes | undefined {
  if (!short.includes(UNKNOWN_32)) return short;
  for (let at = start; at + 4 <= start + length; ) {
    const fieldBytes = view.getUint16(at + 2, true);
    const end = at + 4 + fieldBytes;
    if (end > start + length) return undefined;
    if (view.getUint16(at, true) === ZIP64_EXTRA) {
      if (fieldBytes < 8 * short.filter((value) => value === UNKNOWN_32).length) return undefined;
      let field = at + 4 - 8;
      const widen = (value: number): number => {
        if (value !== UNKNOWN_32) return value;
        field += 8;
        return Number(view.getBigUint64(field, true));
      };
      const wide = short.map(widen) as unknown as Sizes;
      return wide.every(Number.isSafeInteger) ? wide : undefined;
    }
    at = end;
  }
  return short;
}

/** Code page 437 from 0x80 on, in which the format has names without the mark for UTF-8, and which Windows Explorer still writes. */
const CODE_PAGE_437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/** UTF-8 as nearly all archives have it, by flag or without; else code page 437. */
function decodeName(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : CODE_PAGE_437[byte - 0x80])).join("");
  }
}

/** The name as a relative path with "/"; a folder keeps its "/" at the end. @throws where it is empty or would lead out of the archive. */
function safePath(file: string, name: string): string {
  const parts = name.replaceAll("\\", "/").split("/");
  const leaves = parts[0] === "" || name.includes("\0") || parts.some((part) => part === ".." || /^[a-z]:/i.test(part));
  if (leaves)
    throw new Error(
      `${file} has an entry named ${JSON.stringify(name.slice(0, 200))}, which is no path inside the archive. It is refused as a whole.`,
    );
  const isNothing = (part: string): boolean => part === "" || part === ".";
  return parts.filter((part) => !isNothing(part)).join("/") + (isNothing(parts.at(-1)!) ? "/" : "");
}
