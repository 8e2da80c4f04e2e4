/**
 * Opens files of weights by their content, whatever they are called: safetensors, PyTorch's three containers, and sets of either that an
 * index joins. Only what lists the tensors is read; each tensor when it is asked for.
 */
import type { ByteSource } from "../../contracts/byteSource";
import { decodeUtf8 } from "../math/text";
import { openSafetensors } from "./safetensorsSource";
import { LEGACY_MAGIC, openTorchLegacy } from "./torchLegacy";
import { isTarHeader, openTorchTar } from "./torchTar";
import { openTorchZip } from "./torchZip";
import type { FileTensor, WeightsFile } from "./weightsFile";

const START_BYTES = 512;
const MAX_INDEX_BYTES = 16_000_000;
const MAX_SHOWN = 5;

/**
 * @param sources One file, or the shards of a set, with or without their index (`*.index.json`).
 * @throws where a file is damaged, of another kind, or missing from the set, or two files have tensors of the same name.
 */
export async function openWeights(sources: readonly ByteSource[]): Promise<WeightsFile> {
  const indices = sources.filter(({ name }) => name.endsWith(".json"));
  const shards = sources.filter((source) => !indices.includes(source));
  if (indices.length > 1) throw new Error(`${few(indices.map(({ name }) => name))}: choose one index at a time.`);
  const index = indices[0] && (await readIndex(indices[0]));
  const wanted = index && [...new Set(index.values())];
  const missing = wanted?.filter((name) => !shards.some((shard) => shard.name === name)) ?? [];
  if (missing.length > 0)
    throw new Error(
      `The index ${indices[0]!.name} names files that were not chosen: ${few(missing)}. Choose them together.`,
    );
  const opened: (readonly [string, WeightsFile])[] = [];
  for (const shard of shards)
    if (!wanted || wanted.includes(shard.name)) opened.push([shard.name, await openFile(shard)]);
  if (opened.length === 0)
    throw new Error("No file of weights was chosen. Choose a .safetensors, .pth, .pt or .bin file.");
  const whole = opened.length === 1 ? opened[0]![1] : join(opened);
  if (index) checkIndex(indices[0]!.name, index, new Map(opened));
  return whole;
}

const few = (names: readonly string[]): string =>
  names
    .slice(0, MAX_SHOWN)
    .map((name) => name.slice(0, 200))
    .join(", ") + (names.length > MAX_SHOWN ? ` and ${names.length - MAX_SHOWN} more` : "");

async function openFile(source: ByteSource): Promise<WeightsFile> {
  const start = await source.read(0, Math.min(START_BYTES, source.size));
  try {
    return await openByContent(source, start);
  } catch (cause) {
    const { message } = cause as Error;
    if (message.includes(source.name)) throw cause;
    throw new Error(`${source.name}: ${message}`, { cause });
  }
}

function openByContent(source: ByteSource, start: Uint8Array): Promise<WeightsFile> {
  const text = String.fromCharCode(...start.subarray(0, 64));
  if (text.startsWith("PK\x03\x04")) return openTorchZip(source);
  if (LEGACY_MAGIC.every((byte, i) => start[i] === byte)) return openTorchLegacy(source);
  if (isTarHeader(start)) return openTorchTar(source);
  if (text[8] === "{") return openSafetensors(source);
  const { kind } = others.find(({ begins }) => beginsLike(text, begins)) ?? { kind: "of no kind that is known here" };
  throw new Error(
    `${source.name} is ${source.size === 0 ? "empty" : kind}. Weights are read from .safetensors files and PyTorch's .pth, .pt and .bin files.`,
  );
}

/** What is often chosen by mistake, by how it begins (in lower case, without space before it). */
const others: readonly { readonly begins: readonly string[]; readonly kind: string }[] = [
  {
    begins: ["version https://git-lfs"],
    kind: "a pointer of Git LFS, not the file itself; fetch it with: git lfs pull",
  },
  {
    begins: ["<!doctype", "<html", "<?xml"],
    kind: "a web page, perhaps an error or a login page that was saved in place of the file; download it again",
  },
  { begins: ["\x89hdf"], kind: "an HDF5 file (Keras?)" },
  { begins: ["gguf"], kind: "a GGUF file" },
  { begins: ["\x1f\x8b"], kind: "packed by gzip; unpack it first" },
  { begins: ["\x93numpy"], kind: "a NumPy array" },
  {
    begins: ["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"],
    kind: "a pickle without PyTorch's container; load it in Python and save it by torch.save",
  },
  { begins: ["{", "["], kind: "a JSON file" },
];

const beginsLike = (text: string, beginnings: readonly string[]): boolean =>
  beginnings.some((beginning) => text.trimStart().toLowerCase().startsWith(beginning));

/** File name of each tensor. */
async function readIndex(source: ByteSource): Promise<ReadonlyMap<string, string>> {
  if (source.size > MAX_INDEX_BYTES)
    throw new Error(`The index ${source.name} has ${source.size} bytes; at most ${MAX_INDEX_BYTES} are read.`);
  const map = parseIndex(decodedJson(source.name, await source.read(0, source.size)));
  if (!map || map.size === 0)
    throw new Error(
      `${source.name} is no index of weights: it should have a "weight_map" from names of tensors to file names.`,
    );
  return map;
}

function decodedJson(file: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes));
  } catch (cause) {
    throw new Error(`${file} is not valid JSON. It is damaged, or of another kind.`, { cause });
  }
}

function parseIndex(value: unknown): ReadonlyMap<string, string> | undefined {
  const map = typeof value === "object" && value !== null && "weight_map" in value ? value.weight_map : undefined;
  if (typeof map !== "object" || map === null || Array.isArray(map)) return undefined;
  const entries = Object.entries(map);
  return entries.every((entry): entry is [string, string] => typeof entry[1] === "string")
    ? new Map(entries)
    : undefined;
}

function checkIndex(file: string, index: ReadonlyMap<string, string>, shards: ReadonlyMap<string, WeightsFile>): void {
  const lost = [...index].filter(([name, shard]) => !shards.get(shard)!.tensors.has(name)).map(([name]) => name);
  if (lost.length > 0)
    throw new Error(
      `The index ${file} lists tensors that its files do not have: ${few(lost)}. Download the set again.`,
    );
}

function join(shards: readonly (readonly [string, WeightsFile])[]): WeightsFile {
  const tensors = new Map<string, FileTensor>();
  for (const [file, shard] of shards)
    for (const [name, tensor] of shard.tensors) {
      if (tensors.has(name))
        throw new Error(
          `Tensor ${name} is in ${file} and in another of the chosen files. Choose the files of one model.`,
        );
      tensors.set(name, tensor);
    }
  const files = shards.map(([, file]) => file);
  return {
    format: files[0]!.format,
    tensors,
    metadata: Object.assign({}, ...files.map(({ metadata }) => metadata)),
    notes: [`The weights come from ${shards.length} files.`, ...files.flatMap(({ notes }) => notes)],
  };
}
