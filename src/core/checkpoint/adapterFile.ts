/** What a run trained, as a safetensors file: every trained parameter and running statistic under its name. The base stays outside. */
import type { Weights } from "../nn/weights";
import { readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors";

const trainedNames = ({ layout }: Weights): readonly string[] => [
  ...layout.parameters.filter(({ trainable }) => trainable).map(({ name }) => name),
  ...layout.statistics.flatMap(({ parts }) => parts),
];

export function writeAdapterFile(weights: Weights, metadata: Readonly<Record<string, string>>): Uint8Array {
  const tensors = trainedNames(weights).map((name): readonly [string, StoredTensor] => [
    name,
    { dtype: "F32", shape: weights.shape(name), data: weights.get(name) },
  ]);
  return writeSafetensors(new Map(tensors), { format: "ditask-adapter", version: "1", ...metadata });
}

/**
 * Puts a file's numbers into the weights of a model of the same configuration.
 * @throws where the file lacks one of the model's trained parameters, or has one that the model does not train.
 */
export function readAdapterFile(weights: Weights, bytes: Uint8Array): void {
  const { tensors } = readSafetensors(bytes);
  const wanted = trainedNames(weights);
  const missing = wanted.filter((name) => !tensors.has(name));
  const strange = [...tensors.keys()].filter((name) => !wanted.includes(name));
  if (missing.length + strange.length > 0)
    throw new Error(
      `The adapter file lacks ${missing.length} parameters of this model (${missing.slice(0, 3).join(", ") || "none"}) and has ` +
        `${strange.length} that it does not train (${strange.slice(0, 3).join(", ") || "none"}). Load it with the configuration that it was trained with.`,
    );
  for (const name of wanted) weights.set(name, tensors.get(name)!.data as Float32Array);
}
