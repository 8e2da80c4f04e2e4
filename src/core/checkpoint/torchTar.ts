/**
 * PyTorch's first files (before 0.1.10): a tar archive with the pickle of the contents, a list of tensors and a list of storages. Its parts,
 * as `torch.serialization` still reads them: "storages" is a pickled count, then for each a pickle (key, device, class), its count of
 * numbers (8 bytes) and the numbers; then a pickled list of those that are parts of others. "tensors" is a pickled count, then for each a
 * pickle (key, storage's key, class), its rank (4 bytes and 4 unused), sizes, strides and offset (8 bytes each).
 */
import type { ByteSource } from "../../contracts/byteSource";
import { fileDtypes, readNumbers } from "./fileNumbers";
import { PickleGlobal } from "./pickle";
import { PickleWindow } from "./pickleWindow";
import { openContents } from "./torchContents";
import { storageDtype } from "./torchGlobals";
import { keyText, plainHandlers, torchHandlers } from "./torchStorage";
import { type ReadStorage, type TorchStorage, type TorchTensor, viewStorage } from "./torchTensor";
import type { WeightsFile } from "./weightsFile";

interface Member {
  readonly start: number;
  readonly end: number;
}

const BLOCK_BYTES = 512;
const MAX_MEMBERS = 64;
/** Storages or tensors; models have some hundred. */
const MAX_LISTED = 100_000;
const MAX_RANK = 64;
const SUM_AT = 148;
const SUM_BYTES = 8;

/** Whether a file's first bytes are the header of a tar archive, by the header's own sum. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < BLOCK_BYTES || block[0] === 0) return false;
  const sum = block
    .subarray(0, BLOCK_BYTES)
    .reduce((total, byte, i) => total + (i >= SUM_AT && i < SUM_AT + SUM_BYTES ? 32 : byte), 0);
  return sum === octal(block, SUM_AT, SUM_BYTES);
}

/** @throws where the archive is cut or damaged, or is none of PyTorch's. */
export async function openTorchTar(source: ByteSource): Promise<WeightsFile> {
  const members = await listMembers(source);
  const windowOf = (name: string): PickleWindow => {
    const member = members.get(name);
    if (!member)
      throw new Error(
        `${source.name} is a tar archive without "${name}", so it is not a file of weights of PyTorch. Unpack it first.`,
      );
    return new PickleWindow(source, member.start, member.end);
  };
  const contents = windowOf("pickle");
  const { storages, offsets } = await readStorages(source.name, windowOf("storages"));
  const tensors = await readTensors(source.name, windowOf("tensors"), storages);
  const persistent = (id: unknown): TorchTensor | TorchStorage | PickleGlobal => {
    // (class, source file, source): how these files name the classes of whole models.
    if (Array.isArray(id) && id[0] instanceof PickleGlobal) return id[0];
    const value = tensors.get(keyText(id)) ?? storages.get(keyText(id));
    if (!value)
      throw new Error(`${source.name} asks for the tensor ${keyText(id)}, which it does not list. It is damaged.`);
    return value;
  };
  const root = await contents.pickle(torchHandlers(persistent));
  const read: ReadStorage = ({ key, dtype, start }, first, count) =>
    readNumbers(source, { dtype, offset: offsets.get(key)! + start + first * fileDtypes[dtype].bytes, count });
  return openContents(source, "torch tar", root, read);
}

