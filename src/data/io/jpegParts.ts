/**
 * The parts of a JPEG file (ITU-T T.81, Annex B), and what its headers must say before anything is decoded: the decoder takes their word,
 * allocates by it, and does not know all of what they can ask for.
 */
import { checkPixelCount } from "./raster";

/** content: what follows the part's length. Compressed pixels are in no part. */
interface JpegPart {
  readonly marker: number;
  readonly content: Uint8Array;
}

export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colours, 4 inks. */
  readonly components: number;
  /** The components are red, green and blue, not brightness and two differences. */
  readonly isRgb: boolean;
  /** Of each component: how many pixels one stored value covers, across and down. */
  readonly covers: readonly { readonly across: number; readonly down: number }[];
  /** Where in the file Adobe's parts say how colours are stored: a byte each. */
  readonly adobeTransforms: readonly number[];
}

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const APP0 = 0xe0;
const APP14 = 0xee;
/** Of the bytes of Adobe's part: 0, colours are stored as they are; 1, as brightness and differences; 2, with black beside them. */
const ADOBE_TRANSFORM = 11;
const PROGRESSIVE = 0xc2;
/** A block of 8×8 pixels takes at least one bit, also where progressive scans skip runs of blocks. */
const MAX_PIXELS_PER_BYTE = 512;
/** Encoders write about ten; each costs a walk over all blocks, however few its bytes are. */
const MAX_SCANS = 256;

/** @throws where the file ends before its end marker. */
export function* jpegParts(bytes: Uint8Array): Generator<JpegPart> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = nextMarker(bytes, 2); bytes[at] !== END_OF_IMAGE; ) {
    const length = at + 3 <= bytes.length ? view.getUint16(at + 1) : 0;
    const end = at + 1 + length;
    if (length < 2 || end > bytes.length)
      throw new Error(
        `The JPEG has a part of ${length} bytes at byte ${at}, which does not fit. It is cut or damaged.`,
      );
    yield { marker: bytes[at]!, content: bytes.subarray(at + 3, end) };
    at = nextMarker(bytes, end);
  }
}

/** Where the next marker's code is: not a byte ff of compressed pixels (00 follows), a restart (d0 to d7), or a byte that fills room. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    const code = bytes[at + 1]!;
    if (bytes[at] === 0xff && code > 1 && code < 0xff && (code < 0xd0 || code > 0xd7)) return at + 1;
  }
  throw new Error("The JPEG ends before its end marker. It is cut or damaged.");
}

/** Frame headers: all of SOF0 to SOF15 but the tables DHT (c4), JPG (c8) and DAC (cc). */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/**
 * The file's one frame, all of whose components have scans.
 * @throws where the headers contradict themselves or the file's size, or ask for what the decoder does not know.
 */
export function checkJpeg(bytes: Uint8Array): JpegFrame {
  const parts = [...scansCounted(jpegParts(bytes))];
  const frames = parts.filter(({ marker }) => isFrame(marker));
  const [frame] = frames;
  if (!frame || frames.length > 1)
    throw new Error(`The JPEG has ${frames.length} frames; one is expected. It is damaged or no photograph.`);
  const { width, height, ids, covers } = parseFrame(frame, bytes.length);
  const scanned = new Set(parts.flatMap((part) => (part.marker === START_OF_SCAN ? scanComponents(part) : [])));
  if (!ids.every((id) => scanned.has(id)))
    throw new Error("The JPEG has no pixels for one of its colours. It is cut or damaged.");
  const isRgb = ids.length === 3 && storesRgb(parts, ids);
  const adobeTransforms = parts
    .filter(isAdobe)
    .map(({ content }) => content.byteOffset - bytes.byteOffset + ADOBE_TRANSFORM);
  return { width, height, components: ids.length, isRgb, covers, adobeTransforms };
}

function* scansCounted(parts: Iterable<JpegPart>): Generator<JpegPart> {
  let scans = 0;
  for (const part of parts) {
    if (part.marker === START_OF_SCAN && ++scans > MAX_SCANS)
      throw new Error(`The JPEG has more than ${MAX_SCANS} scans. It is damaged or made to harm.`);
    yield part;
  }
}

function parseFrame({ marker, content }: JpegPart, fileBytes: number) {
  if (marker > PROGRESSIVE)
    throw new Error(
      "The JPEG is lossless, hierarchical or arithmetic-coded, which is not read. Save it as a usual JPEG.",
    );
  const count = content[5] ?? 0;
  if (![1, 3, 4].includes(count) || content.length < 6 + 3 * count)
    throw new Error(`The JPEG has ${count} components; 1, 3 or 4 are expected. It is damaged.`);
  if (content[0] !== 8)
    throw new Error(`The JPEG has ${content[0]} bits per value, of which 8 are read. Save it with 8 bits.`);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [height, width] = [view.getUint16(1), view.getUint16(3)];
  checkPixelCount(width, height);
  if (width * height > fileBytes * MAX_PIXELS_PER_BYTE)
    throw new Error(
      `The JPEG says that it is ${width}×${height}, but its ${fileBytes} bytes cannot hold that. It is cut or damaged.`,
    );
  const components = Array.from({ length: count }, (_, i) => content.subarray(6 + 3 * i, 9 + 3 * i));
  const samples = components.map(([, factor = 0]) => ({ across: factor >> 4, down: factor & 15 }));
  const factors = samples.flatMap(({ across, down }) => [across, down]);
  const ids = components.map(([id]) => id!);
  if (new Set(ids).size < count || factors.some((factor) => factor < 1 || factor > 4))
    throw new Error("The JPEG's colours have the same name, or are sampled in a way that the format does not know.");
  const [most, deepest] = [Math.max(...samples.map((s) => s.across)), Math.max(...samples.map((s) => s.down))];
  const covers = samples.map(({ across, down }) => ({ across: most / across, down: deepest / down }));
  return { width, height, ids, covers };
}

/** The ids of the components that the scan holds from their first coefficient on. */
function scanComponents({ content }: JpegPart): number[] {
  const count = content[0] ?? 0;
  if (count < 1 || count > 4 || content.length < 4 + 2 * count)
    throw new Error(`The JPEG has a scan of ${count} components; 1 to 4 are expected. It is damaged.`);
  const isFirst = content[1 + 2 * count] === 0;
  return isFirst ? Array.from({ length: count }, (_, i) => content[1 + 2 * i]!) : [];
}

/** As libjpeg decides it: JFIF files never, files of Adobe's programs where they say so, others by the components' names. */
function storesRgb(parts: readonly JpegPart[], ids: readonly number[]): boolean {
  if (parts.some((part) => part.marker === APP0 && startsWith(part, "JFIF\0"))) return false;
  const adobe = parts.find(isAdobe);
  if (adobe) return adobe.content[ADOBE_TRANSFORM] === 0;
  return String.fromCharCode(...ids) === "RGB";
}

const startsWith = ({ content }: JpegPart, text: string): boolean =>
  [...text].every((character, i) => content[i] === character.charCodeAt(0));

const isAdobe = (part: JpegPart): boolean =>
  part.marker === APP14 && startsWith(part, "Adobe") && part.content.length > ADOBE_TRANSFORM;
