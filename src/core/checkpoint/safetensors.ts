/**
 * The safetensors file format: 8 bytes of header length (little endian), a JSON header, then the tensors' bytes.
 * Format: https://github.com/huggingface/safetensors. Half-precision numbers become Float32Array; the others keep their type.
 */
import { decodeBfloat16, decodeFloat16, encodeFloat16 } from "../math/float16";
import { decodeUtf8, encodeUtf8 } from "../math/text";

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

interface Dtype {
  readonly bytes: number;
  decode(buffer: ArrayBuffer): TensorData;
  encode(data: TensorData): ArrayBufferView;
}

type NumberArray = Exclude<TensorData, BigInt64Array | BigUint64Array>;
type ArrayType<T> = { new (buffer: ArrayBuffer): T; from(values: ArrayLike<number>): T };
type BigArrayType<T> = { new (buffer: ArrayBuffer): T; from(values: Iterable<bigint>): T };

const numbers = <T extends NumberArray>(bytes: number, type: ArrayType<T>): Dtype => ({
  bytes,
  decode: (buffer) => new type(buffer),
  encode: (data) => type.from(plainNumbers(data)),
});
const bigNumbers = <T extends BigInt64Array | BigUint64Array>(type: BigArrayType<T>): Dtype => ({
  bytes: 8,
  decode: (buffer) => new type(buffer),
  encode: (data) => type.from(Array.from(data as ArrayLike<number | bigint>, BigInt)),
});

const dtypes = {
  F64: numbers(8, Float64Array),
  F32: numbers(4, Float32Array),
  F16: {
    bytes: 2,
    decode: (buffer) => decodeFloat16(new Uint16Array(buffer)),
    encode: (data) => encodeFloat16(plainNumbers(data)),
  },
  BF16: {
    bytes: 2,
    decode: (buffer) => decodeBfloat16(new Uint16Array(buffer)),
    encode: () => {
      throw new Error("Writing BF16 is not supported; write F16 or F32 instead.");
    },
  },
  I64: bigNumbers(BigInt64Array),
  I32: numbers(4, Int32Array),
  I16: numbers(2, Int16Array),
  I8: numbers(1, Int8Array),
  U64: bigNumbers(BigUint64Array),
  U32: numbers(4, Uint32Array),
  U16: numbers(2, Uint16Array),
  U8: numbers(1, Uint8Array),
  BOOL: numbers(1, Uint8Array),
} satisfies Record<string, Dtype>;

export type DtypeName = keyof typeof dtypes;

/** One tensor: row-major data of `shape`; `dtype` is how the file holds it. */
export interface StoredTensor {
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface SafetensorsFile {
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: Record<string, string>;
}

interface Entry {
  readonly name: string;
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The format's own limit; a longer header is a sign of a file of another kind. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Reads a whole file.
 * @throws where the header or an entry breaks the format: cut file, unknown type, sizes, gaps or overlaps that do not fit.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { header, dataStart } = parseHeader(bytes);
  const dataBytes = bytes.length - dataStart;
  const { __metadata__: rawMetadata, ...rawEntries } = header;
  const entries = Object.entries(rawEntries).map(([name, raw]) => parseEntry(name, raw, dataBytes));
  checkCover(entries, dataBytes);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    // A copy, because typed arrays need aligned offsets and the file does not promise them.
    // Not bytes.slice: Node's Buffer overrides it with a view of shared memory.
    const buffer = Uint8Array.prototype.slice.call(bytes, dataStart + begin, dataStart + end).buffer as ArrayBuffer;
    tensors.set(name, { dtype, shape, data: dtypes[dtype].decode(buffer) });
  }
  return { tensors, metadata: parseMetadata(rawMetadata) };
}

