/** Numbers as files hold them → 32-bit floats, in slices, so that no second copy of a tensor is ever whole in memory. */
import type { ByteSource } from "../../contracts/byteSource";
import { decodeFloat16 } from "../math/float16";

interface NumberType {
  /** Bytes of one number. */
  readonly bytes: number;
  /** Numbers from little-endian bytes that begin their buffer; undefined where no conversion is offered. */
  readonly decode?: (bytes: Uint8Array) => ArrayLike<number>;
}

type ArrayType = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayLike<number>;

const plain = (type: ArrayType & { readonly BYTES_PER_ELEMENT: number }): NumberType => ({
  bytes: type.BYTES_PER_ELEMENT,
  decode: ({ buffer, byteOffset, length }) =>
    new type(buffer as ArrayBuffer, byteOffset, length / type.BYTES_PER_ELEMENT),
});

const long = (type: typeof BigInt64Array | typeof BigUint64Array): NumberType => ({
  bytes: 8,
  decode: ({ buffer, byteOffset, length }) =>
    Float64Array.from(new type(buffer as ArrayBuffer, byteOffset, length / 8) as never, Number),
});

const pairs = ({ buffer, byteOffset, length }: Uint8Array): Uint16Array =>
  new Uint16Array(buffer, byteOffset, length / 2);

/** Every half-precision number by its bits; made when the first is needed. */
let halves: Float32Array | undefined;
function decodeHalves(bytes: Uint8Array): Float32Array {
  halves ??= decodeFloat16(Uint16Array.from({ length: 65_536 }, (_, bits) => bits));
  const table = halves;
  return Float32Array.from(pairs(bytes), (bits) => table[bits]!);
}

/** By the names of the safetensors format, which PyTorch's types are given too. */
export const fileDtypes = {
  F64: plain(Float64Array),
  F32: plain(Float32Array),
  F16: { bytes: 2, decode: decodeHalves },
  // A bfloat16 is the upper half of a float32.
  BF16: { bytes: 2, decode: (bytes) => new Float32Array(Uint32Array.from(pairs(bytes), (half) => half << 16).buffer) },
  F8_E4M3: { bytes: 1 },
  F8_E5M2: { bytes: 1 },
  C64: { bytes: 8 },
  C128: { bytes: 16 },
  I64: long(BigInt64Array),
  I32: plain(Int32Array),
  I16: plain(Int16Array),
  I8: plain(Int8Array),
  U64: long(BigUint64Array),
  U32: plain(Uint32Array),
  U16: plain(Uint16Array),
  U8: plain(Uint8Array),
  BOOL: plain(Uint8Array),
} satisfies Record<string, NumberType>;

export type FileDtype = keyof typeof fileDtypes;

export interface NumberPlace {
  readonly dtype: FileDtype;
  /** Byte of the file where the first number lies. */
  readonly offset: number;
  /** Numbers. */
  readonly count: number;
  readonly bigEndian?: boolean;
}

/** Numbers that are converted at once. */
const SLICE = 2 ** 20;

/**
 * The numbers that lie at a place, as an array of the caller's own.
 * @param seen Is given the file's bytes in order, for checksums.
 * @throws where the place leaves the file or the type cannot be converted.
 */
export async function readNumbers(
  source: ByteSource,
  { dtype, offset, count, bigEndian = false }: NumberPlace,
  seen: (bytes: Uint8Array) => void = () => {},
): Promise<Float32Array> {
  const { bytes: width, decode }: NumberType = fileDtypes[dtype];
  if (!decode)
    throw new Error(
      `Numbers of type ${dtype} in ${source.name} cannot be converted. Save the weights as F32, F16 or BF16.`,
    );
  const read = async (first: number, length: number): Promise<ArrayLike<number>> => {
    const bytes = await source.read(offset + first * width, length * width);
    seen(bytes);
    return decode(bigEndian ? swapped(bytes, width) : bytes);
  };
  if (dtype === "F32") return (await read(0, count)) as Float32Array;
  // One that does not fit the file is refused before room is made for it.
  if (offset + count * width > source.size) await source.read(offset, count * width);
  const numbers = new Float32Array(count);
  for (let first = 0; first < count; first += SLICE)
    numbers.set(await read(first, Math.min(SLICE, count - first)), first);
  return numbers;
}

/** The same bytes with each number's own turned round, in place. */
function swapped(bytes: Uint8Array, width: number): Uint8Array {
  for (let start = 0; start < bytes.length; start += width) bytes.subarray(start, start + width).reverse();
  return bytes;
}
