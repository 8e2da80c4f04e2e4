/**
 * Writes what `torch.load` reads: {"model": OrderedDict of tensors}, as torch.save has written it since PyTorch 1.6: a zip archive of
 * stored entries with `<name>/data.pkl` (a pickle of protocol 2) and one entry `<name>/data/<number>` a tensor, little endian.
 */
import { zipFiles } from "../io/zipWrite";
import { encodeUtf8 } from "../math/text";

export interface TorchTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

const ROOT = "checkpoint";

/** @throws where one tensor has 4 GiB or more. */
export function writeTorch(tensors: ReadonlyMap<string, TorchTensor>): Uint8Array {
  const entries: [string, Uint8Array][] = [
    [`${ROOT}/data.pkl`, pickleOf(tensors)],
    [`${ROOT}/version`, encodeUtf8("3\n")],
    ...[...tensors.values()].map(({ data }, i): [string, Uint8Array] => [
      `${ROOT}/data/${i}`,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]),
  ];
  return zipFiles(entries);
}

const ascii = (text: string): readonly number[] => [...text].map((letter) => letter.charCodeAt(0));
const u32 = (value: number): readonly number[] => [
  value & 255,
  (value >>> 8) & 255,
  (value >>> 16) & 255,
  value >>> 24,
];

const MARK = ascii("(");
const TUPLE = ascii("t");
const EMPTY_TUPLE = ascii(")");
const REDUCE = ascii("R");
const EMPTY_DICT = ascii("}");
const SET_ITEMS = ascii("u");
const PERSISTENT = ascii("Q");
const FALSE = [0x89];
const PROTOCOL_2 = [0x80, 2];
const STOP = ascii(".");

const unicode = (text: string): readonly number[] => {
  const bytes = encodeUtf8(text);
  return [...ascii("X"), ...u32(bytes.length), ...bytes];
};
const int = (value: number): readonly number[] => [...ascii("J"), ...u32(value)];
const global = (module: string, name: string): readonly number[] => ascii(`c${module}\n${name}\n`);
const tuple = (...items: readonly (readonly number[])[]): readonly number[] => [...MARK, ...items.flat(), ...TUPLE];
const orderedDict = [...global("collections", "OrderedDict"), ...EMPTY_TUPLE, ...REDUCE];

const stridesOf = (shape: readonly number[]): readonly number[] =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((n, size) => n * size, 1));

function tensorPickle({ shape, data }: TorchTensor, index: number): readonly number[] {
  const storage = global("torch", data instanceof Float32Array ? "FloatStorage" : "LongStorage");
  const id = tuple(unicode("storage"), storage, unicode(String(index)), unicode("cpu"), int(data.length));
  return [
    ...global("torch._utils", "_rebuild_tensor_v2"),
    ...tuple(
      [...id, ...PERSISTENT],
      int(0),
      tuple(...shape.map(int)),
      tuple(...stridesOf(shape).map(int)),
      FALSE,
      orderedDict,
    ),
    ...REDUCE,
  ];
}

function pickleOf(tensors: ReadonlyMap<string, TorchTensor>): Uint8Array {
  const items = [...tensors].flatMap(([name, tensor], i) => [...unicode(name), ...tensorPickle(tensor, i)]);
  const model = [...orderedDict, ...MARK, ...items, ...SET_ITEMS];
  return Uint8Array.from([...PROTOCOL_2, ...EMPTY_DICT, ...MARK, ...unicode("model"), ...model, ...SET_ITEMS, ...STOP]);
}
