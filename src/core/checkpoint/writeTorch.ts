/**
 * Writes what `torch.load` reads: {"model": OrderedDict of tensors}, as torch.save has written it since PyTorch 1.6: a zip archive of
 * stored entries with `<name>/data.pkl` (a pickle of protocol 2) and one entry `<name>/data/<number>` a tensor, little endian.
 */
import { crc32 } from "../io/crc32";
import { encodeUtf8 } from "../math/text";

export interface TorchTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

const ROOT = "checkpoint";
/** Sizes and offsets of plain zip archives have 32 bits. */
const MAX_BYTES = 2 ** 32 - 1;
const MAX_ENTRIES = 2 ** 16 - 1;

/** @throws where the file would grow beyond what a plain zip archive holds. */
export function writeTorch(tensors: ReadonlyMap<string, TorchTensor>): Uint8Array {
  const entries: [string, Uint8Array][] = [
    [`${ROOT}/data.pkl`, pickleOf(tensors)],
    [`${ROOT}/version`, encodeUtf8("3\n")],
    ...[...tensors.values()].map(({ data }, i): [string, Uint8Array] => [
      `${ROOT}/data/${i}`,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]),
  ];
  return storedZip(entries);
}

const ascii = (text: string): readonly number[] => [...text].map((letter) => letter.charCodeAt(0));
const u32 = (value: number): readonly number[] => [
  value & 255,
  (value >>> 8) & 255,
  (value >>> 16) & 255,
  value >>> 24,
];
const u16 = (value: number): readonly number[] => [value & 255, value >>> 8];

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

/** Field by field as in PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16; no entry is compressed. */
function storedZip(entries: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [path, data] of entries) {
    const name = encodeUtf8(path);
    const common = [
      ...[...u16(0), ...u16(0), ...u16(0), ...u16(0x21)],
      ...[...u32(crc32(data)), ...u32(data.length), ...u32(data.length)],
      ...[...u16(name.length), ...u16(0)],
    ];
    const local = Uint8Array.from([...ascii("PK\x03\x04"), ...u16(20), ...common, ...name]);
    const rest = [...u16(0), ...u16(0), ...u16(0), ...u32(0), ...u32(offset), ...name];
    directory.push(Uint8Array.from([...ascii("PK\x01\x02"), ...u16(20), ...u16(20), ...common, ...rest]));
    chunks.push(local, data);
    offset += local.length + data.length;
  }
  const size = directory.reduce((n, entry) => n + entry.length, 0);
  if (offset + size > MAX_BYTES || entries.length > MAX_ENTRIES)
    throw new Error(
      `The .pth file would have ${entries.length} entries and ${offset + size} bytes; at most ${MAX_ENTRIES} and ${MAX_BYTES} fit. Export safetensors instead.`,
    );
  const counts = [...u16(0), ...u16(0), ...u16(entries.length), ...u16(entries.length)];
  const end = Uint8Array.from([...ascii("PK\x05\x06"), ...counts, ...u32(size), ...u32(offset), ...u16(0)]);
  return joined([...chunks, ...directory, end]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
