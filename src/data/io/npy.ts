/**
 * NumPy's NPY files, format versions 1 to 3 (numpy.lib.format): booleans, integers, and floats of 16, 32 and 64 bits, either byte order,
 * C or Fortran order. Objects (which are pickles), text, complex numbers and records are refused by name.
 */
import { decodeFloat16 } from "../../core/math/float16";
import { decodeUtf8 } from "../../core/math/text";
import { countOf, type NumberArray, narrowIntegers, ownBytes, rowMajor } from "./array";
import type { Numbers } from "./raster";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
const VERSION_BYTE = 6;
/** A header is a line of text; a longer one belongs to a record type, which is refused anyway. */
const MAX_HEADER_BYTES = 65_536;
const MAX_AXES = 32;

export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

/** By NumPy's kind letter and bytes. */
const readers: Readonly<Record<string, (buffer: ArrayBuffer) => Numbers>> = {
  b1: (buffer) => new Uint8Array(buffer).map((value) => (value === 0 ? 0 : 1)),
  u1: (buffer) => new Uint8Array(buffer),
  i1: (buffer) => new Int8Array(buffer),
  u2: (buffer) => new Uint16Array(buffer),
  i2: (buffer) => new Int16Array(buffer),
  u4: (buffer) => new Uint32Array(buffer),
  i4: (buffer) => new Int32Array(buffer),
  u8: (buffer) => narrowIntegers(new BigUint64Array(buffer)),
  i8: (buffer) => narrowIntegers(new BigInt64Array(buffer)),
  f2: (buffer) => decodeFloat16(new Uint16Array(buffer)),
  f4: (buffer) => new Float32Array(buffer),
  f8: (buffer) => new Float64Array(buffer),
};

/** @throws where the bytes are no NPY file, cut, or hold something else than numbers. */
export function readNpy(bytes: Uint8Array): NumberArray {
  const { header, start } = readHeader(bytes);
  const { type, littleEndian, fortran, shape } = parseHeader(header);
  const read = readers[type]!;
  const width = Number(type.slice(1));
  const expected = countOf(shape) * width;
  const content = bytes.subarray(start);
  if (content.length !== expected)
    throw new Error(
      `The NPY file's header says [${shape.join(", ")}] of ${width} byte(s), ${expected} bytes, but ${content.length} follow. It is cut or damaged.`,
    );
  const data = read(ownBytes(content, width, littleEndian));
  return { shape, data: fortran ? rowMajor(shape, data) : data };
}

function readHeader(bytes: Uint8Array): { header: string; start: number } {
  if (!isNpy(bytes) || bytes.length < 10) throw new Error("The file is no NPY file, or it is cut.");
  const version = bytes[VERSION_BYTE]!;
  if (version < 1 || version > 3) throw new Error(`The NPY file has version ${version}; versions 1 to 3 are known.`);
  const lengthBytes = version === 1 ? 2 : 4;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = VERSION_BYTE + 2 + lengthBytes;
  const length =
    bytes.length < from ? Number.NaN : lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (!(length <= MAX_HEADER_BYTES && from + length <= bytes.length))
    throw new Error(
      `The NPY file's header should have ${length} bytes, but ${bytes.length - from} follow. It is cut or damaged.`,
    );
  const header = bytes.subarray(from, from + length);
  return {
    header: version === 3 ? decodeUtf8Header(header) : String.fromCharCode(...header.subarray(0, 4096)),
    start: from + length,
  };
}

function decodeUtf8Header(header: Uint8Array): string {
  try {
    return decodeUtf8(header);
  } catch (cause) {
    throw new Error("The NPY file's header is no UTF-8 text. The file is damaged.", { cause });
  }
}

const ENTRIES: Readonly<Record<string, RegExp>> = {
  descr: /^'[^']*'|^\[/,
  fortran_order: /^(?:True|False)/,
  shape: /^\([\d\s,L]*\)/,
};

/** A Python dictionary of three entries, whose order is free: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }. */
function dictionary(header: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  let rest = header.trim().replace(/^\{\s*/, "");
  for (let entry = /^'(\w+)'\s*:\s*/.exec(rest); entry; entry = /^'(\w+)'\s*:\s*/.exec(rest)) {
    const name = entry[1]!;
    const value = Object.hasOwn(ENTRIES, name) ? ENTRIES[name]!.exec(rest.slice(entry[0].length))?.[0] : undefined;
    if (value === undefined || Object.hasOwn(found, name)) break;
    found[name] = value;
    // What follows "[" describes a record, which is refused whatever it is.
    if (value === "[") return { descr: value, fortran_order: "False", shape: "()" };
    rest = rest.slice(entry[0].length + value.length).replace(/^\s*,?\s*/, "");
  }
  if (Object.keys(found).length === 3 && rest === "}") return found;
  throw new Error(`The NPY file's header is damaged: ${JSON.stringify(header.slice(0, 120))}.`);
}

function parseHeader(header: string): {
  type: string;
  littleEndian: boolean;
  fortran: boolean;
  shape: readonly number[];
} {
  const { descr = "", fortran_order: order, shape: axes = "" } = dictionary(header);
  const [, byteOrder = "", type = ""] = /^'([<>=|]?)(\w+)'$/.exec(descr) ?? [];
  if (!Object.hasOwn(readers, type))
    throw new Error(
      `The NPY file holds ${descr === "[" ? "records" : `values of type ${descr}`}, which cannot be read. ` +
        "Save booleans, integers or floats of 16, 32 or 64 bits, for example array.astype('float32').",
    );
  const shape = axes
    .slice(1, -1)
    .split(",")
    .map((length) => length.trim().replace(/L$/, ""))
    .filter((length) => length !== "")
    .map(Number);
  if (shape.length > MAX_AXES)
    throw new Error(`The NPY file's array has ${shape.length} axes; ${MAX_AXES} are the most.`);
  return { type, littleEndian: byteOrder !== ">", fortran: order === "True", shape };
}
