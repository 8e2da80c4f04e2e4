/** The header of a safetensors file: where each tensor lies. Format: https://github.com/huggingface/safetensors. */
import { decodeUtf8 } from "../math/text";

interface Entry<Dtype extends string> {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Bytes after the header. */
  readonly begin: number;
  readonly end: number;
}

interface Header<Dtype extends string> {
  readonly entries: readonly Entry<Dtype>[];
  readonly metadata: Record<string, string>;
}

/** Bytes of one number of each type that the reader knows. */
type DtypeBytes<Dtype extends string> = Readonly<Record<Dtype, { readonly bytes: number }>>;

/** Bytes before the header, which say its length. */
export const LENGTH_BYTES = 8;
/** The format allows 100 MB; that of a model with a hundred thousand tensors has about 10. */
const MAX_HEADER_BYTES = 16_000_000;

/**
 * The header's length in bytes.
 * @param start At least the file's first 8 bytes, if it has as many.
 * @throws where the file is too short for it.
 */
export function headerLength(start: Uint8Array, fileBytes: number): number {
  if (fileBytes < LENGTH_BYTES)
    throw new Error(`A safetensors file has at least 8 bytes, but this one has ${fileBytes}.`);
  const length = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  const rest = fileBytes - LENGTH_BYTES;
  if (length > BigInt(rest))
    throw new Error(
      `The file says that its header has ${length} bytes, but only ${rest} follow. It is cut, or not a safetensors file.`,
    );
  if (length > BigInt(MAX_HEADER_BYTES))
    throw new Error(
      `The safetensors header has ${length} bytes; at most ${MAX_HEADER_BYTES} are read. The file is damaged.`,
    );
  return Number(length);
}

/**
 * @param text The header's bytes.
 * @throws where it is not JSON of the right form, names a type that is not in `dtypes`, or its tensors do not tile the data.
 */
export function parseHeader<Dtype extends string>(
  text: Uint8Array,
  dataBytes: number,
  dtypes: DtypeBytes<Dtype>,
): Header<Dtype> {
  const { __metadata__: rawMetadata, ...rawEntries } = parseJson(text);
  const entries = Object.entries(rawEntries).map(([name, raw]) => parseEntry(name, raw, dataBytes, dtypes));
  checkCover(entries, dataBytes);
  return { entries, metadata: parseMetadata(rawMetadata) };
}

function parseJson(text: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(decodeUtf8(text));
  } catch (cause) {
    throw new Error("The safetensors header is not valid JSON. The file is damaged, or of another kind.", { cause });
  }
  if (!isRecord(header)) throw new Error("The safetensors header must be a JSON object.");
  return header;
}

function parseEntry<Dtype extends string>(
  name: string,
  raw: unknown,
  dataBytes: number,
  dtypes: DtypeBytes<Dtype>,
): Entry<Dtype> {
  const fail = (what: string): never => {
    throw new Error(`Tensor ${name} of the safetensors file: ${what}.`);
  };
  if (!isRecord(raw)) return fail("its header entry is not an object");
  const { dtype, shape, data_offsets: offsets } = raw;
  if (typeof dtype !== "string" || !Object.hasOwn(dtypes, dtype))
    return fail(`type ${shown(dtype)} is not supported; expected one of ${Object.keys(dtypes).join(", ")}`);
  if (!isSizes(shape)) return fail(`its shape is ${shown(shape)}, expected a list of whole numbers`);
  if (!isSizes(offsets) || offsets.length !== 2) return fail(`its data_offsets are ${shown(offsets)}, expected two`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes)
    return fail(`it lies at bytes ${begin} to ${end}, but the file holds ${dataBytes} bytes of data; it may be cut`);
  const expected = shape.reduce((product, size) => product * size, dtypes[dtype as Dtype].bytes);
  if (end - begin !== expected)
    return fail(`it has ${end - begin} bytes, but ${dtype} of shape [${shape}] needs ${expected}`);
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

/** The format allows neither overlaps nor gaps: together the tensors cover the data. */
function checkCover(entries: readonly Entry<string>[], dataBytes: number): void {
  let reached = 0;
  let previous = "the header";
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < reached)
      throw new Error(`Tensors ${previous} and ${name} of the safetensors file overlap at byte ${begin}.`);
    if (begin > reached)
      throw new Error(`There is a gap between ${previous} and tensor ${name} in the safetensors file.`);
    reached = end;
    previous = name;
  }
  if (reached !== dataBytes)
    throw new Error(
      `The safetensors file has ${dataBytes - reached} bytes after its last tensor that no tensor claims.`,
    );
}

function parseMetadata(raw: unknown): Record<string, string> {
  if (raw === undefined) return {};
  if (!isRecord(raw) || !Object.values(raw).every((value) => typeof value === "string"))
    throw new Error("The safetensors metadata must map strings to strings.");
  return raw as Record<string, string>;
}

/** A value of the header in an error, however long it may be. */
const shown = (value: unknown): string | undefined => JSON.stringify(value)?.slice(0, 200);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
