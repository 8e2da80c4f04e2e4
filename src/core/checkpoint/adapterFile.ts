/** What a run trained, as a safetensors file: every trained parameter and running statistic under its name. The base stays outside. */
import type { Weights } from "../nn/weights";
import { readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors";

/** Names of a file for names of a model. */
type FileName = (name: string) => string;

/** Low-rank factors as Hugging Face PEFT names them, seen from the backbone: "base_model.model.<layer>.lora_A.weight". Others keep theirs. */
export const peftNames: FileName = (name) => name.replace(/^backbone\.(.*\.lora_[AB])$/, "base_model.model.$1.weight");

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
  return writeSafetensors(new Map(tensors), { format: "ditask-adapter", version: "1", ...metadata });
}

/**
 * Puts a file's numbers into the weights of a model of the same configuration. `base`: the hash of the backbone that it is put on.
 * @throws where the file belongs to another base, lacks one of the model's trained parameters, or has one that the model does not train.
 */
export function readAdapterFile(weights: Weights, bytes: Uint8Array, base?: string): void {
  const { tensors, metadata } = readSafetensors(bytes);
  const own = metadata["base_sha256"];
  if (base !== undefined && own !== base)
    throw new Error(
      `The adapter belongs to the base with the SHA-256 ${own ?? "(not given)"}, but this one has ${base}. Load it on the backbone that it was trained on.`,
    );
  const wanted = new Map(
    trainedNames(weights).map((name) => [tensors.has(peftNames(name)) ? peftNames(name) : name, name]),
  );
  const missing = [...wanted.keys()].filter((name) => !tensors.has(name));
  const strange = [...tensors.keys()].filter((name) => !wanted.has(name));
  if (missing.length + strange.length > 0)
    throw new Error(
      `The adapter file lacks ${missing.length} parameters of this model (${missing.slice(0, 3).join(", ") || "none"}) and has ` +
        `${strange.length} that it does not train (${strange.slice(0, 3).join(", ") || "none"}). Load it with the configuration that it was trained with.`,
    );
  for (const [file, name] of wanted) weights.set(name, tensors.get(file)!.data as Float32Array);
}
