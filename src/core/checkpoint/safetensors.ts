/**
 * The safetensors file format: 8 bytes of header length (little endian), a JSON header, then the tensors' bytes.
 * Format: https://github.com/huggingface/safetensors. Half-precision numbers become Float32Array; the others keep their type.
 */
import { decodeBfloat16, decodeFloat16, encodeFloat16 } from "../math/float16";
import { encodeUtf8 } from "../math/text";
import { headerLength, LENGTH_BYTES, parseHeader } from "./safetensorsHeader";

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

/**
 * Reads a whole file.
 * @throws where the header or an entry breaks the format: cut file, unknown type, sizes, gaps or overlaps that do not fit.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const dataStart = LENGTH_BYTES + headerLength(bytes, bytes.length);
  const { entries, metadata } = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), bytes.length - dataStart, dtypes);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    // A copy, because typed arrays need aligned offsets and the file does not promise them.
    // Not bytes.slice: Node's Buffer overrides it with a view of shared memory.
    const buffer = Uint8Array.prototype.slice.call(bytes, dataStart + begin, dataStart + end).buffer as ArrayBuffer;
    tensors.set(name, { dtype, shape, data: dtypes[dtype].decode(buffer) });
  }
  return { tensors, metadata };
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

function plainNumbers(data: TensorData): NumberArray {
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
}

const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
