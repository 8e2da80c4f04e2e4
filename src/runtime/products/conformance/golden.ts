/**
 * Golden data as a directory holds it: index.json names the cases, their sizes, tolerances and scalar results; a safetensors file each
 * holds the tensors. Everything that is missing or damaged is refused here by name.
 */
import * as v from "valibot";
import { readSafetensors, type StoredTensor } from "../../../core/checkpoint/safetensors";
import { showShape } from "../../../core/graph/node";

const record = v.record(v.string(), v.unknown());
const EntrySchema = v.object({
  name: v.string(),
  file: v.string(),
  what: v.optional(v.string(), ""),
  sizes: v.optional(record, {}),
  tolerances: v.optional(record, {}),
  values: v.optional(record, {}),
  /** Of each tensor, or of each group "name.*", what the file holds. */
  tensors: v.optional(
    v.record(v.string(), v.object({ shape: v.optional(v.array(v.number())), count: v.optional(v.number()) })),
    {},
  ),
});
export type GoldenEntry = v.InferOutput<typeof EntrySchema>;

const IndexSchema = v.object({ format: v.literal(1), cases: v.array(EntrySchema) });

/** A directory of golden data: its parsed index.json, and its files by name. */
export interface GoldenFiles {
  readonly index: unknown;
  read(name: string): Promise<Uint8Array>;
}

/** @throws where the index is not of this format; the message names the field. */
export function goldenEntries(index: unknown): readonly GoldenEntry[] {
  const result = v.safeParse(IndexSchema, index);
  if (result.success) return result.output.cases;
  const [issue] = result.issues;
  throw new Error(`index.json is not an index of golden data: ${v.getDotPath(issue) ?? "the whole"}: ${issue.message}`);
}

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** One case with its tensors. Every getter throws where the file lacks what is asked for. */
export class GoldenCase {
  private readonly read = new Map<string, GoldenTensor>();

  constructor(
    readonly entry: GoldenEntry,
    private readonly stored: ReadonlyMap<string, StoredTensor>,
  ) {}

  get name(): string {
    return this.entry.name;
  }

  has(tensor: string): boolean {
    return this.stored.has(tensor);
  }

  /** Names of tensors that start so. */
  names(prefix = ""): readonly string[] {
    return [...this.stored.keys()].filter((name) => name.startsWith(prefix));
  }

  /** The tensor in float64, whatever type the file has. */
  tensor(name: string): GoldenTensor {
    const known = this.read.get(name);
    if (known) return known;
    const stored = this.stored.get(name);
    if (!stored) throw new Error(`The tensor "${name}" is missing from ${this.entry.file}.`);
    const tensor = { shape: stored.shape, data: Float64Array.from(stored.data as ArrayLike<number>, Number) };
    this.read.set(name, tensor);
    return tensor;
  }

  /** Whether the file holds the tensor with the digits of float64; else no stricter tolerance than float32's makes sense. */
  isDouble(name: string): boolean {
    return this.stored.get(name)?.dtype === "F64";
  }

  data(name: string): Float64Array {
    return this.tensor(name).data;
  }

  number(path: string): number {
    const value = this.find(path);
    if (typeof value !== "number") throw this.wrong(path, value, "a number");
    return value;
  }

  numbers(path: string): readonly number[] {
    const value = this.find(path);
    if (!Array.isArray(value) || value.some((item) => typeof item !== "number"))
      throw this.wrong(path, value, "a list of numbers");
    return value as number[];
  }

  text(path: string): string {
    const value = this.find(path);
    if (typeof value !== "string") throw this.wrong(path, value, "a text");
    return value;
  }

  texts(path: string): readonly string[] {
    const value = this.find(path);
    if (!Array.isArray(value) || value.some((item) => typeof item !== "string"))
      throw this.wrong(path, value, "a list of names");
    return value as string[];
  }

  record(path: string): Readonly<Record<string, unknown>> {
    const value = this.find(path);
    if (!isRecord(value)) throw this.wrong(path, value, "an object");
    return value;
  }

  /** What stands at a dotted path of the case's entry: "sizes.nc"; undefined where nothing does. */
  find(path: string): unknown {
    return path
      .split(".")
      .reduce<unknown>((place, key) => (isRecord(place) ? place[key] : undefined), this.entry as unknown);
  }

  private wrong(path: string, value: unknown, wanted: string): Error {
    return new Error(
      `${path} of ${this.name} in index.json is ${JSON.stringify(value) ?? "missing"}; ${wanted} is needed.`,
    );
  }
}

/** Reads the file of a case. @throws where it is missing, damaged, or not what the index says. */
export async function readGoldenCase(files: GoldenFiles, entry: GoldenEntry): Promise<GoldenCase> {
  const bytes = await files.read(entry.file).catch((cause: Error) => {
    throw new Error(`${entry.file} cannot be read: ${cause.message}`);
  });
  let stored: ReadonlyMap<string, StoredTensor>;
  try {
    stored = readSafetensors(bytes).tensors;
  } catch (cause) {
    throw new Error(`${entry.file} is damaged: ${(cause as Error).message}`);
  }
  checkContents(entry, stored);
  return new GoldenCase(entry, stored);
}

function checkContents({ file, tensors }: GoldenEntry, stored: ReadonlyMap<string, StoredTensor>): void {
  for (const [name, { shape, count }] of Object.entries(tensors)) {
    if (name.endsWith("*")) {
      const found = [...stored.keys()].filter((key) => key.startsWith(name.slice(0, -1))).length;
      if (count !== undefined && found !== count)
        throw new Error(`${file} has ${found} tensors ${name}, but index.json says ${count}: some are missing or new.`);
      continue;
    }
    const tensor = stored.get(name);
    if (!tensor) throw new Error(`The tensor "${name}" is missing from ${file}.`);
    if (shape && showShape(shape) !== showShape(tensor.shape))
      throw new Error(`${name} is ${showShape(tensor.shape)} in ${file}, but ${showShape(shape)} in index.json.`);
  }
}
