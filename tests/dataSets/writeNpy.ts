/** NPY files as numpy.lib.format describes them, of every type that numbers may have. */

/** By type: bytes, and how one value is put. Float16 values must be representable. */
export const putters: Readonly<Record<string, (view: DataView, at: number, value: number, little: boolean) => void>> = {
  b1: (view, at, value) => view.setUint8(at, value),
  u1: (view, at, value) => view.setUint8(at, value),
  i1: (view, at, value) => view.setInt8(at, value),
  u2: (view, at, value, little) => view.setUint16(at, value, little),
  i2: (view, at, value, little) => view.setInt16(at, value, little),
  u4: (view, at, value, little) => view.setUint32(at, value, little),
  i4: (view, at, value, little) => view.setInt32(at, value, little),
  u8: (view, at, value, little) => view.setBigUint64(at, BigInt(value), little),
  i8: (view, at, value, little) => view.setBigInt64(at, BigInt(value), little),
  f2: (view, at, value, little) => view.setUint16(at, halfBits(value), little),
  f4: (view, at, value, little) => view.setFloat32(at, value, little),
  f8: (view, at, value, little) => view.setFloat64(at, value, little),
};

export interface NpyOptions {
  /** "<" little-endian, ">" big-endian; single bytes have "|". */
  readonly order?: "<" | ">";
  readonly fortran?: boolean;
  readonly version?: 1 | 2 | 3;
}

/** data: row-major. */
export function writeNpy(
  type: string,
  shape: readonly number[],
  data: ArrayLike<number>,
  { order = "<", fortran = false, version = 1 }: NpyOptions = {},
): Uint8Array {
  const width = Number(type.slice(1));
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${width === 1 ? "|" : order}${type}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${axes}), }`;
  const before = version === 1 ? 10 : 12;
  const start = Math.ceil((before + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(start + data.length * width);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, ...Buffer.from("NUMPY"), version, 0]);
  if (version === 1) view.setUint16(8, start - before, true);
  else view.setUint32(8, start - before, true);
  bytes.set(Buffer.from(`${text.padEnd(start - before - 1)}\n`), before);
  const values = fortran ? columnMajor(shape, data) : data;
  for (let i = 0; i < values.length; i++) putters[type]!(view, start + i * width, values[i]!, order === "<");
  return bytes;
}

/** Row-major → the first index runs fastest. */
export function columnMajor(shape: readonly number[], data: ArrayLike<number>): number[] {
  const turned = new Array<number>(data.length);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, length) => product * length, 1));
  for (let from = 0; from < data.length; from++) {
    let rest = from;
    let to = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const index = rest % shape[axis]!;
      rest = (rest - index) / shape[axis]!;
      to += index * strides[axis]!;
    }
    turned[to] = data[from]!;
  }
  return turned;
}

/** IEEE 754 binary16 of a value that it can hold. */
function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | (size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}