/** Writes a file: tensors in the order of the map, widest types first so that every one is aligned. Data is converted to `dtype`. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  const chunks: Uint8Array[] = [];
  let offset = 0;
  const ordered = [...tensors].sort(([, a], [, b]) => dtypes[b.dtype].bytes - dtypes[a.dtype].bytes);
  for (const [name, { dtype, shape, data }] of ordered) {
    if (name === "__metadata__")
      throw new Error("A tensor must not be named __metadata__; the format keeps that name.");
    if (data.length !== elementCount(shape)) {
      throw new Error(
        `Tensor ${name} has ${data.length} numbers, but its shape [${shape}] asks for ${elementCount(shape)}.`,
      );
    }
    const encoded = dtypes[dtype].encode(data);
    chunks.push(new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength));
    header[name] = { dtype, shape, data_offsets: [offset, offset + encoded.byteLength] };
    offset += encoded.byteLength;
  }
  return joinFile(JSON.stringify(header), chunks, offset);
}

function joinFile(headerText: string, chunks: readonly Uint8Array[], dataBytes: number): Uint8Array {
  const unpadded = encodeUtf8(headerText);
  const headerBytes = Math.ceil(unpadded.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8, 8 + headerBytes);
  file.set(unpadded, 8);
  let offset = 8 + headerBytes;
  for (const chunk of chunks) {
    file.set(chunk, offset);
    offset += chunk.length;
  }
  return file;
}

function parseHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) throw new Error(`A safetensors file has at least 8 bytes, but this one has ${bytes.length}.`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(Math.min(bytes.length - 8, MAX_HEADER_BYTES))) {
    throw new Error(
      `The file says that its header has ${length} bytes, but only ${bytes.length - 8} follow. It is cut, or not a safetensors file.`,
    );
  }
  const dataStart = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(decodeUtf8(bytes.subarray(8, dataStart)));
  } catch (cause) {
    throw new Error("The safetensors header is not valid JSON. The file is damaged, or of another kind.", { cause });
  }
  if (!isRecord(header)) throw new Error("The safetensors header must be a JSON object.");
  return { header, dataStart };
}

function parseEntry(name: string, raw: unknown, dataBytes: number): Entry {
  const fail = (what: string): never => {
    throw new Error(`Tensor ${name} of the safetensors file: ${what}.`);
  };
  if (!isRecord(raw)) return fail("its header entry is not an object");
  const { dtype, shape, data_offsets: offsets } = raw;
  if (!isDtype(dtype)) {
    return fail(`type ${JSON.stringify(dtype)} is not supported; expected one of ${Object.keys(dtypes).join(", ")}`);
  }
  if (!isSizes(shape)) return fail(`its shape is ${JSON.stringify(shape)}, expected a list of whole numbers`);
  if (!isSizes(offsets) || offsets.length !== 2)
    return fail(`its data_offsets are ${JSON.stringify(offsets)}, expected two`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    return fail(`it lies at bytes ${begin} to ${end}, but the file holds ${dataBytes} bytes of data; it may be cut`);
  }
  const expected = elementCount(shape) * dtypes[dtype].bytes;
  if (end - begin !== expected) {
    return fail(`it has ${end - begin} bytes, but ${dtype} of shape [${shape}] needs ${expected}`);
  }
  return { name, dtype, shape, begin, end };
}

/** The format allows neither overlaps nor gaps: together the tensors cover the data. */
function checkCover(entries: readonly Entry[], dataBytes: number): void {
  let reached = 0;
  let previous = "the header";
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < reached)
      throw new Error(`Tensors ${previous} and ${name} of the safetensors file overlap at byte ${begin}.`);
    if (begin > reached)
      throw new Error(`There is a gap between ${previous} and tensor ${name} in the safetensors file.`);
    reached = end;
    previous = name;
  }
  if (reached !== dataBytes) {
    throw new Error(
      `The safetensors file has ${dataBytes - reached} bytes after its last tensor that no tensor claims.`,
    );
  }
}

function parseMetadata(raw: unknown): Record<string, string> {
  if (raw === undefined) return {};
  if (!isRecord(raw) || !Object.values(raw).every((value) => typeof value === "string")) {
    throw new Error("The safetensors metadata must map strings to strings.");
  }
  return raw as Record<string, string>;
}

function plainNumbers(data: TensorData): NumberArray {
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
}

const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isDtype = (value: unknown): value is DtypeName => typeof value === "string" && Object.hasOwn(dtypes, value);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
