/**
 * What a run trained, as a safetensors file: every trained parameter and running statistic under its name. The base stays outside; its
 * hash and the run's configuration are in the file's metadata, so that the file can be opened again by itself,
 * and a hash of the file, so that a damaged one is not taken for a whole one.
 */
import { parseRunConfig, type RunConfig, type TaskId } from "../../contracts/runConfig";
import { sameShape, showShape } from "../graph/node";
import type { Weights } from "../nn/weights";
import { readSafetensors, type StoredTensor } from "./safetensors";
import { readSealed, writeSealed } from "./sealed";

/** Names of a file for names of a model. */
type FileName = (name: string) => string;

/** Low-rank factors as Hugging Face PEFT names them, seen from the backbone: "base_model.model.<layer>.lora_A.weight". Others keep theirs. */
export const peftNames: FileName = (name) => name.replace(/^backbone\.(.*\.lora_[AB])$/, "base_model.model.$1.weight");
const namesOfModel: FileName = (name) => name.replace(/^base_model\.model\.(.*\.lora_[AB])\.weight$/, "backbone.$1");

export const ADAPTER_FORMAT = "ditask-adapter";
const VERSION = "1";
const SHOWN_NAMES = 3;

const trainedNames = ({ layout }: Weights): readonly string[] => [
  ...layout.parameters.filter(({ trainable }) => trainable).map(({ name }) => name),
  ...layout.statistics.flatMap(({ parts }) => parts),
];

export function writeAdapterFile(
  weights: Weights,
  metadata: Readonly<Record<string, string>>,
  fileName: FileName = (name) => name,
): Uint8Array {
  const tensors = trainedNames(weights).map((name): readonly [string, StoredTensor] => [
    fileName(name),
    { dtype: "F32", shape: weights.shape(name), data: weights.get(name) },
  ]);
  return writeSealed(new Map(tensors), { format: ADAPTER_FORMAT, version: VERSION, ...metadata });
}

/** By the model's names. */
export type AdapterTensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

export interface AdapterFile {
  /** SHA-256 of the backbone that it belongs to, and what the exporting run called it. */
  readonly base: { readonly sha256: string; readonly label: string };
  /** Of the run that wrote it. */
  readonly config: RunConfig;
  readonly tensors: AdapterTensors;
}

/** @throws where the file is cut or damaged, is another program's, is of another version, or does not say what it must. */
export function parseAdapterFile(bytes: Uint8Array): AdapterFile {
  const { tensors, metadata } = readAdapterTensors(bytes);
  const sha256 = metadata["base_sha256"];
  if (sha256 === undefined)
    throw new Error("The adapter does not say which backbone it belongs to (base_sha256). Export it anew.");
  const config = parseConfig(metadata["config"]);
  return { base: { sha256, label: metadata["base_name"] ?? config.backbone }, config, tensors };
}

/** The parameters, and what the file says of them. @throws as `parseAdapterFile`, but for what is said. */
export function readAdapterTensors(bytes: Uint8Array) {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata["format"] !== ADAPTER_FORMAT) throw new Error(foreign([...tensors.keys()], metadata["format"]));
  if (metadata["version"] !== VERSION)
    throw new Error(
      `The adapter is of version ${metadata["version"] ?? "(not given)"}; this program reads version ${VERSION}. Open it with the release that wrote it.`,
    );
  // Files of the first releases have no seal.
  if (metadata["sha256"] !== undefined) readSealed(bytes);
  const known = new Map([...tensors].map(([name, { shape, data }]) => [namesOfModel(name), { shape, data }]));
  for (const [name, { data }] of known) {
    if (!(data instanceof Float32Array)) throw new Error(`The adapter's ${name} holds no floating-point numbers.`);
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new Error(
        `The adapter's ${name} holds ${data[bad]} at place ${bad}: the run that wrote it had diverged, or the file is damaged. Export it from an earlier step.`,
      );
  }
  return { tensors: known as AdapterTensors, metadata };
}

function foreign(names: readonly string[], format: string | undefined): string {
  const peft = names.some((name) => /(^|\.)lora_[AB]\.|^base_model\.model\./.test(name));
  const kind = peft
    ? "a Hugging Face PEFT adapter of another program"
    : `no adapter of DiTASK Studio (its format is "${format ?? "(not given)"}")`;
  return (
    `The file is ${kind}, ${names.length} tensors, the first ${names[0] ?? "(none)"}. ` +
    `Expected one that the studio exported: its metadata says "${ADAPTER_FORMAT}" and holds the run's configuration.`
  );
}

function parseConfig(text: string | undefined): RunConfig {
  if (text === undefined)
    throw new Error("The adapter holds no configuration of the run that trained it. Export it anew.");
  try {
    return parseRunConfig(JSON.parse(text));
  } catch (cause) {
    throw new Error(
      `The adapter's stored configuration cannot be read; it was written by another version, or changed. ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** How the tasks of a model differ from those of an adapter. */
export interface TaskChange {
  /** Tasks of the adapter that the model does not have: their numbers stay in the file. */
  readonly gone: readonly TaskId[];
  /** Tasks of the model that the adapter does not have: they start fresh. */
  readonly added: readonly TaskId[];
}

const sameTasks: TaskChange = { gone: [], added: [] };

/**
 * Puts an adapter's numbers into the weights of a model of the same configuration, all or none.
 * @throws where the adapter lacks one of the model's trained parameters, has one that the model does not train, or has one of another
 * shape, tasks that only one of them has left out.
 */
export function putAdapter(weights: Weights, tensors: AdapterTensors, { gone, added }: TaskChange = sameTasks): void {
  const wanted = trainedNames(weights);
  const isOf = (tasks: readonly TaskId[]) => (name: string) => name.split(".").some((part) => tasks.includes(part));
  const missing = wanted.filter((name) => !tensors.has(name) && !isOf(added)(name));
  const strange = [...tensors.keys()].filter((name) => !wanted.includes(name) && !isOf(gone)(name));
  if (missing.length + strange.length > 0)
    throw new Error(
      `The adapter lacks ${some(missing)} parameters of this model and has ${some(strange)} that it does not train. ` +
        "It is cut, or was trained with another configuration.",
    );
  const given = wanted.filter((name) => tensors.has(name));
  const misfit = given.find((name) => !sameShape(tensors.get(name)!.shape, weights.shape(name)));
  if (misfit !== undefined)
    throw new Error(
      `The adapter's ${misfit} is ${showShape(tensors.get(misfit)!.shape)}, but this model's is ${showShape(weights.shape(misfit))}. ` +
        "Its run had other classes, tasks or sizes; use data with the same classes.",
    );
  for (const name of given) weights.set(name, tensors.get(name)!.data);
}

/** "2 (a, b)" */
const some = (names: readonly string[]): string =>
  names.length === 0
    ? "no"
    : `${names.length} (${names.slice(0, SHOWN_NAMES).join(", ")}${names.length > SHOWN_NAMES ? ", …" : ""})`;
