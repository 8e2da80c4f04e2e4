/** Half-precision (IEEE 754 binary16) and bfloat16 numbers, as arrays of their 16-bit patterns. */

const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

/** The 16-bit pattern of a number, rounded to nearest, ties to even; beyond 65504 it is infinite, NaN stays NaN. */
export function toFloat16Bits(value: number): number {
  floatView[0] = value;
  const bits = bitsView[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  // Below 2^-14 a half counts units of 2^-24; float32 holds the scaled value exactly, so rounding it once is enough.
  return sign | roundHalfToEven(Math.abs(floatView[0]!) * 16777216);
}

/** The number that a 16-bit pattern stands for. */
export function fromFloat16Bits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function encodeFloat16(values: ArrayLike<number>): Uint16Array {
  return Uint16Array.from(values, toFloat16Bits);
}

export function decodeFloat16(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, fromFloat16Bits);
}

/** A bfloat16 is the upper half of a float32. */
export function decodeBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest > 0.5 ? floor + 1 : floor;
  return floor % 2 === 0 ? floor : floor + 1;
}
