/**
 * MATLAB's MAT files of version 5 (written by MATLAB 5 to 7, Octave, SciPy): numeric, logical, char, cell and struct arrays, plain or
 * compressed, either byte order. Format: MathWorks, "MAT-File Format", 2019. Version 4 and 7.3 (HDF5) are refused with a way to convert.
 */
import { inflateZlib } from "../../core/io/inflate";
import type { NumberArray } from "./array";
import { type MatElement, readElement } from "./matElements";
import { MatrixReader, type MatValue } from "./matMatrix";

export type { MatValue } from "./matMatrix";

const HEADER_BYTES = 128;
const VERSION_5 = 0x0100;
const COMPRESSED = 15;
const MATRIX = 14;
/** What the compressed variables of one file may unpack to together. */
const MAX_UNPACKED_BYTES = 2 ** 28;
/** No zlib stream grows more. */
const MAX_RATIO = 1032;
const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] as const;

/** An HDF5 file, or a MAT file of version 7.3, which is one behind a block of text. */
export const isHdf5 = (bytes: Uint8Array): boolean =>
  [0, 512].some((start) => HDF5.every((byte, i) => bytes[start + i] === byte)) || latin(bytes, 0, 10) === "MATLAB 7.3";

export const isMat5 = (bytes: Uint8Array): boolean =>
  bytes.length >= HEADER_BYTES && !isHdf5(bytes) && ["IM", "MI"].includes(latin(bytes, 126, 2));

export const hdf5Refusal = (): Error =>
  new Error(
    "The file is HDF5 (MATLAB 7.3 MAT files are), which is not read. In MATLAB: load it and save(FILE, '-v7'); " +
      "in Python: h5py.File(FILE)['NAME'][()].T and numpy.save.",
  );

/**
 * All variables by name.
 * @throws where the bytes are no MAT file of version 5, are cut, or contradict themselves.
 */
export function readMat(bytes: Uint8Array): ReadonlyMap<string, MatValue> {
  const littleEndian = checkHeader(bytes);
  const reader = new MatrixReader(littleEndian);
  const variables = new Map<string, MatValue>();
  let room = MAX_UNPACKED_BYTES;
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    const { element, next } = readElement(bytes, at, littleEndian, false);
    const content = matrixOf(element, littleEndian, room);
    if (element.type === COMPRESSED) room -= content.length;
    const { name, value } = reader.read(content);
    variables.set(name, value);
    at = next;
  }
  return variables;
}

function checkHeader(bytes: Uint8Array): boolean {
  if (isHdf5(bytes)) throw hdf5Refusal();
  if (bytes.length >= 20 && bytes.subarray(0, 4).includes(0))
    throw new Error(
      "The file looks like a MAT file of version 4, which is not read. In MATLAB: load it and save(FILE, '-v7').",
    );
  if (!isMat5(bytes)) throw new Error("The file is no MAT file of version 5, or it is cut.");
  const littleEndian = latin(bytes, 126, 2) === "IM";
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint16(124, littleEndian);
  if (version !== VERSION_5)
    throw new Error(
      `The MAT file has version 0x${version.toString(16)}; version 5 (0x100) is read. Save it with '-v7'.`,
    );
  return littleEndian;
}

/** The content of a top-level element, unpacked. */
function matrixOf({ type, content }: MatElement, littleEndian: boolean, room: number): Uint8Array {
  if (type === MATRIX) return content;
  if (type !== COMPRESSED)
    throw new Error(`The MAT file has an element of type ${type} where a variable should be. It is damaged.`);
  const limit = Math.min(room, content.length * MAX_RATIO);
  const { element } = readElement(inflateZlib(content, limit), 0, littleEndian, true);
  if (element.type === MATRIX) return element.content;
  throw new Error(`A compressed variable of the MAT file holds an element of type ${element.type}. It is damaged.`);
}

/** The variables that are pictures or other arrays of at least two axes, by name. */
export function matArrays(variables: ReadonlyMap<string, MatValue>): ReadonlyMap<string, NumberArray> {
  const arrays = new Map<string, NumberArray>();
  for (const [name, value] of variables)
    if (value.kind === "numbers" && value.shape.filter((length) => length > 1).length >= 2) arrays.set(name, value);
  return arrays;
}

/**
 * The first variable of these names, else the only array of the file.
 * @throws where there is none or the choice is open; the message lists what is there.
 */
export function matArray(bytes: Uint8Array, names: readonly string[] = []): NumberArray {
  const variables = readMat(bytes);
  for (const name of names) {
    const value = variables.get(name);
    if (value?.kind === "numbers") return value;
  }
  const arrays = [...matArrays(variables).values()];
  if (arrays.length === 1) return arrays[0]!;
  const found = [...variables].map(([name, value]) => `${name} (${describe(value)})`).join(", ");
  throw new Error(
    `The MAT file should hold one array${names.length > 0 ? ` or a variable named ${names.join(" or ")}` : ""}, but it holds ${found || "nothing"}.`,
  );
}

const describe = (value: MatValue): string =>
  value.kind === "numbers" ? value.shape.join("×") : value.kind === "other" ? value.name : value.kind;

const latin = (bytes: Uint8Array, start: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(start, start + length));
