/** Data elements of MAT files of version 5: a tag with type and length, then the content, then padding to 8 bytes. */
import { narrowIntegers, ownBytes } from "./array";
import type { Numbers } from "./raster";

export interface MatElement {
  readonly type: number;
  readonly content: Uint8Array;
}

const TAG_BYTES = 8;
const SMALL_BYTES = 4;
const COMPRESSED = 15;

/**
 * The element at a place and where the next begins. Up to four bytes of content may lie inside the tag.
 * `last`: an element that ends its buffer need not be padded.
 * @throws where it leaves the buffer.
 */
export function readElement(
  bytes: Uint8Array,
  at: number,
  littleEndian: boolean,
  last: boolean,
): { element: MatElement; next: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + TAG_BYTES > bytes.length) throw cut(at, TAG_BYTES, bytes.length);
  const word = view.getUint32(at, littleEndian);
  if (word >>> 16 !== 0) {
    const length = word >>> 16;
    if (length > SMALL_BYTES) throw cut(at, length, SMALL_BYTES);
    return { element: { type: word & 0xffff, content: bytes.subarray(at + 4, at + 4 + length) }, next: at + TAG_BYTES };
  }
  const length = view.getUint32(at + 4, littleEndian);
  const start = at + TAG_BYTES;
  if (start + length > bytes.length) throw cut(at, length, bytes.length - start);
  const padding = word === COMPRESSED || last ? 0 : (8 - (length % 8)) % 8;
  return {
    element: { type: word, content: bytes.subarray(start, start + length) },
    next: Math.min(start + length + padding, bytes.length),
  };
}

const cut = (at: number, length: number, left: number): Error =>
  new Error(
    `The MAT file has an element of ${length} bytes at byte ${at}, but ${left} are left there. It is cut or damaged.`,
  );

/** Types of numbers by their code: bytes and reader. */
const types: Readonly<Record<number, { width: number; read: (buffer: ArrayBuffer) => Numbers }>> = {
  1: { width: 1, read: (buffer) => new Int8Array(buffer) },
  2: { width: 1, read: (buffer) => new Uint8Array(buffer) },
  3: { width: 2, read: (buffer) => new Int16Array(buffer) },
  4: { width: 2, read: (buffer) => new Uint16Array(buffer) },
  5: { width: 4, read: (buffer) => new Int32Array(buffer) },
  6: { width: 4, read: (buffer) => new Uint32Array(buffer) },
  7: { width: 4, read: (buffer) => new Float32Array(buffer) },
  9: { width: 8, read: (buffer) => new Float64Array(buffer) },
  12: { width: 8, read: (buffer) => narrowIntegers(new BigInt64Array(buffer)) },
  13: { width: 8, read: (buffer) => narrowIntegers(new BigUint64Array(buffer)) },
};

/** The numbers of an element as they are stored, which may be narrower than the class of their array. */
export function elementNumbers({ type, content }: MatElement, littleEndian: boolean): Numbers {
  const known = types[type];
  if (!known || content.length % known.width !== 0)
    throw new Error(`The MAT file has ${content.length} bytes of type ${type} where numbers should be. It is damaged.`);
  return known.read(ownBytes(content, known.width, littleEndian));
}

const DOUBLE = 6;

/** By the code of a numeric class: an array of `length` numbers, 64-bit integers in the 32 bits that `narrowIntegers` leaves them. */
const classes: Readonly<Record<number, (length: number) => Numbers>> = {
  [DOUBLE]: (length) => new Float64Array(length),
  7: (length) => new Float32Array(length),
  8: (length) => new Int8Array(length),
  9: (length) => new Uint8Array(length),
  10: (length) => new Int16Array(length),
  11: (length) => new Uint16Array(length),
  12: (length) => new Int32Array(length),
  13: (length) => new Uint32Array(length),
  14: (length) => new Int32Array(length),
  15: (length) => new Uint32Array(length),
};

export const isNumeric = (code: number): boolean => Object.hasOwn(classes, code);

/**
 * Stored numbers as the array's class has them. MATLAB stores doubles that are small whole numbers in fewer bytes, and they are floats
 * still: metres, not millimetres. Those of 8 and 16 bits become 32-bit floats, which hold them exactly.
 * @throws where a number does not fit in the class.
 */
export function asClass(stored: Numbers, code: number): Numbers {
  const numbers =
    code === DOUBLE && stored.BYTES_PER_ELEMENT <= 2 ? new Float32Array(stored.length) : classes[code]!(stored.length);
  if (numbers.constructor === stored.constructor) return stored;
  numbers.set(stored);
  for (let i = 0; i < stored.length; i++) {
    if (numbers[i] === stored[i] || Number.isNaN(stored[i])) continue;
    throw new Error(
      `The MAT file stores the number ${stored[i]} in an array of class ${code}, which cannot hold it. It is damaged.`,
    );
  }
  return numbers;
}
