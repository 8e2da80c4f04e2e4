/** PyTorch's files since 1.6: a zip archive with `<name>/data.pkl` and the storages `<name>/data/<key>`, each checked by its checksum. */
import type { ByteSource } from "../../contracts/byteSource";
import { bytesSource } from "../io/bytes";
import { crc32 } from "../io/crc32";
import { readZipDirectory, readZipEntry, type ZipEntry, zipDataOffset } from "../io/zip";
import { decodeUtf8 } from "../math/text";
import { fileDtypes, readNumbers } from "./fileNumbers";
import { unpickle } from "./pickle";
import { CutPickle } from "./pickleBytes";
import { openContents } from "./torchContents";
import { readStorageId, torchHandlers } from "./torchStorage";
import type { ReadStorage, TorchStorage } from "./torchTensor";
import type { WeightsFile } from "./weightsFile";

/** A pickle of a large model with its optimiser has a few megabytes. */
const MAX_PICKLE_BYTES = 64_000_000;
const MAX_WORD_BYTES = 64;
const STORED = 0;
/** Bytes that are read at once to check a storage of which only a part is wanted. */
const CHECK_BYTES = 2 ** 22;

/** @throws where the archive is damaged, is none of PyTorch's, or holds a program instead of weights. */
export async function openTorchZip(source: ByteSource): Promise<WeightsFile> {
  const entries = new Map((await readZipDirectory(source)).map((entry) => [entry.name, entry]));
  const pickle = [...entries.values()].find(({ name }) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (!pickle) throw new Error(describeOther(source.name, [...entries.keys()]));
  const folder = pickle.name.slice(0, -"data.pkl".length);
  if (entries.has(`${folder}constants.pkl`))
    throw new Error(
      `${source.name} is a TorchScript program. Load it in Python and save its state dict: torch.save(model.state_dict(), FILE).`,
    );
  const byteOrder = entries.get(`${folder}byteorder`);
  const order = byteOrder ? decodeUtf8(await readZipEntry(source, byteOrder, MAX_WORD_BYTES)).trim() : "little";
  if (order !== "little" && order !== "big")
    throw new Error(`${source.name} has the byte order "${order}", expected little or big.`);
  const persistent = (id: unknown): TorchStorage => {
    const storage = readStorageId(id);
    const size = entries.get(`${folder}data/${storage.key}`)?.size;
    if (size === storage.bytes) return storage;
    throw new Error(
      `Storage ${storage.key} of ${source.name} should have ${storage.bytes} bytes, but ${size === undefined ? "is missing" : `has ${size}`}. ` +
        "The file is damaged.",
    );
  };
  const root = parse(source.name, await readZipEntry(source, pickle, MAX_PICKLE_BYTES), persistent);
  return openContents(source, "torch zip", root, storageReader(source, entries, `${folder}data/`, order === "big"));
}

function parse(file: string, bytes: Uint8Array, persistent: (id: unknown) => TorchStorage): unknown {
  try {
    return unpickle(bytes, torchHandlers(persistent)).value;
  } catch (cause) {
    if (!(cause instanceof CutPickle)) throw cause;
    throw new Error(`The pickle of ${file} ends before its contents do. The file is damaged.`, { cause });
  }
}

function describeOther(file: string, names: readonly string[]): string {
  const inner = names.find((name) => /\.(pth|pt|bin|safetensors)$/i.test(name));
  if (inner) return `${file} is an archive around ${inner.slice(0, 200)}. Unpack it first and open that file.`;
  if (names.some((name) => name.endsWith(".npy")))
    return `${file} is an archive of NumPy arrays, not a file of weights of PyTorch.`;
  return `${file} is a zip archive without data.pkl, so it is not a file of weights of PyTorch.`;
}

function storageReader(
  source: ByteSource,
  entries: ReadonlyMap<string, ZipEntry>,
  folder: string,
  bigEndian: boolean,
): ReadStorage {
  const checked = new Set<string>();
  return async ({ key, dtype, bytes }, first, count) => {
    const entry = entries.get(folder + key)!;
    const width = fileDtypes[dtype].bytes;
    if (entry.method !== STORED) {
      const unpacked = bytesSource(`${entry.name} of ${source.name}`, await readZipEntry(source, entry, bytes));
      return readNumbers(unpacked, { dtype, offset: first * width, count, bigEndian });
    }
    const start = await zipDataOffset(source, entry);
    const isWhole = count * width === bytes;
    if (!isWhole && !checked.has(key)) await checkStorage(source, entry, start);
    let sum = 0;
    const add = (piece: Uint8Array): void => {
      sum = crc32(piece, sum);
    };
    const place = { dtype, offset: start + first * width, count, bigEndian };
    const numbers = await readNumbers(source, place, isWhole ? add : undefined);
    if (isWhole && sum !== entry.crc32) throw wrongSum(source, entry);
    checked.add(key);
    return numbers;
  };
}

async function checkStorage(source: ByteSource, entry: ZipEntry, start: number): Promise<void> {
  let sum = 0;
  for (let at = 0; at < entry.size; at += CHECK_BYTES)
    sum = crc32(await source.read(start + at, Math.min(CHECK_BYTES, entry.size - at)), sum);
  if (sum !== entry.crc32) throw wrongSum(source, entry);
}

const wrongSum = (source: ByteSource, entry: ZipEntry): Error =>
  new Error(
    `${entry.name} of ${source.name} does not match its checksum: the file is damaged, or was written by PyTorch with compute_crc32 off. ` +
      "Download it again, or save it again with checksums.",
  );