/** Files of the archive by name; @throws where a header is damaged or a file is cut. */
async function listMembers(source: ByteSource): Promise<ReadonlyMap<string, Member>> {
  const members = new Map<string, Member>();
  for (let at = 0, count = 0; at + BLOCK_BYTES <= source.size && count < MAX_MEMBERS; count++) {
    const block = await source.read(at, BLOCK_BYTES);
    if (block[0] === 0) break;
    const size = octal(block, 124, 12);
    if (!isTarHeader(block) || size === undefined)
      throw new Error(`${source.name}: the tar header at byte ${at} is damaged.`);
    const start = at + BLOCK_BYTES;
    if (start + size > source.size)
      throw new Error(`${source.name} is cut: a file of ${size} bytes should begin at byte ${start}.`);
    const name = characters(block.subarray(0, 100)).replace(/^\.\//, "");
    if (members.has(name)) throw new Error(`${source.name} has "${name.slice(0, 100)}" twice. It is damaged.`);
    members.set(name, { start, end: start + size });
    at = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return members;
}

const characters = (bytes: Uint8Array): string => String.fromCharCode(...bytes).replace(/\0.*$/s, "");

function octal(block: Uint8Array, at: number, length: number): number | undefined {
  const digits = characters(block.subarray(at, at + length)).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

async function readCount(file: string, window: PickleWindow, what: string): Promise<number> {
  const count = await window.pickle(plainHandlers);
  if (typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= MAX_LISTED) return count;
  throw new Error(`${file} counts its ${what} by a value that is no whole number up to ${MAX_LISTED}. It is damaged.`);
}

const triple = async (file: string, window: PickleWindow): Promise<readonly unknown[]> => {
  const parts = await window.pickle(plainHandlers);
  if (!Array.isArray(parts) || parts.length !== 3)
    throw new Error(`${file} describes a tensor or storage by other than three values. It is damaged.`);
  return parts;
};

async function readStorages(
  file: string,
  window: PickleWindow,
): Promise<{ storages: ReadonlyMap<string, TorchStorage>; offsets: ReadonlyMap<string, number> }> {
  const storages = new Map<string, TorchStorage>();
  const offsets = new Map<string, number>();
  for (let left = await readCount(file, window, "storages"); left > 0; left--) {
    const [id, , type] = await triple(file, window);
    const key = keyText(id);
    const dtype = storageDtype(type);
    if (!dtype || storages.has(key))
      throw new Error(`Storage ${key} of ${file} is of a type that cannot be read, or comes twice.`);
    const count = await window.int64();
    offsets.set(key, window.position);
    const bytes = count * fileDtypes[dtype].bytes;
    window.skip(bytes);
    storages.set(key, { kind: "storage", key, dtype, bytes, start: 0 });
  }
  for (const part of await readParts(file, window)) addPart(file, part, storages);
  return { storages, offsets };
}

async function readParts(file: string, window: PickleWindow): Promise<readonly unknown[]> {
  const parts = await window.pickle(plainHandlers);
  if (!Array.isArray(parts))
    throw new Error(`${file} has no list of the storages that are parts of others. It is damaged.`);
  return parts;
}

/** A part is (its key, the whole's key, first number, numbers). */
function addPart(file: string, part: unknown, storages: Map<string, TorchStorage>): void {
  const [id, wholeId, first, count] = Array.isArray(part) ? part : [];
  const whole = storages.get(keyText(wholeId));
  const isCount = Number.isSafeInteger(first) && Number.isSafeInteger(count) && first >= 0 && count >= 0;
  const width = whole ? fileDtypes[whole.dtype].bytes : 1;
  if (!whole || !isCount || (first + count) * width > whole.bytes)
    throw new Error(`Storage ${keyText(id)} of ${file} is no part of the storage that it names. The file is damaged.`);
  storages.set(keyText(id), { ...whole, bytes: count * width, start: whole.start + first * width });
}

async function readTensors(
  file: string,
  window: PickleWindow,
  storages: ReadonlyMap<string, TorchStorage>,
): Promise<ReadonlyMap<string, TorchTensor>> {
  const tensors = new Map<string, TorchTensor>();
  for (let left = await readCount(file, window, "tensors"); left > 0; left--) {
    const [key, storageKey] = await triple(file, window);
    const rank = (await window.int64()) % 2 ** 32;
    if (rank < 0 || rank > MAX_RANK)
      throw new Error(`A tensor of ${file} has ${rank} axes; at most ${MAX_RANK} are read. The file is damaged.`);
    const numbers: number[] = [];
    for (let i = 0; i < 2 * rank + 1; i++) numbers.push(await window.int64());
    const place = [numbers[2 * rank], numbers.slice(0, rank), numbers.slice(rank, 2 * rank)];
    tensors.set(keyText(key), viewStorage(storages.get(keyText(storageKey)), place));
  }
  return tensors;
}
