/** PyTorch's files from 0.1.10 to 1.5: pickles of a magic number, a version, the system, the contents and the storages' keys, then storages. */
import type { ByteSource } from "../../contracts/byteSource";
import { fileDtypes, readNumbers } from "./fileNumbers";
import { PickleWindow } from "./pickleWindow";
import { openContents } from "./torchContents";
import { keyText, plainHandlers, readModuleId, readStorageId, torchHandlers } from "./torchStorage";
import type { ReadStorage, TorchStorage } from "./torchTensor";
import type { WeightsFile } from "./weightsFile";

/** How the file begins: protocol 2 and the number 0x1950a86a20f9469cfc6c as 10 bytes. */
export const LEGACY_MAGIC = Uint8Array.of(
  0x80,
  2,
  0x8a,
  10,
  0x6c,
  0xfc,
  0x9c,
  0x46,
  0xf9,
  0x20,
  0x6a,
  0xa8,
  0x50,
  0x19,
);
const VERSION = 1001;

/** A storage as the file has it, before parts of it are taken. */
interface RootStorage {
  readonly width: number;
  /** Byte where its numbers begin; undefined until the storages are read. */
  offset?: number;
  /** Numbers, as those who point at it say. */
  readonly count: number;
}

/** @throws where the file is cut, damaged or of another version. */
export async function openTorchLegacy(source: ByteSource): Promise<WeightsFile> {
  const window = new PickleWindow(source, 0, source.size);
  await window.pickle(plainHandlers);
  const version = await window.pickle(plainHandlers);
  if (version !== VERSION)
    throw new Error(`${source.name} is of version ${keyText(version)} of PyTorch's format; only ${VERSION} is known.`);
  // The system that wrote it: the storages are little-endian on every one.
  await window.pickle(plainHandlers);
  const roots = new Map<string, RootStorage>();
  const root = await window.pickle(torchHandlers((id) => readModuleId(id) ?? registerStorage(roots, id)));
  await placeStorages(source, window, roots);
  return openContents(source, "torch legacy", root, storageReader(source, roots));
}

function registerStorage(roots: Map<string, RootStorage>, id: unknown): TorchStorage {
  const storage = readStorageId(id);
  const count = (id as readonly unknown[])[4] as number;
  const width = fileDtypes[storage.dtype].bytes;
  const known = roots.get(storage.key);
  if (known && (known.count !== count || known.width !== width))
    throw new Error(`Storage ${storage.key} is described in two ways. The file is damaged.`);
  if (!known) roots.set(storage.key, { width, count });
  return storage;
}

/** Walks over the storages: a count of 8 bytes and the numbers, in the order of the keys. */
async function placeStorages(
  source: ByteSource,
  window: PickleWindow,
  roots: ReadonlyMap<string, RootStorage>,
): Promise<void> {
  const keys = await window.pickle(plainHandlers);
  if (!Array.isArray(keys)) throw new Error(`${source.name} has no list of its storages. The file is damaged.`);
  for (const key of keys) {
    const storage = roots.get(key);
    if (!storage || storage.offset !== undefined)
      throw new Error(
        `${source.name} lists the storage ${keyText(key)}, which nothing uses or which came before. It is damaged.`,
      );
    const count = await window.int64();
    if (count !== storage.count)
      throw new Error(
        `Storage ${key} of ${source.name} has ${count} numbers where ${storage.count} are expected. The file is damaged.`,
      );
    storage.offset = window.position;
    window.skip(count * storage.width);
  }
  for (const [key, { offset }] of roots)
    if (offset === undefined) throw new Error(`Storage ${key} of ${source.name} is missing. The file is damaged.`);
}

const storageReader =
  (source: ByteSource, roots: ReadonlyMap<string, RootStorage>): ReadStorage =>
  ({ key, dtype, start }, first, count) =>
    readNumbers(source, { dtype, offset: roots.get(key)!.offset! + start + first * fileDtypes[dtype].bytes, count });
