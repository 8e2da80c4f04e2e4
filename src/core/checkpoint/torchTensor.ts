/**
 * Tensors of PyTorch's files: views of storages by offset and strides, several of which may share one storage.
 * Letters: [n1,…,nk] a tensor's shape, (s1,…,sk) the strides: entry (i1,…,ik) lies at offset + Σ i·s of the storage.
 */
import { type FileDtype, fileDtypes } from "./fileNumbers";
import type { FileTensor } from "./weightsFile";

/** A run of numbers of one type, which tensors view. */
export interface TorchStorage {
  readonly kind: "storage";
  readonly key: string;
  readonly dtype: FileDtype;
  readonly bytes: number;
  /** Bytes of the file's storage `key` before this one begins: old files have storages that are parts of others. */
  readonly start: number;
}

export interface TorchTensor {
  readonly kind: "tensor";
  readonly storage: TorchStorage;
  /** Numbers before the first. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** Reads `count` numbers of a storage from number `first` on. */
export type ReadStorage = (storage: TorchStorage, first: number, count: number) => Promise<Float32Array>;

const MAX_RANK = 64;
/** Numbers that a tensor may always have; above, it may not have more than its file has bytes (strides of 0 repeat numbers for free). */
const SMALL = 2 ** 20;

const isKind = (value: unknown, kind: string): boolean =>
  typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === kind;
export const isTensor = (value: unknown): value is TorchTensor => isKind(value, "tensor");

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= MAX_RANK && value.every((size) => Number.isSafeInteger(size) && size >= 0);

export const countOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Numbers between the first and the last that a tensor shows, both counted. */
const spanOf = (shape: readonly number[], stride: readonly number[]): number =>
  shape.reduce((span, size, axis) => span + (size - 1) * stride[axis]!, 1);

/**
 * @param place Offset, shape and strides as the file has them.
 * @throws where they are of the wrong kind or leave the storage.
 */
export function viewStorage(storage: unknown, [offset, shape, stride]: readonly unknown[]): TorchTensor {
  if (!isKind(storage, "storage"))
    throw new Error("A tensor of the file has no storage that can be read. The file is damaged.");
  const { dtype, bytes, key } = storage as TorchStorage;
  if (!isSizes([offset]) || !isSizes(shape) || !isSizes(stride) || shape.length !== stride.length)
    throw new Error(
      `A tensor of storage ${key} has an offset, shape or strides that are no whole numbers. The file is damaged.`,
    );
  const from = offset as number;
  const count = countOf(shape);
  const available = bytes / fileDtypes[dtype].bytes;
  if (count > 0 && from + spanOf(shape, stride) > available)
    throw new Error(
      `A tensor of shape [${shape}] with strides (${stride}) from number ${from} on does not fit storage ${key} of ${available} numbers. ` +
        "The file is damaged.",
    );
  return { kind: "tensor", storage: storage as TorchStorage, offset: from, shape, stride };
}

/** @throws where the tensor, by repeating numbers, has far more of them than the file. */
export function openTensor(name: string, tensor: TorchTensor, read: ReadStorage, fileBytes: number): FileTensor {
  const { storage, offset, shape, stride } = tensor;
  const count = countOf(shape);
  if (count > Math.max(SMALL, fileBytes))
    throw new Error(
      `Tensor ${name} of shape [${shape}] has more numbers than its file has bytes (${fileBytes}). It is refused.`,
    );
  const open = async (): Promise<Float32Array> => {
    if (count === 0) return new Float32Array();
    if (isRowMajor(shape, stride)) return read(storage, offset, count);
    return gather(await read(storage, offset, spanOf(shape, stride)), shape, stride);
  };
  return { dtype: storage.dtype, shape, read: open };
}

function isRowMajor(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Numbers at Σ i·s in the order of the indices, the last one fastest. */
function gather(numbers: Float32Array, shape: readonly number[], stride: readonly number[]): Float32Array {
  const result = new Float32Array(countOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = numbers[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += stride[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * stride[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
